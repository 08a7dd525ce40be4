/**
 * Splits a stream of server-sent events at the ends of events, so that its readers never see a part of one.
 * Lines end with CR, LF or CRLF (HTML standard, section 9.2.6). No byte is changed.
 */
import { Piece } from './piece.ts';

const newline = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;
/** The end of a line and the beginning of the end of an empty line after it. CRLF streams have the second. */
const blankLines = ['\n\n', '\n\r', '\r\r'].map((text) => Buffer.from(text));
const none: readonly Piece[] = [];

export class EventSplitter {
  readonly #bytesMax: number;
  /** The event that has begun and not ended; it begins with the first of them. */
  #open: Buffer[] = [];
  #openBytes = 0;
  /** Whether the open event is too long, so that its parts are passed on as they come. */
  #long = false;
  /** The last bytes of the open event, where a blank line may have begun. */
  #before: Buffer = Buffer.alloc(0);

  /** @param bytesMax the longest event that is held until it is whole, in bytes */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** @returns what of the stream is complete by now, in order */
  push(piece: Buffer): readonly Piece[] {
    if (piece.length === 0) return none;
    if (this.#openBytes === 0 && !this.#long) return this.#begin(piece);
    const begun = this.#before.length;
    const seen = Buffer.concat([this.#before, piece]);
    this.#before = seen.subarray(-2);
    const blankEnd = this.#long ? firstBlankEnd(seen) : lastBlankEnd(seen);
    const end = blankEnd === -1 ? this.#commentEnd(piece) : blankEnd - begun;
    return end === -1 ? this.#keep(piece) : this.#close(piece, end);
  }

  /** The rest, when the stream is over. */
  end(): readonly Piece[] {
    if (this.#openBytes === 0) return none;
    return [new Piece(this.#takeOpen([]), 'events')];
  }

  /** Reads a piece before which every event has ended. */
  #begin(piece: Buffer): readonly Piece[] {
    const end = endOfComments(piece, Math.max(0, lastBlankEnd(piece)));
    if (end === piece.length) return [new Piece(piece, 'events')];
    const rest = piece.subarray(end);
    this.#before = rest.subarray(-2);
    const kept = this.#keep(rest);
    return end === 0 ? kept : [new Piece(piece.subarray(0, end), 'events'), ...kept];
  }

  /** Ends the open event `end` bytes into the piece. */
  #close(piece: Buffer, end: number): readonly Piece[] {
    const last = piece.subarray(0, end);
    const closed = this.#long ? new Piece(last, 'last') : new Piece(this.#takeOpen([last]), 'events');
    this.#long = false;
    return end === piece.length ? [closed] : [closed, ...this.#begin(piece.subarray(end))];
  }

  #keep(bytes: Buffer): readonly Piece[] {
    if (this.#long) return [new Piece(bytes, 'part')];
    this.#open.push(bytes);
    this.#openBytes += bytes.length;
    if (this.#openBytes <= this.#bytesMax) return none;
    this.#long = true;
    return [new Piece(this.#takeOpen([]), 'part')];
  }

  /** Some upstreams send no blank line after a comment, by which they keep the connection alive. */
  #commentEnd(piece: Buffer): number {
    return this.#open[0]?.[0] === colon ? lineEnd(piece, 0) : -1;
  }

  #takeOpen(more: readonly Buffer[]): Buffer {
    const all = [...this.#open, ...more];
    this.#open = [];
    this.#openBytes = 0;
    return all.length === 1 && all[0] ? all[0] : Buffer.concat(all);
  }
}

/** @returns where the last blank line ends; -1 = none has ended */
function lastBlankEnd(bytes: Buffer): number {
  const { length } = bytes;
  if (bytes[length - 1] === newline && bytes[length - 2] === newline) return length;
  return Math.max(...blankLines.map((line) => blankEnd(bytes, bytes.lastIndexOf(line, searchFrom(bytes)))));
}

/** CR after LF at the very end is the beginning of CRLF. */
function searchFrom(bytes: Buffer): number {
  const { length } = bytes;
  return bytes[length - 1] === carriageReturn && bytes[length - 2] === newline ? length - 3 : length - 2;
}

/** @returns where the first blank line ends; -1 = none has ended */
function firstBlankEnd(bytes: Buffer): number {
  const ends = blankLines.map((line) => blankEnd(bytes, bytes.indexOf(line)));
  const found = ends.filter((end) => end !== -1);
  return found.length === 0 ? -1 : Math.min(...found);
}

/** @param found where its first byte is, in `blankLines`; -1 = nowhere */
function blankEnd(bytes: Buffer, found: number): number {
  if (found === -1) return -1;
  const end = found + 2;
  if (bytes[end - 1] === newline || bytes[found] === carriageReturn) return end;
  if (end === bytes.length) return -1;
  return bytes[end] === newline ? end + 1 : end;
}

/** @returns where the line ends, after its line end; -1 = it has not ended */
function lineEnd(bytes: Buffer, from: number): number {
  for (let index = from; index < bytes.length; index++) {
    if (bytes[index] === newline || bytes[index] === carriageReturn) return index + 1;
  }
  return -1;
}

/** @returns where the empty lines and the comments end that begin at `from` */
function endOfComments(bytes: Buffer, from: number): number {
  let end = from;
  while (end < bytes.length) {
    const byte = bytes[end];
    if (byte === newline || byte === carriageReturn) end += 1;
    else if (byte !== colon) return end;
    else {
      const next = lineEnd(bytes, end);
      if (next === -1) return end;
      end = next;
    }
  }
  return end;
}
