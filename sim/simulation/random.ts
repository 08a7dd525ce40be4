/** The only source of randomness in a simulation: the same seed gives the same results on every machine. */

/**
 * xoshiro128** by Blackman and Vigna (public domain), its state filled by a splitmix32.
 * Source: prng.di.unimi.it.
 */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  /** @param seed any whole number up to 2^53 */
  constructor(seed: number) {
    let state = (seed ^ Math.floor(seed / 2 ** 32)) | 0;
    const next = () => {
      state = (state + 0x9e3779b9) | 0;
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
      return mixed ^ (mixed >>> 15);
    };
    this.#a = next();
    this.#b = next();
    this.#c = next();
    this.#d = next();
  }

  /** @returns a whole number from 0 to 2^32 - 1 */
  #word(): number {
    const b = this.#b;
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    this.#c ^= this.#a;
    this.#d ^= b;
    this.#b = b ^ this.#c;
    this.#a ^= this.#d;
    this.#c ^= b << 9;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** @returns at least 0, below 1 */
  fraction(): number {
    return this.#word() / 2 ** 32;
  }

  /** @returns a whole number from 0 to `count - 1` */
  below(count: number): number {
    return Math.floor(this.fraction() * count);
  }

  between(from: number, to: number): number {
    return from + this.fraction() * (to - from);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** Shuffles in place. */
  shuffle<Item>(items: Item[]): void {
    for (let index = items.length - 1; index > 0; index -= 1) {
      const other = this.below(index + 1);
      const moved = items[index] as Item;
      items[index] = items[other] as Item;
      items[other] = moved;
    }
  }
}
