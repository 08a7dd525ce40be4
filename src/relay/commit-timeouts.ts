/** Finds responses whose end has waited too long for its record. */
import { Bag, type BagMember } from '../platform/bag.ts';
import type { Clock, Timer } from '../platform/clock.ts';

/** A response whose end waits for its record. */
export interface Waiter extends BagMember {
  /** Since when it waits, in monotonic milliseconds; kept by `CommitTimeouts`. */
  waitsSince?: number;
  /** The record has taken too long; called at most once. */
  onRecordLate(): void;
}

/** How many times it checks within the longest wait; a timeout may come late by one such part. */
const looksPerWait = 4;

/** One timer for all of them: a timer each would cost more than the rest of this class. */
export class CommitTimeouts {
  readonly #clock: Clock;
  readonly #msMax: number;
  readonly #waiting = new Bag<Waiter>();
  #timer: Timer | undefined;

  /** @param msMax how long one may wait, in milliseconds */
  constructor(clock: Clock, msMax: number) {
    this.#clock = clock;
    this.#msMax = msMax;
  }

  add(waiter: Waiter): void {
    waiter.waitsSince = this.#clock.monotonic();
    this.#waiting.add(waiter);
    this.#timer ??= this.#clock.after(this.#msMax / looksPerWait, () => this.#look());
  }

  remove(waiter: Waiter): void {
    this.#waiting.remove(waiter);
  }

  #look(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (const waiter of this.#waiting.filter(({ waitsSince = now }) => now - waitsSince >= this.#msMax)) {
      this.#waiting.remove(waiter);
      waiter.onRecordLate();
    }
    if (this.#waiting.size > 0) {
      this.#timer = this.#clock.after(this.#msMax / looksPerWait, () => this.#look());
    }
  }
}
