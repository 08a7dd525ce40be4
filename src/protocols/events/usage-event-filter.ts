/** Takes the report of usage out of an OpenAI stream whose client did not ask for it. */
import { closeBracket, colon, openBracket } from '../../domain/json-characters.ts';
import { asObject, parseOr } from '../usage/usage-shape.ts';
import type { TailHold } from './hold.ts';
import type { Piece } from './piece.ts';
import { parseEvent } from './server-sent-event.ts';

const choicesKey = Buffer.from('"choices"');
const highestSpace = 0x20;

/**
 * Passes events to the next hold, without the one whose `choices` is empty and that has `usage`. The bytes of the
 * others stay as they are.
 */
export class UsageEventFilter implements TailHold {
  readonly #next: TailHold;

  constructor(next: TailHold) {
    this.#next = next;
  }

  get ended(): boolean {
    return this.#next.ended;
  }

  push(piece: Piece): Buffer | undefined {
    const shown = piece.extent === 'events' ? withoutUsage(piece) : piece.bytes;
    return shown.length === 0 ? undefined : this.#next.push(piece.with(shown));
  }

  flush(): Buffer | undefined {
    return this.#next.flush();
  }
}

function withoutUsage(piece: Piece): Buffer {
  const { bytes } = piece;
  const shown: Buffer[] = [];
  let shownTo = 0;
  for (let key = bytes.indexOf(choicesKey); key !== -1; ) {
    let next = key + choicesKey.length;
    if (isEmptyArray(bytes, next)) {
      const { start, end } = piece.eventAt(key);
      next = end;
      if (isReport(bytes.subarray(start, end))) {
        shown.push(bytes.subarray(shownTo, start));
        shownTo = end;
      }
    }
    key = bytes.indexOf(choicesKey, next);
  }
  return shown.length === 0 ? bytes : Buffer.concat([...shown, bytes.subarray(shownTo)]);
}

/** Whether `: []` comes next. */
function isEmptyArray(bytes: Buffer, from: number): boolean {
  let at = from;
  for (const wanted of [colon, openBracket, closeBracket]) {
    while (at < bytes.length && (bytes[at] ?? 0) <= highestSpace) at++;
    if (bytes[at] !== wanted) return false;
    at++;
  }
  return true;
}

function isReport(event: Buffer): boolean {
  const { data = '' } = parseEvent(event, 'latin1');
  const { choices, usage } = asObject(parseOr(data)) ?? {};
  return Array.isArray(choices) && choices.length === 0 && asObject(usage) !== undefined;
}
