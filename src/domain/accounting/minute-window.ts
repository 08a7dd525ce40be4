/** A count over the last minute, kept by the second. Pure: the second comes in with each call. */

/**
 * One more than a minute has: a request of the first moment of a second must still count in the last moment of
 * the same second a minute later, so that no 60 seconds at all ever hold more than the limit.
 */
export const windowSeconds = 61;

/** Seconds are whole numbers of a clock that never goes back. */
export class MinuteWindow {
  readonly #counts = new Float64Array(windowSeconds);
  #newest = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /** What was counted in the window that ends with this second. */
  sumAt(second: number): number {
    const passed = second - this.#newest;
    if (passed <= 0) return this.#sum;
    if (passed >= windowSeconds) {
      this.#counts.fill(0);
      this.#sum = 0;
    } else {
      for (let each = this.#newest + 1; each <= second; each += 1) {
        this.#sum -= this.#at(each);
        this.#counts[each % windowSeconds] = 0;
      }
    }
    this.#newest = second;
    return this.#sum;
  }

  /** Adds to a second that has come; to one that has left the window it adds nothing. Negative takes away. */
  add(second: number, count: number): void {
    if (second <= this.#newest - windowSeconds) return;
    this.#counts[second % windowSeconds] = this.#at(second) + count;
    this.#sum += count;
  }

  /** The first second from `second` on at which the sum is at most `most`, when nothing is added; `most` >= 0. */
  secondOf(most: number, second: number): number {
    let left = this.sumAt(second);
    if (left <= most) return second;
    for (let each = second - windowSeconds + 1; each < second; each += 1) {
      left -= this.#at(each);
      if (left <= most) return each + windowSeconds;
    }
    return second + windowSeconds;
  }

  #at(second: number): number {
    return this.#counts[second % windowSeconds] ?? 0;
  }
}
