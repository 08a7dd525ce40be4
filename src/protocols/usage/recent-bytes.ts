/** Keeps the bytes of a text that arrives in pieces: all of it up to a limit, beyond that its newest part. */

const none: Buffer = Buffer.alloc(0);

export interface Kept {
  readonly bytes: Buffer;
  /** False when earlier bytes were dropped. */
  readonly whole: boolean;
}

/**
 * A text in one piece costs no copy. One in many is copied into a buffer that doubles, so that even pieces
 * of one byte cost no more memory than twice their sum.
 */
export class RecentBytes {
  readonly #max: number;
  #bytes = none;
  #length = 0;
  /** Whether the buffer was made here, with room to write to; otherwise it is a piece as it came. */
  #own = false;
  #whole = true;

  /** @param max the most bytes kept; once passed, at least the newest half of that is kept */
  constructor(max: number) {
    this.#max = max;
  }

  get length(): number {
    return this.#length;
  }

  /** False when earlier bytes were dropped. */
  get whole(): boolean {
    return this.#whole;
  }

  push(piece: Buffer): void {
    if (this.#length + piece.length > this.#max) this.#makeRoom(piece);
    else if (this.#length === 0) {
      this.#bytes = piece;
      this.#length = piece.length;
      this.#own = false;
    } else this.#append(piece);
  }

  /** What is kept, given away: afterwards this is empty. */
  take(): Kept {
    const kept = { bytes: this.#bytes.subarray(0, this.#length), whole: this.#whole };
    this.#bytes = none;
    this.#length = 0;
    this.#own = false;
    this.#whole = true;
    return kept;
  }

  #append(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (!this.#own || length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#max, Math.max(512, length * 2)));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
      this.#own = true;
    }
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  #makeRoom(piece: Buffer): void {
    const half = this.#max >> 1;
    this.#whole = false;
    if (piece.length >= half) {
      this.#bytes = piece.subarray(piece.length - half);
      this.#length = half;
      this.#own = false;
      return;
    }
    const stay = Math.min(this.#length, half - piece.length);
    const newest = this.#bytes.subarray(this.#length - stay, this.#length);
    const fresh = Buffer.allocUnsafe(this.#max);
    newest.copy(fresh);
    this.#bytes = fresh;
    this.#length = stay;
    this.#own = true;
    this.#append(piece);
  }
}
