/** Reads a Gemini upstream's response in each of its three forms. Pure. */
import type { Piece } from '../../events/piece.ts';
import { parseEvent } from '../../events/server-sent-event.ts';
import type { ResponseForm } from '../../protocol.ts';
import type { ResponseEvent } from '../form/response.ts';
import { isPlainObject } from '../json.ts';
import type { ResponseReader } from '../parts.ts';
import { ArrayElements } from './array-elements.ts';
import { ChunkEvents } from './chunk-events.ts';
import { parseExactly } from './exact-json.ts';

export function readResponse(form: ResponseForm): ResponseReader {
  if (form === 'sse') return new StreamReader();
  return form === 'json' ? new WholeReader() : new ArrayReader();
}

const unreadable = 'The upstream sent what is no response of Gemini.';
const brokenOff = 'The upstream broke off before the end of its response.';

function pushText(chunks: ChunkEvents, text: string): readonly ResponseEvent[] {
  try {
    const value = parseExactly(text);
    // An error may come as an array of one.
    const chunk = Array.isArray(value) ? value[0] : value;
    if (isPlainObject(chunk)) return chunks.push(chunk);
  } catch {
    // No JSON.
  }
  return chunks.fail(unreadable);
}

class StreamReader implements ResponseReader {
  readonly #chunks = new ChunkEvents();
  /** Of an event too long to come whole. */
  #parts: Buffer[] = [];

  push(piece: Piece): readonly ResponseEvent[] {
    if (piece.extent === 'events') return [...piece.events()].flatMap((event) => this.#event(event));
    this.#parts.push(piece.bytes);
    return piece.extent === 'last' ? this.#joined() : [];
  }

  end(): readonly ResponseEvent[] {
    return [...this.#joined(), ...this.#chunks.end()];
  }

  #joined(): readonly ResponseEvent[] {
    const event = Buffer.concat(this.#parts);
    this.#parts = [];
    return event.length === 0 ? [] : this.#event(event);
  }

  #event(event: Buffer): readonly ResponseEvent[] {
    const { data } = parseEvent(event);
    // Comments, and the end that gateways of OpenAI's kind add.
    if (data === undefined || data.trim() === '' || data === '[DONE]') return [];
    return pushText(this.#chunks, data);
  }
}

class WholeReader implements ResponseReader {
  readonly #chunks = new ChunkEvents();
  readonly #pieces: Buffer[] = [];

  push({ bytes }: Piece): readonly ResponseEvent[] {
    this.#pieces.push(bytes);
    return [];
  }

  end(): readonly ResponseEvent[] {
    return [...pushText(this.#chunks, Buffer.concat(this.#pieces).toString()), ...this.#chunks.end()];
  }
}

class ArrayReader implements ResponseReader {
  readonly #chunks = new ChunkEvents();
  readonly #elements = new ArrayElements();

  push({ bytes }: Piece): readonly ResponseEvent[] {
    return this.#elements.push(bytes).flatMap((text) => pushText(this.#chunks, text));
  }

  end(): readonly ResponseEvent[] {
    return this.#elements.isWhole ? this.#chunks.end() : this.#chunks.fail(brokenOff);
  }
}
