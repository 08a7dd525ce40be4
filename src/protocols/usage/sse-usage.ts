/** Reads the usage out of a stream of server-sent events as it passes. */
import { limits } from '../../platform/limits.ts';
import type { ResponseReport } from '../protocol.ts';
import { OutputText } from './output-text.ts';
import { type Kept, RecentBytes } from './recent-bytes.ts';
import type { UsageReader } from './usage-reader.ts';
import { asObject, idAtStart, parseLoosely, readFromEnd, type UsageShape } from './usage-shape.ts';
import { UsageSum } from './usage-sum.ts';

const newline = 0x0a;
const colon = 0x3a;
const letterD = 0x64;
const dataFieldLength = 'data:'.length;

/** Whether the line that begins at `at` is a `data` field; no other field has its first letter. */
function isData(bytes: Buffer, at: number): boolean {
  return bytes[at] === letterD && bytes[at + dataFieldLength - 1] === colon;
}

const none: Buffer = Buffer.alloc(0);
/** As many hold the id, in most streams: so many are kept of the first pieces. */
const startBytes = 128;

function joined(first: Buffer, second: Buffer): Buffer {
  return first.length === 0 ? second : Buffer.concat([first, second]);
}

/** Lines that may hold a report are kept up to this many, then read; most streams have one or two. */
const linesKeptMax = 16;
/** A longer one, which may be a picture, is read at once so that it is not held. */
const lineKeptBytesMax = 8192;

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
  readonly #output: OutputText;
  #first: Buffer = none;
  #lines: Kept[] = [];
  #sum: UsageSum;

  constructor(shape: UsageShape, bytesMax: number = limits.usage_scan_bytes_max) {
    this.#shape = shape;
    this.#open = new RecentBytes(bytesMax);
    this.#output = new OutputText(shape, bytesMax);
    this.#sum = new UsageSum(shape);
  }

  push(chunk: Buffer): void {
    if (this.#first.length < startBytes) this.#first = joined(this.#first, chunk);
    this.#output.push(chunk);
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
    const end = chunk.lastIndexOf(newline) + 1;
    if (end > start) this.#findReports(chunk, start, end);
    if (Math.max(start, end) < chunk.length) this.#open.push(chunk.subarray(Math.max(start, end)));
  }

  finish(): ResponseReport {
    if (this.#open.length > 0) this.#closeLine();
    this.#readLines();
    const usage = this.#sum.total();
    const outputMissing = usage !== undefined && !this.#sum.hasOutput;
    if (usage && !outputMissing) this.#output.drop();
    const responseId = this.#sum.told?.id ?? idAtStart(this.#shape, this.#first);
    this.#first = none;
    return { usage, outputMissing, responseId };
  }

  outputText(): string {
    return this.#output.take();
  }

  /** Keeps the lines with reports among the whole lines between `start` and `end`. */
  #findReports(chunk: Buffer, start: number, end: number): void {
    let at = chunk.indexOf(this.#shape.needle, start);
    while (at !== -1 && at < end) {
      const lineEnd = chunk.indexOf(newline, at);
      const lineStart = chunk.lastIndexOf(newline, at) + 1;
      this.#keepLine({ bytes: chunk.subarray(lineStart, lineEnd), whole: true });
      at = chunk.indexOf(this.#shape.needle, lineEnd);
    }
  }

  #closeLine(): void {
    const line = this.#open.take();
    if (line.bytes.includes(this.#shape.needle)) this.#keepLine(line);
  }

  #keepLine(line: Kept): void {
    this.#lines.push(line);
    if (this.#lines.length >= linesKeptMax || line.bytes.length > lineKeptBytesMax || !line.whole) {
      this.#readLines();
    }
  }

  /** Reads the kept lines, newest first; whatever they tell is newer than what was read before. */
  #readLines(): void {
    const older = this.#sum.told;
    this.#sum = new UsageSum(this.#shape);
    for (let at = this.#lines.length - 1; at >= 0 && !this.#sum.complete; at--) {
      const line = this.#lines[at];
      if (line) this.#readLine(line);
    }
    this.#lines = [];
    this.#sum.addOlder(older);
  }

  #readLine({ bytes, whole }: Kept): void {
    if (!whole) this.#sum.addOlder(readFromEnd(this.#shape, bytes, this.#shape.eventDepth));
    else if (isData(bytes, 0)) {
      const event = asObject(parseLoosely(bytes.subarray(dataFieldLength)));
      if (event) this.#sum.addOlder(this.#shape.read(event));
    }
  }
}
