/** Reads a sound piece by piece: the file itself stays on the disk. */

/** Reads up to 64 KiB from a position; fewer bytes only at the end. */
export type ReadAt = (position: number) => Promise<Buffer>;

export class SoundReader {
  readonly #readAt: ReadAt;
  /** In bytes. */
  readonly size: number;
  #start = 0;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(readAt: ReadAt, size: number) {
    this.#readAt = readAt;
    this.size = size;
  }

  /** @returns bytes from a position, at most 64 KiB; fewer only at the end of the file */
  async at(position: number, length: number): Promise<Buffer> {
    const isThere = position >= this.#start && position + length <= this.#start + this.#chunk.length;
    if (!isThere) {
      this.#start = position;
      this.#chunk = position < this.size ? await this.#readAt(position) : Buffer.alloc(0);
    }
    return this.#chunk.subarray(position - this.#start, position - this.#start + length);
  }

  /** @returns the next position of a mark from a position on; the size of the file where there is none */
  async find(mark: Buffer, from: number): Promise<number> {
    for (let position = from; position + mark.length <= this.size; ) {
      const chunk = await this.at(position, 65_536);
      const index = chunk.indexOf(mark);
      if (index !== -1) return position + index;
      if (chunk.length < mark.length) break;
      position += chunk.length - mark.length + 1;
    }
    return this.size;
  }
}
