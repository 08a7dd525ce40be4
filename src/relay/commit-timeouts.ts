/** Finds responses whose end has waited too long for its record. */
import type { Clock, Timer } from '../platform/clock.ts';

/** A response whose end waits for its record. */
export interface Waiter {
  /** The record has taken too long; called at most once. */
  onRecordLate(): void;
}

/** How many times it checks within the longest wait; a timeout may come late by one such part. */
const looksPerWait = 4;

/** One timer for all of them: a timer each would cost more than the rest of this class. */
export class CommitTimeouts {
  readonly #clock: Clock;
  readonly #msMax: number;
  /** Since when each waits, in monotonic milliseconds, oldest first. */
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
