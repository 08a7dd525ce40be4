/** Reads the usage out of an answer that is one JSON text, or an array of them sent piece by piece. */
import { limits } from '../../platform/limits.ts';
import { wholeElements } from '../json-bytes.ts';
import type { Usage, UsageReader } from './protocol.ts';
import { RecentBytes } from './recent-bytes.ts';
import {
  asObject,
  parseLoosely,
  readFromEnd,
  readLastMember,
  type UsageShape,
  UsageSum,
} from './usage-shape.ts';

/**
 * Keeps the answer and parses it once, at the end. Of an answer longer than `bytesMax` the end is searched
 * for the report; of an array that broke off, the elements that are complete.
 */
export class JsonUsageReader implements UsageReader {
  readonly #shape: UsageShape;
  readonly #kept: RecentBytes;
  readonly #isArray: boolean;

  constructor(
    shape: UsageShape,
    form: 'json' | 'json-array',
    bytesMax: number = limits.usage_scan_bytes_max,
  ) {
    this.#shape = shape;
    this.#isArray = form === 'json-array';
    this.#kept = new RecentBytes(bytesMax);
  }

  push(chunk: Buffer): void {
    this.#kept.push(chunk);
  }

  finish(complete: boolean): Usage | undefined {
    const { bytes, whole } = this.#kept.take();
    const sum = new UsageSum();
    if (complete && !this.#isArray) sum.addOlder(readLastMember(this.#shape, bytes));
    if (sum.complete) return sum.total(0);
    if (!bytes.includes(this.#shape.needle)) return undefined;
    if (!whole) sum.addOlder(readFromEnd(this.#shape, bytes, this.#isArray ? 2 : 1));
    else {
      for (const answer of this.#parse(bytes).toReversed()) {
        const object = asObject(answer);
        if (object && !sum.complete) sum.addOlder(this.#shape.read(object));
      }
    }
    return sum.total(0);
  }

  /** 0: nothing is known of what a JSON answer holds before it is complete. */
  estimatedOutputTokens(): number {
    return 0;
  }

  #parse(bytes: Buffer): readonly unknown[] {
    const parsed = parseLoosely(bytes);
    if (Array.isArray(parsed)) return parsed;
    if (parsed !== undefined || !this.#isArray) return [parsed];
    return wholeElements(bytes).map(({ start, end }) => parseLoosely(bytes.subarray(start, end)));
  }
}
