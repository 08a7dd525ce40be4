/** A piece of a response on its way from the upstream to the client. */
import type { Span } from '../json-bytes.ts';

/**
 * What a piece holds: `events` = whole server-sent events, one or several; `part` = a part of a JSON text, or of an
 * event too long to hold; `last` = the last part of such an event.
 */
export type Extent = 'events' | 'part' | 'last';

const newline = 0x0a;
const carriageReturn = 0x0d;

export class Piece {
  readonly bytes: Buffer;
  readonly extent: Extent;
  #lines: Buffer | undefined;

  constructor(bytes: Buffer, extent: Extent) {
    this.bytes = bytes;
    this.extent = extent;
  }

  /** The same extent with other bytes. */
  with(bytes: Buffer): Piece {
    return bytes === this.bytes ? this : new Piece(bytes, this.extent);
  }

  /** The event around a byte, its blank line included. Only among whole events. */
  eventAt(index: number): Span {
    const lines = this.#withLineFeeds();
    return { start: startOfEvent(lines, index), end: endOfEvent(lines, index) };
  }

  /** The events that contain `needle`, in order. Only among whole events. */
  *eventsWith(needle: Buffer): Generator<Span> {
    let index = this.bytes.indexOf(needle);
    while (index !== -1) {
      const span = this.eventAt(index);
      yield span;
      index = this.bytes.indexOf(needle, span.end);
    }
  }

  /** Every event, in order. Only among whole events. */
  *events(): Generator<Buffer> {
    const lines = this.#withLineFeeds();
    for (let start = 0; start < lines.length; ) {
      const end = endOfEvent(lines, start);
      yield this.bytes.subarray(start, end);
      start = end;
    }
  }

  /** The bytes with a line feed for each carriage return that ends a line by itself, so that LF ends every line. */
  #withLineFeeds(): Buffer {
    this.#lines ??= withLineFeeds(this.bytes);
    return this.#lines;
  }
}

function withLineFeeds(bytes: Buffer): Buffer {
  let lines = bytes;
  for (
    let index = bytes.indexOf(carriageReturn);
    index !== -1;
    index = bytes.indexOf(carriageReturn, index + 1)
  ) {
    if (bytes[index + 1] === newline) continue;
    if (lines === bytes) lines = Buffer.from(bytes);
    lines[index] = newline;
  }
  return lines;
}

/** Whether the line that begins at `index` is empty. */
function isBlankLine(lines: Buffer, index: number): boolean {
  return lines[index] === newline || (lines[index] === carriageReturn && lines[index + 1] === newline);
}

/** @returns where the event begins that goes on at `index`: after the blank line before it */
function startOfEvent(lines: Buffer, index: number): number {
  let start = index === 0 ? 0 : lines.lastIndexOf(newline, index - 1) + 1;
  while (start > 0) {
    const before = start === 1 ? 0 : lines.lastIndexOf(newline, start - 2) + 1;
    if (isBlankLine(lines, before)) break;
    start = before;
  }
  return start;
}

/** @returns where the event ends that goes on at `index`: after its blank line */
function endOfEvent(lines: Buffer, index: number): number {
  let end = index;
  do {
    end = lines.indexOf(newline, end) + 1;
    if (end === 0) return lines.length;
  } while (end < lines.length && !isBlankLine(lines, end));
  return end === lines.length ? end : lines.indexOf(newline, end) + 1;
}
