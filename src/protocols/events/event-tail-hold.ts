/** Keeps back the end of a stream of server-sent events, from the piece in which it is announced. */
import type { TailHold } from './hold.ts';

/** How a protocol announces the end of a stream. */
export interface EndMarks {
  /** Bytes that the announcement holds and other content seldom does: one native search each. */
  readonly needles: readonly Buffer[];
  /** The announcement from the line end before it, where it can be told from content that looks like it. */
  readonly surely: RegExp | undefined;
}

const newline = 0x0a;
const carriageReturn = 0x0d;
/** Longer than any announcement, with the start of its line. */
const carriedBytes = 96;
const none: Buffer = Buffer.alloc(0);
/** Stands before the first line. */
const lineEnd: Buffer = Buffer.from('\n');

/**
 * Once the end is sure, all that follows is kept. What only may be the end (a model can write the same words) is
 * kept until an event after it begins.
 */
export class EventGate implements TailHold {
  readonly #marks: EndMarks;
  readonly #bytesMax: number;
  /** The end of what has passed, where an announcement may have begun. */
  #carried = lineEnd;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #state: 'open' | 'doubt' | 'ending' = 'open';
  /** In doubt: whether the line that raised it is over. */
  #lineOver = false;
  readonly #blankLines = new BlankLines();
  ended = false;

  constructor(marks: EndMarks, bytesMax: number) {
    this.#marks = marks;
    this.#bytesMax = bytesMax;
  }

  push(piece: Buffer): Buffer | undefined {
    if (this.#state === 'ending') {
      this.#seeEnd(piece, 0);
      return this.#hold(piece);
    }
    const needleAt = this.#findNeedle(piece);
    if (needleAt !== -1) return this.#suspect(piece, needleAt);
    this.#carry(piece);
    if (this.#state === 'open') return piece;
    if (!this.#nextEventBegins(piece, 0)) return this.#hold(piece);
    this.#state = 'open';
    return this.#release(piece);
  }

  flush(): Buffer | undefined {
    return this.#release(none);
  }

  /** @returns where in `piece` the last needle ends; it may have begun before. -1 = there is none */
  #findNeedle(piece: Buffer): number {
    let last = -1;
    for (const needle of this.#marks.needles) {
      // Forwards first: it is several times as fast, and finds nothing in most pieces.
      if (piece.indexOf(needle) !== -1) last = Math.max(last, piece.lastIndexOf(needle) + needle.length);
      // No needle goes over the end of a line.
      if (this.#carried.at(-1) === newline) continue;
      const overlap = needle.length - 1;
      const seam = Buffer.concat([this.#carried.subarray(-overlap), piece.subarray(0, overlap)]);
      const inSeam = seam.lastIndexOf(needle);
      if (inSeam !== -1) {
        last = Math.max(last, inSeam + needle.length - Math.min(overlap, this.#carried.length));
      }
    }
    return last;
  }

  #suspect(piece: Buffer, needleEnd: number): Buffer | undefined {
    const sureAt = this.#findSure(piece);
    this.#carry(piece);
    if (sureAt !== undefined) {
      const free = this.#release(none);
      this.#state = 'ending';
      this.#seeEnd(piece, sureAt);
      return joined(free, this.#hold(piece));
    }
    const overtaken = this.#state === 'doubt' && this.#nextEventBegins(piece, 0);
    const free = overtaken ? this.#release(none) : undefined;
    this.#lineOver = false;
    this.#state = this.#nextEventBegins(piece, needleEnd) ? 'open' : 'doubt';
    return joined(free, this.#state === 'open' ? this.#release(piece) : this.#hold(piece));
  }

  /** @returns where in `piece` the sure announcement ends; undefined when there is none */
  #findSure(piece: Buffer): number | undefined {
    const text = Buffer.concat([this.#carried, piece]).toString('latin1');
    const found = this.#marks.surely?.exec(text);
    if (!found) return undefined;
    return Math.max(0, found.index + found[0].length - this.#carried.length);
  }

  #carry(piece: Buffer): void {
    this.#carried =
      piece.length >= carriedBytes
        ? piece.subarray(-carriedBytes)
        : Buffer.concat([this.#carried, piece]).subarray(-carriedBytes);
  }

  /** Whether anything but line ends comes after the line in doubt. Call once for each piece, in order. */
  #nextEventBegins(piece: Buffer, from: number): boolean {
    let at = from;
    if (!this.#lineOver) {
      const end = piece.indexOf(newline, from);
      if (end === -1) return false;
      this.#lineOver = true;
      at = end + 1;
    }
    while (at < piece.length && (piece[at] === newline || piece[at] === carriageReturn)) at++;
    return at < piece.length;
  }

  #seeEnd(piece: Buffer, from: number): void {
    this.ended ||= this.#blankLines.in(piece, from);
  }

  #hold(piece: Buffer): Buffer | undefined {
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    if (this.#heldBytes <= this.#bytesMax) return undefined;
    const all = Buffer.concat(this.#held);
    const kept = all.subarray(all.length - this.#bytesMax);
    this.#held = [kept];
    this.#heldBytes = kept.length;
    return all.subarray(0, all.length - kept.length);
  }

  /** All that is held, and `piece` after it. */
  #release(piece: Buffer): Buffer | undefined {
    if (this.#held.length === 0) return piece.length === 0 ? undefined : piece;
    const all = Buffer.concat([...this.#held, piece]);
    this.#held = [];
    this.#heldBytes = 0;
    return all;
  }
}

function joined(first: Buffer | undefined, second: Buffer | undefined): Buffer | undefined {
  return first && second ? Buffer.concat([first, second]) : (first ?? second);
}

/** Finds the first blank line after a line that has begun. */
class BlankLines {
  #lineEmpty = false;

  /** Whether one ends in `piece`, which continues the pieces before it. */
  in(piece: Buffer, from: number): boolean {
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at];
      if (byte === newline) {
        if (this.#lineEmpty) return true;
        this.#lineEmpty = true;
      } else if (byte !== carriageReturn) {
        this.#lineEmpty = false;
        const next = piece.indexOf(newline, at);
        if (next === -1) return false;
        at = next - 1;
      }
    }
    return false;
  }
}
