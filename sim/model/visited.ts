/** Set of visited states, as 64-bit hashes. */
export class Visited {
  #size = 0;
  #mask: number;
  #slots: Uint32Array;

  constructor() {
    this.#mask = 2 ** 16 - 1;
    this.#slots = new Uint32Array(2 ** 17);
  }

  get size(): number {
    return this.#size;
  }

  /** @returns whether the code is new */
  add(code: Int32Array): boolean {
    let high = 0x9e3779b9;
    let low = 0x85ebca6b;
    for (const value of code) {
      high = Math.imul(high ^ value, 0x01000193);
      high ^= high >>> 15;
      low = Math.imul(low + value, 0xc2b2ae35);
      low = (low << 13) | (low >>> 19);
    }
    high = mixed(high ^ low);
    low = mixed(low + high);
    // Zero marks an empty slot.
    return this.#put(high >>> 0, low >>> 0 || 1);
  }

  #put(high: number, low: number): boolean {
    if (this.#size * 2 > this.#mask) this.#grow();
    for (let index = high & this.#mask; ; index = (index + 1) & this.#mask) {
      const there = this.#slots[2 * index + 1];
      if (there === 0) {
        this.#slots[2 * index] = high;
        this.#slots[2 * index + 1] = low;
        this.#size += 1;
        return true;
      }
      if (there === low && this.#slots[2 * index] === high) return false;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Uint32Array(old.length * 2);
    this.#size = 0;
    for (let index = 0; index < old.length; index += 2) {
      const low = old[index + 1] ?? 0;
      if (low !== 0) this.#put(old[index] ?? 0, low);
    }
  }
}

function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return hash ^ (hash >>> 16);
}
