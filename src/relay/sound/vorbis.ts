/** How long packets of Vorbis play (Vorbis I specification, 1.3.2, 4.2 and 4.3). Pure. */

/** Reads bits backwards from the end: the modes are the last that the setup header has, and what is before is long to read. */
class BitsFromEnd {
  readonly #bytes: Buffer;
  #left: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#left = bytes.length * 8;
  }

  get left(): number {
    return this.#left;
  }

  read(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1) {
      this.#left -= 1;
      value = (value << 1) | (((this.#bytes[this.#left >> 3] ?? 0) >> (this.#left & 7)) & 1);
    }
    return value;
  }

  copy(): BitsFromEnd {
    const copy = new BitsFromEnd(this.#bytes);
    copy.#left = this.#left;
    return copy;
  }
}

/** Of a mode: a flag, window, transform, mapping; before all of them stands their number less one in six bits. */
const modeBits = 1 + 16 + 16 + 8;
const modesMax = 64;

/** @returns whether each mode has long blocks; empty where none can be read */
function modesIn(setup: Buffer): readonly boolean[] {
  const bits = new BitsFromEnd(setup.subarray(-1024));
  // The framing bit, behind which there are zeros.
  while (bits.left > 0 && bits.read(1) === 0);
  const areLong: boolean[] = [];
  let found: readonly boolean[] = [];
  while (bits.left >= modeBits + 6 && areLong.length < modesMax) {
    const isMode = bits.read(8) < modesMax && bits.read(16) === 0 && bits.read(16) === 0;
    if (!isMode) break;
    areLong.unshift(bits.read(1) === 1);
    // The longest list whose number stands before it.
    if (bits.copy().read(6) + 1 === areLong.length) found = [...areLong];
  }
  return found;
}

const setupType = 5;

export class VorbisPackets {
  readonly #rate: number;
  readonly #short: number;
  readonly #long: number;
  #modes: readonly boolean[] = [];
  #before: number | undefined;

  /** @param head the identification header */
  constructor(head: Buffer) {
    const sizes = head[28] ?? 0xff;
    this.#rate = head.length < 16 ? 0 : head.readUInt32LE(12);
    this.#short = 2 ** (sizes & 15);
    this.#long = 2 ** (sizes >> 4);
  }

  /** @param setup the whole header */
  readSetup(setup: Buffer): void {
    if (setup[0] === setupType) this.#modes = modesIn(setup);
  }

  /** Until the modes are known, every block counts as long. @returns seconds */
  secondsOf(start: Buffer): number {
    const [type = 1] = start;
    if (type % 2 === 1 || this.#rate === 0) return 0;
    const modeMask = 2 ** Math.ceil(Math.log2(Math.max(1, this.#modes.length))) - 1;
    const isLong = this.#modes[(type >> 1) & modeMask] ?? true;
    const size = isLong ? this.#long : this.#short;
    const samples = this.#before === undefined ? 0 : (this.#before + size) / 4;
    this.#before = size;
    return samples / this.#rate;
  }
}
