/** Who is told of changes of rights, in either engine. */
import type { RightsChange, RightsListener } from './store.ts';

export class RightsListeners {
  readonly #listeners: RightsListener[] = [];

  add(listener: RightsListener): void {
    this.#listeners.push(listener);
  }

  /** Tells every listener of every change, even when one of them fails: the commit cannot be undone. */
  tell(changes: readonly { readonly change: RightsChange; readonly seq?: number }[]): void {
    const failures: unknown[] = [];
    for (const { change, seq } of changes) {
      for (const listener of this.#listeners) {
        try {
          listener(change, seq);
        } catch (error) {
          failures.push(error);
        }
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'committed, but a listener failed');
  }
}
