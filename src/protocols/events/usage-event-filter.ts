/** Takes the report of usage out of an OpenAI stream whose client did not ask for it. */

import { closeBracket, colon, openBracket } from '../../domain/json-characters.ts';
import { asObject, parseOr } from '../usage/usage-shape.ts';
import type { TailHold } from './hold.ts';

const choicesKey = Buffer.from('"choices"');
const blankLines = [Buffer.from('\n\n'), Buffer.from('\n\r\n')] as const;
const newline = 0x0a;
const carriageReturn = 0x0d;
const highestSpace = 0x20;

/**
 * Hands whole events to the next gate, without the one whose `choices` is empty and that has `usage`. The bytes
 * of the others stay as they are. An event longer than `bytesMax` is passed on unseen.
 */
export class UsageEventFilter implements TailHold {
  readonly #next: TailHold;
  readonly #bytesMax: number;
  /** The event that has begun but not ended. */
  #open: Buffer[] = [];
  #openBytes = 0;

  constructor(next: TailHold, bytesMax: number) {
    this.#next = next;
    this.#bytesMax = bytesMax;
  }

  get ended(): boolean {
    return this.#next.ended;
  }

  push(piece: Buffer): Buffer | undefined {
    if (this.#openBytes === 0 && lastEventEnd(piece) === piece.length) return this.#pass(piece);
    this.#open.push(piece);
    this.#openBytes += piece.length;
    if (this.#openBytes <= this.#bytesMax && !piece.includes(newline)) return undefined;
    const bytes = this.#takeOpen();
    const end = bytes.length > this.#bytesMax ? bytes.length : lastEventEnd(bytes);
    if (end < bytes.length) this.#keepOpen(bytes.subarray(end));
    return this.#pass(bytes.subarray(0, end));
  }

  flush(): Buffer | undefined {
    const held = this.#next.flush();
    const last = withoutUsage(this.#takeOpen());
    if (last.length === 0) return held;
    return held ? Buffer.concat([held, last]) : last;
  }

  #pass(events: Buffer): Buffer | undefined {
    const shown = withoutUsage(events);
    return shown.length === 0 ? undefined : this.#next.push(shown);
  }

  #takeOpen(): Buffer {
    const [first = Buffer.alloc(0)] = this.#open;
    const bytes = this.#open.length > 1 ? Buffer.concat(this.#open) : first;
    this.#open = [];
    this.#openBytes = 0;
    return bytes;
  }

  #keepOpen(bytes: Buffer): void {
    this.#open.push(bytes);
    this.#openBytes = bytes.length;
  }
}

/** @returns where the last whole event before `before` ends; 0 when there is none */
function lastEventEnd(bytes: Buffer, before = bytes.length): number {
  if (bytes[before - 1] === newline && bytes[before - 2] === newline) return before;
  if (before === 0) return 0;
  const ends = blankLines.map((line) => {
    const at = before < line.length ? -1 : bytes.lastIndexOf(line, before - line.length);
    return at === -1 ? 0 : at + line.length;
  });
  return Math.max(...ends);
}

/** @returns where the event that goes on at `from` ends */
function eventEnd(bytes: Buffer, from: number): number {
  const ends = blankLines.map((line) => {
    const at = bytes.indexOf(line, from);
    return at === -1 ? bytes.length : at + line.length;
  });
  return Math.min(...ends);
}

function withoutUsage(events: Buffer): Buffer {
  const shown: Buffer[] = [];
  let shownTo = 0;
  let at = events.indexOf(choicesKey);
  while (at !== -1) {
    const afterKey = at + choicesKey.length;
    let next = afterKey;
    if (isEmptyArray(events, afterKey)) {
      let start = lastEventEnd(events, at);
      while (events[start] === newline || events[start] === carriageReturn) start++;
      next = eventEnd(events, afterKey);
      if (isReport(events.toString('latin1', start, next))) {
        shown.push(events.subarray(shownTo, start));
        shownTo = next;
      }
    }
    at = events.indexOf(choicesKey, next);
  }
  return shown.length === 0 ? events : Buffer.concat([...shown, events.subarray(shownTo)]);
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

function isReport(event: string): boolean {
  const data = event.split(/\r?\n/).flatMap((line) => (line.startsWith('data:') ? line.slice(5) : []));
  const { choices, usage } = asObject(parseOr(data.join('\n'))) ?? {};
  return Array.isArray(choices) && choices.length === 0 && asObject(usage) !== undefined;
}
