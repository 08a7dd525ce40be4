/** Reads a response of an upstream that speaks Responses, whole or as a stream. Pure. */
import type { Piece } from '../../events/piece.ts';
import type { ServerSentEvent } from '../../events/server-sent-event.ts';
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import { parseOr } from '../../usage/usage-shape.ts';
import type { EndReason, ErrorEvent, ResponseEvent } from '../form/response.ts';
import { isPlainObject, numberOf, objectsIn, textOf } from '../json.ts';
import type { ResponseReader } from '../parts.ts';
import { StreamEvents } from '../stream-events.ts';
import { errorFacts } from './errors.ts';
import { OutputReader } from './output-reader.ts';
import { readUsage } from './usage.ts';

const errorEvent = (message: string, code = ''): ErrorEvent => ({ type: 'error', message, code });
const unreadable = () => errorEvent('The upstream sent an unreadable response.');
const brokenOff = () => errorEvent('The upstream ended its response early.');

/** Reads the objects of a response in their order, and ends after the last. */
class ObjectReader {
  readonly #output = new OutputReader();
  #hasBegun = false;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  fail(event: ErrorEvent): readonly ResponseEvent[] {
    if (this.#isOver) return [];
    this.#isOver = true;
    return [event];
  }

  /** One event of a stream. @param name of its `event` field, for servers that leave the type out */
  event(event: JsonObject, name: string): readonly ResponseEvent[] {
    if (this.#isOver) return [];
    const type = textOf(event.type) ?? name;
    const response = isPlainObject(event.response) ? event.response : {};
    if (type === 'error' || isPlainObject(event.error)) return this.fail(errorOf(event));
    if (!type.startsWith(prefix)) return [];
    if (terminal.has(type)) return this.whole(response, type.slice(prefix.length));
    const begun = this.#begin(response);
    this.#outputEvent(type, event);
    return [...begun, ...this.#output.take()];
  }

  /** A whole response, or the one that a stream ends with. @param status `Response.status` */
  whole(response: JsonObject, status: string): readonly ResponseEvent[] {
    const begun = this.#begin(response);
    if (isPlainObject(response.error) || !ended.has(status))
      return [...begun, ...this.fail(errorOf(response, status))];
    objectsIn(response.output).forEach((item, index) => {
      this.#output.itemDone(index, item);
    });
    this.#output.finish();
    this.#isOver = true;
    const usage = readUsage(response.usage);
    return [
      ...begun,
      ...this.#output.take(),
      ...(usage ? [{ type: 'usage', usage } as const] : []),
      this.#end(status, response),
    ];
  }

  #begin({ id }: JsonObject): readonly ResponseEvent[] {
    if (this.#hasBegun) return [];
    this.#hasBegun = true;
    return [{ type: 'start', id: textOf(id) ?? '' }];
  }

  #outputEvent(type: string, event: JsonObject): void {
    const index = numberOf(event.output_index) ?? 0;
    const item = isPlainObject(event.item) ? event.item : {};
    if (type === 'response.output_item.added') this.#output.itemAdded(index, item);
    else if (type === 'response.output_item.done') this.#output.itemDone(index, item);
    else if (type === 'response.content_part.done') this.#output.contentDone(event);
    else if (type === 'response.output_text.delta') this.#output.contentDelta(event, 'text');
    else if (type === 'response.refusal.delta') this.#output.contentDelta(event, 'refusal');
    else if (type === 'response.function_call_arguments.delta') this.#output.argumentsDelta(event);
    else if (type === 'response.reasoning_summary_text.delta') this.#output.reasoningDelta(event, 'summary');
    else if (type === 'response.reasoning_text.delta') this.#output.reasoningDelta(event, 'content');
  }

  #end(status: string, { incomplete_details }: JsonObject): ResponseEvent {
    const details = isPlainObject(incomplete_details) ? incomplete_details : {};
    if (status === 'incomplete') return incompleteEnd(details.reason ?? undefined);
    const { hasCalls, hasRefusal } = this.#output;
    return endOf(hasCalls ? 'tool-calls' : hasRefusal ? 'refusal' : 'stop');
  }
}

/** Of the names of all events but `error`. */
const prefix = 'response.';
const terminal: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
]);
const ended: ReadonlySet<string> = new Set(['completed', 'incomplete']);

/** `Response.IncompleteDetails`. */
const incompleteReasons: ReadonlyMap<unknown, EndReason> = new Map([
  ['max_output_tokens', 'length'],
  ['max_messages', 'length'],
  ['content_filter', 'refusal'],
]);

const endOf = (reason: EndReason): ResponseEvent => ({ type: 'end', reason, stopSequence: undefined });

/** An unknown reason must not seem to be a plain end; without one the model only stopped in between. */
function incompleteEnd(reason: unknown): ResponseEvent {
  if (reason === undefined) return endOf('paused');
  const known = incompleteReasons.get(reason);
  return known ? endOf(known) : errorEvent(`The upstream left the response incomplete: ${String(reason)}.`);
}

/** @param status of the response that has the error */
function errorOf(holder: JsonObject, status = 'failed'): ErrorEvent {
  const { message, code, type } = errorFacts(holder);
  return errorEvent(message || `The upstream ended the response as ${status}.`, code || type);
}

class StreamReader implements ResponseReader {
  readonly #reader = new ObjectReader();
  readonly #events = new StreamEvents();

  push(piece: Piece): readonly ResponseEvent[] {
    if (this.#reader.isOver) return [];
    return this.#events.push(piece).flatMap((event) => this.#event(event));
  }

  end(): readonly ResponseEvent[] {
    const rest = this.#events.end().flatMap((event) => this.#event(event));
    return [...rest, ...this.#reader.fail(brokenOff())];
  }

  #event({ name, data }: ServerSentEvent): readonly ResponseEvent[] {
    // Some servers add the end mark of chat completions.
    if (data === undefined || data.trim() === '' || data.trim() === '[DONE]') return [];
    const event = parseOr(data);
    return isPlainObject(event) ? this.#reader.event(event, name) : this.#reader.fail(unreadable());
  }
}

class WholeReader implements ResponseReader {
  readonly #pieces: Buffer[] = [];

  push({ bytes }: Piece): readonly ResponseEvent[] {
    this.#pieces.push(bytes);
    return [];
  }

  end(): readonly ResponseEvent[] {
    const response = parseOr(Buffer.concat(this.#pieces).toString());
    if (!isPlainObject(response)) return [unreadable()];
    const reader = new ObjectReader();
    const isResponse = Array.isArray(response.output) || response.object === 'response';
    if (!isResponse) return reader.fail(errorOf(response));
    return reader.whole(response, textOf(response.status) ?? 'completed');
  }
}

export function readResponse(form: ResponseForm): ResponseReader {
  return form === 'sse' ? new StreamReader() : new WholeReader();
}
