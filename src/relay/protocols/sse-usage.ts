/** Reads the usage out of a stream of server-sent events as it passes. */
import { limits } from '../../platform/limits.ts';
import type { Usage, UsageReader } from './protocol.ts';
import { type Kept, RecentBytes } from './recent-bytes.ts';
import { asObject, parseLoosely, readFromEnd, type UsageShape, UsageSum } from './usage-shape.ts';

const newline = 0x0a;
const dataField = Buffer.from('data:');

/** Lines that may hold a report are kept up to here, then parsed; most streams have one or two. */
const linesKeptMax = 16;

/**
 * Works by lines: every provider writes an event's JSON on one `data:` line. A chunk costs two native
 * searches; lines are parsed only where the needle was found, and most of those only if no newer one tells
 * enough. A line that is split over chunks is put together, up to `bytesMax`; of a longer one the end is
 * searched for the report.
 */
export class SseUsageReader implements UsageReader {
  readonly #shape: UsageShape;
  /** The line that has begun but not ended. */
  readonly #open: RecentBytes;
  #lines: Kept[] = [];
  #sum = new UsageSum();
  #events = 0;

  constructor(shape: UsageShape, bytesMax: number = limits.usage_scan_bytes_max) {
    this.#shape = shape;
    this.#open = new RecentBytes(bytesMax);
  }

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#open.length > 0) {
      const end = chunk.indexOf(newline);
      if (end === -1) {
        this.#open.push(chunk);
        return;
      }
      start = end + 1;
      this.#open.push(chunk.subarray(0, end));
      this.#closeLine();
    }
    const end = Math.max(start, chunk.lastIndexOf(newline) + 1);
    if (end > start) this.#scanLines(chunk, start, end);
    if (end < chunk.length) this.#open.push(chunk.subarray(end));
  }

  finish(): Usage | undefined {
    if (this.#open.length > 0) this.#closeLine();
    this.#readLines();
    return this.#sum.total(this.estimatedOutputTokens());
  }

  /** One token for each event, less those that carry none: a stream sends at least one token an event. */
  estimatedOutputTokens(): number {
    return Math.max(0, this.#events - this.#shape.framingEvents);
  }

  /** Looks through the whole lines between `start` and `end`. */
  #scanLines(chunk: Buffer, start: number, end: number): void {
    let at = chunk.indexOf(dataField, start);
    while (at !== -1 && at < end) {
      if (at === start || chunk[at - 1] === newline) this.#events++;
      at = chunk.indexOf(dataField, at + dataField.length);
    }
    at = chunk.indexOf(this.#shape.needle, start);
    while (at !== -1 && at < end) {
      const lineEnd = chunk.indexOf(newline, at);
      const lineStart = Math.max(start, chunk.lastIndexOf(newline, at) + 1);
      this.#keepLine({ bytes: chunk.subarray(lineStart, lineEnd), whole: true });
      at = chunk.indexOf(this.#shape.needle, lineEnd);
    }
  }

  #closeLine(): void {
    const line = this.#open.take();
    if (!line.whole || line.bytes.indexOf(dataField) === 0) this.#events++;
    if (line.bytes.includes(this.#shape.needle)) this.#keepLine(line);
  }

  #keepLine(line: Kept): void {
    this.#lines.push(line);
    if (this.#lines.length >= linesKeptMax || !line.whole) this.#readLines();
  }

  /** Reads the kept lines, newest first; whatever they tell is newer than what was read before. */
  #readLines(): void {
    const older = this.#sum;
    this.#sum = new UsageSum();
    for (let at = this.#lines.length - 1; at >= 0 && !this.#sum.complete; at--) {
      const line = this.#lines[at];
      if (line) this.#readLine(line);
    }
    this.#lines = [];
    this.#sum.addOlder(older);
  }

  #readLine({ bytes, whole }: Kept): void {
    if (!whole) this.#sum.addOlder(readFromEnd(this.#shape, bytes, this.#shape.eventDepth));
    else if (bytes.indexOf(dataField) === 0) {
      const event = asObject(parseLoosely(bytes.subarray(dataField.length)));
      if (event) this.#sum.addOlder(this.#shape.read(event));
    }
  }
}
