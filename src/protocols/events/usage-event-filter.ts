/** Takes the report of usage out of an OpenAI stream whose client did not ask for it. */
import { colon, openBrace } from '../../domain/json-characters.ts';
import { asObject, parseOr } from '../usage/usage-shape.ts';
import type { TailHold } from './hold.ts';
import type { Piece } from './piece.ts';
import { parseEvent } from './server-sent-event.ts';

const usageKey = Buffer.from('"usage"');
const highestSpace = 0x20;

/**
 * Passes events to the next hold, without the one that has `usage` and no choice. The bytes of the
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
  for (let key = bytes.indexOf(usageKey); key !== -1; ) {
    let next = key + usageKey.length;
    if (isObjectNext(bytes, next)) {
      const { start, end } = piece.eventAt(key);
      next = end;
      if (isReport(bytes.subarray(start, end))) {
        shown.push(bytes.subarray(shownTo, start));
        shownTo = end;
      }
    }
    key = bytes.indexOf(usageKey, next);
  }
  return shown.length === 0 ? bytes : Buffer.concat([...shown, bytes.subarray(shownTo)]);
}

/** Whether `: {` comes next. Most events have `"usage": null`. */
function isObjectNext(bytes: Buffer, from: number): boolean {
  let index = from;
  for (const wanted of [colon, openBrace]) {
    while (index < bytes.length && (bytes[index] ?? 0) <= highestSpace) index++;
    if (bytes[index] !== wanted) return false;
    index++;
  }
  return true;
}

/** Upstreams write no choice as an empty list, as null, or not at all. */
function isReport(event: Buffer): boolean {
  const { data = '' } = parseEvent(event, 'latin1');
  const { choices, usage, error } = asObject(parseOr(data)) ?? {};
  const hasChoices =
    choices !== undefined && choices !== null && !(Array.isArray(choices) && choices.length === 0);
  return !hasChoices && asObject(usage) !== undefined && error === undefined;
}
