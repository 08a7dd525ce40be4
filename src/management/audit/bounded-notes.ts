/** Bounds how many entries of a kind strangers can cause in the audit log: so many in an hour on this node. */
import type { Clock } from '../../platform/clock.ts';

const hourMs = 3_600_000;

export class BoundedNotes {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #max: number;
  #since = Number.NEGATIVE_INFINITY;
  #taken = 0;
  #skipped = 0;

  /** @param max entries in an hour */
  constructor(clock: Pick<Clock, 'monotonic'>, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** @returns how many were skipped since the last entry; undefined = skip this one too */
  take(): number | undefined {
    const now = this.#clock.monotonic();
    if (now - this.#since >= hourMs) {
      this.#since = now;
      this.#taken = 0;
    }
    if (this.#taken >= this.#max) {
      this.#skipped += 1;
      return undefined;
    }
    this.#taken += 1;
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }
}
