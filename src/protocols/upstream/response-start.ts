/**
 * Recognizes from the beginning of a response whether it is a real one: an upstream may say 200 and then that it
 * failed. Pure.
 */
import { openBrace } from '../../domain/json-characters.ts';
import { limits } from '../../platform/limits.ts';
import type { Piece } from '../events/piece.ts';
import { parseEvent, type ServerSentEvent } from '../events/server-sent-event.ts';
import { wholeElements } from '../json-bytes.ts';
import type { ResponseForm } from '../protocol.ts';
import { asObject, parseOr } from '../usage/usage-shape.ts';
import { type ErrorFacts, noFacts, readError } from './error-facts.ts';

/** A response with status 200 that holds an error or nothing. */
export interface NoResponse {
  /** What the upstream says; undefined = nothing that can be read. */
  readonly error: ErrorFacts | undefined;
  /** The error as it came; undefined = there is none. */
  readonly value: unknown;
}

export type StartVerdict = 'undecided' | 'useful' | NoResponse;

/** Judges what has come so far, given piece by piece. */
export interface ResponseStart {
  push(piece: Piece): StartVerdict;
  /**
   * @param whole whether the response came to its own end
   * @param rest what came of it after the last piece
   */
  end(whole: boolean, rest: Piece | undefined): StartVerdict;
}

const nothing: NoResponse = { error: undefined, value: undefined };
const none: Buffer = Buffer.alloc(0);

/** What an event that needs a closer look holds. */
const suspicious = /error|ping|\[DONE\]|"code"|base_resp|"success"/;
const plainEvent = /^(?:event: ?[\w.]+\r?\n)?data: ?\{[^\n]{2,}\n\r?\n/;

/** The form that the first bytes of a response show; undefined = neither, or too few bytes. */
export function formOfStart(first: Buffer): 'sse' | 'json' | undefined {
  const text = first
    .toString('utf8', 0, 64)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (/^(?:data|event|id|retry)?:/.test(text)) return 'sse';
  return /^[[{]/.test(text) ? 'json' : undefined;
}

/** Server-sent events: useful with the first that has data and is no error. */
class EventsStart implements ResponseStart {
  /** What is no line of an event: the upstream may send one JSON text in the place of the events. */
  #stray = '';

  push(piece: Piece): StartVerdict {
    if (piece.extent !== 'events' || isPlain(piece.bytes)) return 'useful';
    return this.#read(piece, true);
  }

  end(whole: boolean, rest: Piece | undefined): StartVerdict {
    const verdict = rest ? this.#read(rest, whole) : 'undecided';
    if (verdict !== 'undecided') return verdict;
    return this.#stray === '' ? nothing : textVerdict(this.#stray, whole);
  }

  /** @param whole whether the last event is over */
  #read(piece: Piece, whole: boolean): StartVerdict {
    for (const bytes of piece.events()) {
      const event = parseEvent(bytes);
      for (const line of event.stray) this.#stray += `${line}\n`;
      const verdict = eventVerdict(event, whole);
      if (verdict !== 'undecided') return verdict;
    }
    return this.#stray.length > limits.response_start_bytes_max ? 'useful' : 'undecided';
  }
}

/** @param whole whether the event is over; before that only data that can be parsed tells */
function eventVerdict({ name, data = '' }: ServerSentEvent, whole: boolean): StartVerdict {
  const text = data.trim();
  if (text === '' || text === '[DONE]' || name === 'ping') return 'undecided';
  const value = parseOr(text);
  if (value === undefined && !whole) return 'undecided';
  if (value === null || asObject(value)?.type === 'ping') return 'undecided';
  const error = readError(value);
  if (error) return { error, value };
  return name === 'error' ? { error: { ...noFacts, message: text }, value } : 'useful';
}

/** Whether a response begins with a whole event that is like most: decided at a glance. */
function isPlain(piece: Buffer): boolean {
  const beginning = piece.toString('latin1', 0, Math.min(piece.length, limits.first_event_bytes));
  const [first] = plainEvent.exec(beginning) ?? [];
  return first !== undefined && !suspicious.test(first);
}

/** Bytes without which a JSON text is no error: one native search each. */
const suspiciousBytes = ['error"', 'code"', 'success"'].map((text) => Buffer.from(text));
/** What a JSON text holds that needs a closer look; `"error":null` is part of sound responses. */
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
class JsonStart implements ResponseStart {
  readonly #isArray: boolean;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(isArray: boolean) {
    this.#isArray = isArray;
  }

  push({ bytes }: Piece): StartVerdict {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    if (this.#isArray) {
      const [first] = wholeElements(this.#joined());
      const text = first && this.#joined().toString('utf8', first.start, first.end);
      // What ends with a brace may be a whole element or not.
      if (text !== undefined && (!suspiciousJson.test(text) || parseOr(text) !== undefined)) {
        return textVerdict(text, true);
      }
    }
    return this.#bytes > limits.response_start_bytes_max ? jsonVerdict(this.#joined(), false) : 'undecided';
  }

  end(whole: boolean): StartVerdict {
    return jsonVerdict(this.#joined(), whole);
  }

  #joined(): Buffer {
    if (this.#pieces.length > 1) this.#pieces.splice(0, this.#pieces.length, Buffer.concat(this.#pieces));
    return this.#pieces[0] ?? none;
  }
}

/** Bytes of any kind: useful with the first of them. */
const bytesStart: ResponseStart = {
  push: ({ bytes }) => (bytes.length > 0 ? 'useful' : 'undecided'),
  end: () => nothing,
};

export function responseStart(form: ResponseForm): ResponseStart {
  if (form === 'bytes') return bytesStart;
  return form === 'sse' ? new EventsStart() : new JsonStart(form === 'json-array');
}
