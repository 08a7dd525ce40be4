/** Callers that wait until this node has applied a change. */
import type { Clock } from '../platform/clock.ts';

interface Waiter {
  readonly seq: number;
  readonly done: PromiseWithResolvers<boolean>;
}

export class Waiters {
  readonly #clock: Pick<Clock, 'after'>;
  #waiting: readonly Waiter[] = [];

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  /** @param enforced the change up to which everything is applied */
  wake(enforced: number): void {
    if (this.#waiting.length === 0) return;
    for (const { seq, done } of this.#waiting) if (seq <= enforced) done.resolve(true);
    this.#waiting = this.#waiting.filter(({ seq }) => seq > enforced);
  }

  /** @returns whether the change is applied before `withinMs` have passed */
  async wait(seq: number, withinMs: number): Promise<boolean> {
    const done = Promise.withResolvers<boolean>();
    this.#waiting = [...this.#waiting, { seq, done }];
    const timer = this.#clock.after(withinMs, () => done.resolve(false));
    const isApplied = await done.promise;
    timer.cancel();
    return isApplied;
  }
}
