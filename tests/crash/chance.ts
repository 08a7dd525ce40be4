/** Chance that can be had again: the same seed gives the same numbers. */
export class Chance {
  #state: number;

  /** @param seeds whole numbers, such as that of the run and that of the round */
  constructor(...seeds: readonly number[]) {
    this.#state = seeds.reduce(
      (state, seed) => Math.imul(state ^ seed, 0x9e3779b1) ^ (state >>> 15),
      0x51ed270b,
    );
  }

  /** From 0 up to but not with 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  /** Whether something happens that happens so often. */
  is(share: number): boolean {
    return this.next() < share;
  }

  /** @throws Error when there is nothing to choose from */
  one<Value>(of: readonly Value[]): Value {
    const chosen = of[this.whole(0, of.length - 1)];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }
}
