/** Keeps a JSON text that arrives in pieces, without the base64 in it: megabytes of it would push out the rest. */
import { withoutBase64 } from './embedded-media.ts';
import { type Kept, RecentBytes } from './recent-bytes.ts';

/** Shorter texts are kept as they are. */
const compactBytesMin = 65_536;

export class KeptJson {
  readonly #bytes: RecentBytes;
  #compactAt = compactBytesMin;

  /** @param max the most bytes kept; of a longer text its newest part */
  constructor(max: number) {
    this.#bytes = new RecentBytes(max);
  }

  get length(): number {
    return this.#bytes.length;
  }

  push(piece: Buffer): void {
    this.#bytes.push(piece);
    if (this.#bytes.length < this.#compactAt || !this.#bytes.whole) return;
    const compact = withoutBase64(this.#bytes.take().bytes);
    this.#bytes.push(compact);
    // A base64 string that goes on after this piece is cut short the next time.
    this.#compactAt = Math.max(compactBytesMin, 2 * compact.length);
  }

  /** What is kept, given away: afterwards this is empty. */
  take(): Kept {
    this.#compactAt = compactBytesMin;
    return this.#bytes.take();
  }
}
