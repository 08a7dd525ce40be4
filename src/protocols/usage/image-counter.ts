/** Counts the pictures in a response, besides the usage that it reports. */
import { noUsage } from '../../domain/usage.ts';
import type { Piece } from '../events/piece.ts';
import type { ResponseReport } from '../protocol.ts';
import type { Output, UsageReader } from './usage-reader.ts';

/** What an item of the response holds, either as base64 or as a link; only a member of JSON has bare quotes. */
const keys = [Buffer.from('"b64_json"'), Buffer.from('"url"')] as const;
const carriedBytes = 9;

/** Wraps the reader of the usage. Costs two native searches a chunk. */
export class ImageCounter implements UsageReader {
  readonly #inner: UsageReader;
  readonly #found: [number, number] = [0, 0];
  /** The end of what came before, where a key may have begun. */
  #carried: Buffer = Buffer.alloc(0);

  constructor(inner: UsageReader) {
    this.#inner = inner;
  }

  push(piece: Piece): void {
    this.#inner.push(piece);
    const chunk = piece.bytes;
    // Only the seam is copied: answers have megabytes.
    const seam = Buffer.concat([this.#carried, chunk.subarray(0, carriedBytes)]);
    keys.forEach((key, which) => {
      const begun = Math.min(this.#carried.length, key.length - 1);
      const nearSeam = seam.subarray(this.#carried.length - begun, this.#carried.length + key.length - 1);
      this.#found[which === 0 ? 0 : 1] += countIn(nearSeam, key) + countIn(chunk, key);
    });
    const end = chunk.length >= carriedBytes ? chunk : Buffer.concat([this.#carried, chunk]);
    this.#carried = Buffer.from(end.subarray(-carriedBytes));
  }

  finish(complete: boolean): ResponseReport {
    const report = this.#inner.finish(complete);
    // An item has one of the two, and may have the other as null.
    const images = Math.max(...this.#found);
    if (images === 0) return report;
    return { ...report, usage: { ...(report.usage ?? noUsage), images } };
  }

  output(): Output {
    return this.#inner.output();
  }
}

function countIn(bytes: Buffer, key: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + key.length)) count++;
  return count;
}
