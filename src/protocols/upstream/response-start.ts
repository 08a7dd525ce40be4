/** Tells from the beginning of an answer whether it is one: an upstream may say 200 and then that it failed. Pure. */
import { openBrace } from '../../domain/json-characters.ts';
import { limits } from '../../platform/limits.ts';
import { wholeElements } from '../json-bytes.ts';
import type { ResponseForm } from '../protocol.ts';
import { asObject, parseOr } from '../usage/usage-shape.ts';
import { type ErrorFacts, noFacts, readError } from './error-facts.ts';

/** An answer that is none. */
export interface NoAnswer {
  /** What the upstream says; undefined = nothing that can be read. */
  readonly error: ErrorFacts | undefined;
  /** The error as it came; undefined = there is none. */
  readonly value: unknown;
}

export type StartVerdict = 'undecided' | 'useful' | NoAnswer;

/** Judges what has come so far, given piece by piece. */
export interface AnswerStart {
  push(piece: Buffer): StartVerdict;
  /** @param whole whether the answer came to its own end */
  end(whole: boolean): StartVerdict;
}

const nothing: NoAnswer = { error: undefined, value: undefined };
const newline = 0x0a;
const none: Buffer = Buffer.alloc(0);

/** What an event that needs a closer look holds. */
const suspicious = /error|ping|\[DONE\]|"code"|base_resp|"success"/;
const plainEvent = /^(?:event: ?[\w.]+\r?\n)?data: ?\{[^\n]{2,}\n/;

/** Whether an answer that is not declared as server-sent events begins like them. */
export function looksLikeEvents(piece: Buffer): boolean {
  return /^\s*(?:data|event|id|retry)?:/.test(piece.toString('latin1', 0, 64));
}

/** Server-sent events: useful with the first that has data and is no error. */
class EventsStart implements AnswerStart {
  #begun = false;
  /** The line that has begun but not ended. */
  #open = none;
  #name = '';
  #data = '';
  /** What is no line of an event: the upstream may send one JSON text in the place of the events. */
  #stray = '';

  push(piece: Buffer): StartVerdict {
    if (!this.#begun && isPlain(piece)) return 'useful';
    this.#begun = true;
    const all = this.#open.length === 0 ? piece : Buffer.concat([this.#open, piece]);
    let at = 0;
    for (let end = all.indexOf(newline); end !== -1; end = all.indexOf(newline, at)) {
      const verdict = this.#readLine(all.toString('utf8', at, end).replace(/\r$/, ''));
      if (verdict !== 'undecided') return verdict;
      at = end + 1;
    }
    this.#open = all.subarray(at);
    const bytes = this.#open.length + this.#data.length + this.#stray.length;
    return bytes > limits.answer_start_bytes_max ? 'useful' : 'undecided';
  }

  end(whole: boolean): StartVerdict {
    const verdict = this.#readLine(this.#open.toString('utf8'));
    this.#open = none;
    if (verdict !== 'undecided') return verdict;
    const last = this.#eventVerdict(whole);
    if (last !== 'undecided') return last;
    return this.#stray === '' ? nothing : textVerdict(this.#stray, whole);
  }

  #readLine(line: string): StartVerdict {
    if (line === '') {
      const verdict = this.#eventVerdict(true);
      this.#name = '';
      this.#data = '';
      return verdict;
    }
    if (line.startsWith('data:')) {
      this.#data += (this.#data === '' ? '' : '\n') + line.slice('data:'.length).trim();
      return this.#eventVerdict(false);
    }
    if (line.startsWith('event:')) this.#name = line.slice('event:'.length).trim();
    else if (!/^(?::|id:|retry:)/.test(line)) this.#stray += `${line}\n`;
    return 'undecided';
  }

  /** @param whole whether the event is over; before that only data that can be parsed tells */
  #eventVerdict(whole: boolean): StartVerdict {
    if (this.#data === '' || this.#data === '[DONE]' || this.#name === 'ping') return 'undecided';
    const value = parseOr(this.#data);
    if (value === undefined && !whole) return 'undecided';
    if (value === null || asObject(value)?.type === 'ping') return 'undecided';
    const error = readError(value);
    if (error) return { error, value };
    return this.#name === 'error' ? { error: { ...noFacts, message: this.#data }, value } : 'useful';
  }
}

/** Whether an answer begins with a whole event that is like most: decided at a glance. */
function isPlain(piece: Buffer): boolean {
  const event = piece.toString('latin1', 0, Math.min(piece.length, limits.first_event_bytes));
  return plainEvent.test(event) && !suspicious.test(event);
}

/** Bytes without which a JSON text is no error: one native search each. */
const suspiciousBytes = ['error"', 'code"', 'success"'].map((text) => Buffer.from(text));
/** What a JSON text holds that needs a closer look; `"error":null` is part of sound answers. */
const suspiciousJson =
  /"error"\s*:\s*[{"]|"type"\s*:\s*"error"|"base_resp"|"(?:error_)?code"|"success"|"object"\s*:\s*"error"/;
/** Shorter ones may be empty. */
const shortBytes = 16;

/** @param whole whether all of the text is there */
function jsonVerdict(bytes: Buffer, whole: boolean): StartVerdict {
  const isPlainObject = bytes[0] === openBrace && bytes.length >= shortBytes;
  if (isPlainObject && !suspiciousBytes.some((needle) => bytes.includes(needle))) return 'useful';
  return textVerdict(bytes.toString('utf8'), whole);
}

function textVerdict(given: string, whole: boolean): StartVerdict {
  const text = given.replace(/^\uFEFF/, '').trim();
  if (text === '' || /^\[\s*\]$|^\{\s*\}$|^[^{[]/.test(text)) return nothing;
  if (!suspiciousJson.test(text)) return 'useful';
  const value = parseOr(text);
  if (value === undefined) {
    const broken = !whole && /^\[?\s*\{\s*"error"\s*:\s*[{"]/.test(text);
    return broken ? { error: noFacts, value: undefined } : 'useful';
  }
  const error = readError(value);
  return error ? { error, value } : 'useful';
}

/** One JSON text, or an array of them: judged whole where it is short, else by its beginning. */
class JsonStart implements AnswerStart {
  readonly #isArray: boolean;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(isArray: boolean) {
    this.#isArray = isArray;
  }

  push(piece: Buffer): StartVerdict {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#isArray) {
      const [first] = wholeElements(this.#joined());
      const text = first && this.#joined().toString('utf8', first.start, first.end);
      // What ends with a brace may be a whole element or not.
      if (text !== undefined && (!suspiciousJson.test(text) || parseOr(text) !== undefined)) {
        return textVerdict(text, true);
      }
    }
    return this.#bytes > limits.answer_start_bytes_max ? jsonVerdict(this.#joined(), false) : 'undecided';
  }

  end(whole: boolean): StartVerdict {
    return jsonVerdict(this.#joined(), whole);
  }

  #joined(): Buffer {
    if (this.#pieces.length > 1) this.#pieces.splice(0, this.#pieces.length, Buffer.concat(this.#pieces));
    return this.#pieces[0] ?? none;
  }
}

export function answerStart(form: ResponseForm): AnswerStart {
  return form === 'sse' ? new EventsStart() : new JsonStart(form === 'json-array');
}
