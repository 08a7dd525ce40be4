/** Renders responses for Anthropic clients, whole and as streams. */
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import { argumentsFrom, parseVerbatim, wrappedArguments } from '../exact-json.ts';
import type { ResponseEvent } from '../form/response.ts';
import { isPlainObject } from '../json.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';
import { type MessageEvent, MessageWriting } from './message-writing.ts';

export function writeResponse(form: ResponseForm, facts: RequestFacts): ResponseWriter {
  return form === 'json' ? new WholeWriter(facts) : new StreamWriter(facts);
}

class StreamWriter implements ResponseWriter {
  readonly #writing: MessageWriting;

  constructor(facts: RequestFacts) {
    this.#writing = new MessageWriting(facts);
  }

  push(event: ResponseEvent): string {
    return this.#writing
      .write(event)
      .map((written) => `event: ${written.type}\ndata: ${JSON.stringify(written)}\n\n`)
      .join('');
  }

  end(): string {
    return '';
  }
}

/** Puts the events of a stream together, as clients do. */
class WholeWriter implements ResponseWriter {
  readonly #writing: MessageWriting;
  readonly #content: Record<string, unknown>[] = [];
  #message: JsonObject = {};
  /** JSON text of the input of the last block. */
  #input = '';
  #error: MessageEvent | undefined;

  constructor(facts: RequestFacts) {
    this.#writing = new MessageWriting(facts);
  }

  push(event: ResponseEvent): string {
    for (const written of this.#writing.write(event)) this.#add(written);
    return '';
  }

  end(): string {
    return JSON.stringify(this.#error ?? { ...this.#message, content: this.#content });
  }

  #add(event: MessageEvent): void {
    const block = this.#content.at(-1);
    if (event.type === 'message_start' && isPlainObject(event.message)) this.#message = event.message;
    if (event.type === 'content_block_start') this.#content.push({ ...objectOf(event.content_block) });
    if (event.type === 'content_block_delta' && block) this.#addDelta(block, objectOf(event.delta));
    if (event.type === 'content_block_stop' && block?.type === 'tool_use') {
      block.input = argumentsFrom(this.#input, parseVerbatim) ?? wrappedArguments(this.#input);
      this.#input = '';
    }
    if (event.type === 'message_delta') {
      const usage = { ...objectOf(this.#message.usage), ...objectOf(event.usage) };
      this.#message = { ...this.#message, ...objectOf(event.delta), usage };
    }
    if (event.type === 'error') this.#error = event;
  }

  #addDelta(block: Record<string, unknown>, delta: JsonObject): void {
    const { text, thinking, partial_json, signature, citation } = delta;
    if (typeof text === 'string') block.text += text;
    if (typeof thinking === 'string') block.thinking += thinking;
    if (typeof partial_json === 'string') this.#input += partial_json;
    if (typeof signature === 'string') block.signature = signature;
    if (citation !== undefined) block.citations = [...listOf(block.citations), citation];
  }
}

function objectOf(value: unknown): JsonObject {
  return isPlainObject(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
