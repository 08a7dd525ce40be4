/** Reads the responses of an Anthropic upstream, whole and as streams. */
import type { Piece } from '../../events/piece.ts';
import type { ServerSentEvent } from '../../events/server-sent-event.ts';
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import { parseVerbatim } from '../exact-json.ts';
import type { ResponseEvent } from '../form/response.ts';
import { isPlainObject, objectsIn } from '../json.ts';
import type { ResponseReader } from '../parts.ts';
import { StreamEvents } from '../stream-events.ts';
import { MessageReading } from './message-reading.ts';

export function readResponse(form: ResponseForm): ResponseReader {
  return form === 'json' ? new WholeReader() : new StreamReader();
}

const brokenOff = 'The upstream ended its response early.';
const unreadable = 'The upstream sent something that is not a message of its protocol.';

class StreamReader implements ResponseReader {
  readonly #reading = new MessageReading();
  readonly #events = new StreamEvents();

  push(piece: Piece): readonly ResponseEvent[] {
    return this.#events.push(piece).flatMap((event) => this.#read(event));
  }

  /** The terminal event is `message_stop`. */
  end(): readonly ResponseEvent[] {
    return this.#reading.fail(brokenOff);
  }

  #read({ name, data }: ServerSentEvent): readonly ResponseEvent[] {
    if (data === undefined || data === '' || data === '[DONE]') return [];
    const event = parse(data);
    if (!event) return this.#reading.fail(unreadable);
    const type = event.type ?? (isPlainObject(event.error) ? 'error' : name);
    return this.#reading.read({ ...event, type });
  }
}

/** Only the beginning of a block may hold a tool's input as JSON; elsewhere the faster parser does. */
function parse(data: string): JsonObject | undefined {
  try {
    const event: unknown = data.includes('content_block_start') ? parseVerbatim(data) : JSON.parse(data);
    return isPlainObject(event) ? event : undefined;
  } catch {
    return undefined;
  }
}

class WholeReader implements ResponseReader {
  readonly #reading = new MessageReading();
  readonly #pieces: Buffer[] = [];

  push({ bytes }: Piece): readonly ResponseEvent[] {
    this.#pieces.push(bytes);
    return [];
  }

  end(): readonly ResponseEvent[] {
    const text = Buffer.concat(this.#pieces).toString();
    let message: unknown;
    try {
      // Only a tool's input must keep its numbers as they are written; elsewhere the faster parser does.
      message = text.includes('tool_use') ? parseVerbatim(text) : JSON.parse(text);
    } catch {
      return this.#reading.fail(brokenOff);
    }
    if (!isPlainObject(message)) return this.#reading.fail(unreadable);
    if (isPlainObject(message.error)) return this.#reading.read({ ...message, type: 'error' });
    if (!Array.isArray(message.content)) return this.#reading.fail(unreadable);
    return eventsOf(message).flatMap((event) => this.#reading.read(event));
  }
}

/** The events that would have made the message. */
function eventsOf(message: JsonObject): readonly JsonObject[] {
  const { usage, stop_reason, stop_sequence, stop_details } = message;
  return [
    { type: 'message_start', message: { ...message, usage: undefined } },
    ...objectsIn(message.content).flatMap((content_block, index) => [
      { type: 'content_block_start', index, content_block },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason, stop_sequence, stop_details }, usage },
    { type: 'message_stop' },
  ];
}
