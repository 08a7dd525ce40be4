/** Notifies listeners of access changes, in both engines. */
import type { Tombstone } from '../domain/tombstone.ts';
import type { AccessChange, AccessListener } from './store.ts';

/** A change that was committed; see `AccessListener`. */
export interface Announcement {
  readonly change: AccessChange;
  readonly seq?: number;
  readonly tombstone?: Tombstone;
}

export class AccessListeners {
  readonly #listeners: AccessListener[] = [];

  add(listener: AccessListener): void {
    this.#listeners.push(listener);
  }

  /** Tells every listener of every change, even when one of them fails: the commit cannot be undone. */
  notify(changes: readonly Announcement[]): void {
    const failures: unknown[] = [];
    for (const { change, seq, tombstone } of changes) {
      for (const listener of this.#listeners) {
        try {
          listener(change, seq, tombstone);
        } catch (error) {
          failures.push(error);
        }
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'committed, but a listener failed');
  }
}
