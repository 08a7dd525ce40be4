/** Counts over the last minute, by the second. Pure: the second is a parameter of each call. */

/**
 * One more than a minute: a request at the start of a second must still count at the end of the same second a
 * minute later, so that no interval of 60 seconds exceeds the limit.
 */
export const windowSeconds = 61;

/** Seconds are whole numbers of a clock that never goes back. */
export class MinuteWindow {
  readonly #counts = new Float64Array(windowSeconds);
  #newest = Number.NEGATIVE_INFINITY;
  #sum = 0;

  /** Returns the sum over the window that ends with this second. */
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

  /** Adds to a second. Ignores a second that has left the window. A negative count subtracts. */
  add(second: number, count: number): void {
    if (second <= this.#newest - windowSeconds) return;
    this.#counts[second % windowSeconds] = this.#at(second) + count;
    this.#sum += count;
  }

  /**
   * Returns the first second from `second` on at which the sum is at most `most` without further additions; `most`
   * >= 0.
   */
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
