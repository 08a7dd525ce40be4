/** Keeps back the end of a stream of server-sent events, from the piece that announces it. */
import type { TailHold } from './hold.ts';
import type { Piece } from './piece.ts';

/** How a protocol announces the end of a stream. */
export interface EndMarks {
  /** Bytes that the announcement holds and other content seldom does: one native search each. */
  readonly needles: readonly Buffer[];
  /** The announcement from the start of its line, where it can be told from content that looks like it. */
  readonly surely: RegExp | undefined;
  /** The beginning of an event that is not the last, so that its parts need not wait; missing = there is none. */
  readonly never?: RegExp;
}

const highestSpace = 0x20;
const none: Buffer = Buffer.alloc(0);

/**
 * Once the end is certain, all that follows is kept. What only may be the end (a model can write the same words, and
 * an event that comes in parts can hold them anywhere) is kept until an event after it begins.
 */
export class EventTailHold implements TailHold {
  readonly #marks: EndMarks;
  readonly #bytesMax: number;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #state: 'open' | 'doubtful' | 'ending' = 'open';
  /** Whether the last piece was a part of an event of which more comes. */
  #inside = false;
  /** Whether that event is certainly not the last. */
  #passes = false;
  ended = false;

  /** @param bytesMax the most bytes kept back */
  constructor(marks: EndMarks, bytesMax: number) {
    this.#marks = marks;
    this.#bytesMax = bytesMax;
  }

  push(piece: Piece): Buffer | undefined {
    const goesOn = this.#inside;
    this.#inside = piece.extent === 'part';
    if (this.#mayPass(piece, goesOn)) {
      this.#state = 'open';
      return this.#release(piece.bytes);
    }
    if (this.#state !== 'ending' && goesOn) return this.#hold(piece.bytes);
    const needleAt = goesOn ? -1 : this.#lastNeedle(piece.bytes);
    if (this.#state === 'ending' || (needleAt !== -1 && this.#isSure(piece.bytes))) return this.#end(piece);
    if (this.#state === 'doubtful' && isBlank(piece.bytes)) return this.#hold(piece.bytes);
    if (piece.extent === 'events' && (needleAt === -1 || eventFollows(piece, needleAt))) {
      this.#state = 'open';
      return this.#release(piece.bytes);
    }
    const free = this.#release(none);
    this.#state = 'doubtful';
    return joined(free, this.#hold(piece.bytes));
  }

  flush(): Buffer | undefined {
    return this.#release(none);
  }

  /** Decides at the first part of an event for all of them. */
  #mayPass({ bytes, extent }: Piece, goesOn: boolean): boolean {
    if (this.#marks.never === undefined || this.#state === 'ending') return false;
    if (!goesOn) this.#passes = extent === 'part' && this.#marks.never.test(startOf(bytes));
    return this.#passes;
  }

  #end({ bytes, extent }: Piece): Buffer | undefined {
    const free = this.#state === 'doubtful' ? this.#release(none) : undefined;
    this.#state = 'ending';
    this.ended ||= extent !== 'part';
    return joined(free, this.#hold(bytes));
  }

  /** @returns where the last needle begins; -1 = there is none */
  #lastNeedle(bytes: Buffer): number {
    let last = -1;
    for (const needle of this.#marks.needles) {
      // Forwards first: it is several times as fast, and finds nothing in most pieces.
      if (bytes.indexOf(needle) !== -1) last = Math.max(last, bytes.lastIndexOf(needle));
    }
    return last;
  }

  #isSure(bytes: Buffer): boolean {
    return this.#marks.surely?.test(bytes.toString('latin1')) ?? false;
  }

  #hold(bytes: Buffer): Buffer | undefined {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= this.#bytesMax) return undefined;
    const all = Buffer.concat(this.#held);
    const kept = all.subarray(all.length - this.#bytesMax);
    this.#held = [kept];
    this.#heldBytes = kept.length;
    return all.subarray(0, all.length - kept.length);
  }

  /** All that is held, and `bytes` after it. */
  #release(bytes: Buffer): Buffer | undefined {
    if (this.#held.length === 0) return bytes.length === 0 ? undefined : bytes;
    const all = Buffer.concat([...this.#held, bytes]);
    this.#held = [];
    this.#heldBytes = 0;
    return all;
  }
}

/** As much as the names of an event have. */
const startBytes = 256;

const startOf = (bytes: Buffer): string => bytes.toString('latin1', 0, startBytes);

function joined(first: Buffer | undefined, second: Buffer | undefined): Buffer | undefined {
  return first && second ? Buffer.concat([first, second]) : (first ?? second);
}

/** Whether anything comes after the event around `index`. */
function eventFollows(piece: Piece, index: number): boolean {
  return !isBlank(piece.bytes.subarray(piece.eventAt(index).end));
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte <= highestSpace);
}
