/** Collects body chunks into few buffers, even when a client sends tiny chunks. */

/** The bytes of a body, in order. No buffer shares its memory. */
export interface Body {
  readonly segments: readonly Buffer[];
  /** In bytes. */
  readonly length: number;
}

const firstBytes = 16_384;
/** Bounds a single copy, in bytes. */
const largestBytes = 1_048_576;

export class BodyPieces {
  readonly #take: (bytes: number) => void;
  readonly #segments: Buffer<ArrayBuffer>[] = [];
  #open: Buffer<ArrayBuffer> = Buffer.alloc(0);
  #used = 0;
  #length = 0;

  /** @param take takes room for the memory that is needed; `push` throws what it throws */
  constructor(take: (bytes: number) => void) {
    this.#take = take;
  }

  get length(): number {
    return this.#length;
  }

  push(piece: Buffer): void {
    let offset = 0;
    while (offset < piece.length) {
      if (this.#used === this.#open.length) this.#grow();
      const copied = piece.copy(this.#open, this.#used, offset);
      this.#used += copied;
      this.#length += copied;
      offset += copied;
    }
  }

  #grow(): void {
    const bytes = Math.min(largestBytes, Math.max(firstBytes, this.#length));
    this.#take(bytes);
    if (this.#used > 0) this.#segments.push(this.#open);
    this.#open = Buffer.allocUnsafeSlow(bytes);
    this.#used = 0;
  }

  /** Hands the body over. */
  take(): Body {
    if (this.#used > 0) this.#segments.push(this.#open.subarray(0, this.#used));
    return { segments: this.#segments, length: this.#length };
  }
}

/** The body in one buffer. For small bodies: it copies a body of several buffers. */
export function joined({ segments, length }: Body): Buffer {
  const [only] = segments;
  return segments.length === 1 && only ? only : Buffer.concat(segments, length);
}
