/** The answers whose end waits for their record, and which of them have waited too long. */
import type { Clock, Timer } from '../platform/clock.ts';

/** One that waits. */
export interface Waiter {
  /** The record has taken too long; called at most once. */
  onRecordLate(): void;
}

/** How often it is looked, in parts of the time that one may wait: so much later than told it may be. */
const looksPerWait = 4;

/** One timer for all of them: a timer each would cost more than all else that they do here. */
export class CommitTimeouts {
  readonly #clock: Clock;
  readonly #msMax: number;
  /** Since when each waits, by the monotonic clock; oldest first. */
  readonly #waiting = new Map<Waiter, number>();
  #timer: Timer | undefined;

  /** @param msMax how long one may wait, in milliseconds */
  constructor(clock: Clock, msMax: number) {
    this.#clock = clock;
    this.#msMax = msMax;
  }

  add(waiter: Waiter): void {
    this.#waiting.set(waiter, this.#clock.monotonic());
    this.#timer ??= this.#clock.after(this.#msMax / looksPerWait, () => this.#look());
  }

  remove(waiter: Waiter): void {
    this.#waiting.delete(waiter);
  }

  #look(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (const [waiter, since] of this.#waiting) {
      if (now - since < this.#msMax) break;
      this.#waiting.delete(waiter);
      waiter.onRecordLate();
    }
    if (this.#waiting.size > 0) {
      this.#timer = this.#clock.after(this.#msMax / looksPerWait, () => this.#look());
    }
  }
}
