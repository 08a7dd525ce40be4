/** Reads a Gemini upstream's response in each of its three forms. Pure. */
import type { Piece } from '../../events/piece.ts';
import type { ServerSentEvent } from '../../events/server-sent-event.ts';
import type { ResponseForm } from '../../protocol.ts';
import { parseExactly } from '../exact-json.ts';
import type { ResponseEvent } from '../form/response.ts';
import { isPlainObject } from '../json.ts';
import type { ResponseReader } from '../parts.ts';
import { StreamEvents } from '../stream-events.ts';
import { ArrayElements } from './array-elements.ts';
import { ChunkEvents } from './chunk-events.ts';

export function readResponse(form: ResponseForm): ResponseReader {
  if (form === 'sse') return new StreamReader();
  return form === 'json' ? new WholeReader() : new ArrayReader();
}

const unreadable = 'The upstream sent something that is not a Gemini response.';
const brokenOff = 'The upstream ended its response early.';

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
  readonly #events = new StreamEvents();

  push(piece: Piece): readonly ResponseEvent[] {
    return this.#events.push(piece).flatMap((event) => this.#event(event));
  }

  end(): readonly ResponseEvent[] {
    return [...this.#events.end().flatMap((event) => this.#event(event)), ...this.#chunks.end()];
  }

  #event({ data }: ServerSentEvent): readonly ResponseEvent[] {
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
