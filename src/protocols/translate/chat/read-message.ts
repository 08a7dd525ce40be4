/** Reads what a model says in chat completions, in a whole message or in the deltas of a stream. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { Citation, TokenLogprob } from '../form/response.ts';
import { isPlainObject, numberOf, objectsIn, textOf } from '../json.ts';
import { readLogprobs } from '../openai-logprobs.ts';
import { portableId } from '../tool-ids.ts';
import type { PartQueue } from './part-queue.ts';
import { readSignature } from './read-messages.ts';
import { joinsPart, ownProvider, plainReasoning, readDetails, reasoningIn } from './reasoning-details.ts';

type Logprobs = readonly TokenLogprob[] | undefined;

export class MessageParts {
  readonly #queue: PartQueue;
  /** Whether reasoning has come as a plain text: then the details' texts are the same once more. */
  #isPlain = false;
  #hasRefusal = false;
  /** Of all text before the last text part, and of it; citations count from the first. */
  #textBefore = 0;
  #textLength = 0;
  /** Of the last text part. */
  #citations: readonly Citation[] = [];

  constructor(queue: PartQueue) {
    this.#queue = queue;
  }

  get hasRefusal(): boolean {
    return this.#hasRefusal;
  }

  /** @param logprobs of the choice */
  whole(message: JsonObject, logprobs: unknown): void {
    for (const { text, carried, isRedacted } of reasoningIn(message, ownProvider)) {
      const tail = { ...(carried && { carried }), ...(isRedacted && { isRedacted }) };
      this.#queue.whole({ kind: 'reasoning' }, text, tail);
    }
    this.#spoken(message, logprobs);
    const calls = objectsIn(message.tool_calls);
    for (const [index, call] of calls.entries()) this.#call(call, index);
    this.#oldCall(message.function_call);
  }

  /** @param logprobs of the choice */
  delta(delta: JsonObject, logprobs: unknown): void {
    this.#reasoning(delta);
    this.#spoken(delta, logprobs);
    for (const call of objectsIn(delta.tool_calls)) this.#call(call, numberOf(call.index));
    this.#oldCall(delta.function_call);
  }

  #reasoning(delta: JsonObject): void {
    const plain = plainReasoning(delta);
    if (plain !== '') {
      this.#isPlain = true;
      this.#queue.text('reasoning', plain);
    }
    for (const detail of readDetails(delta.reasoning_details, ownProvider)) {
      const { text, carried, isEncrypted } = detail;
      if (!this.#isPlain && text !== '') this.#queue.text('reasoning', text);
      if (!carried) continue;
      if (isEncrypted && !joinsPart(detail)) {
        this.#queue.whole({ kind: 'reasoning' }, '', { carried, isRedacted: true });
      } else if (this.#queue.lastKind === 'reasoning') {
        this.#queue.tail({ carried });
        this.#queue.endLast();
      } else this.#queue.whole({ kind: 'reasoning' }, '', { carried });
    }
  }

  #spoken(message: JsonObject, given: unknown): void {
    const logprobs = isPlainObject(given) ? given : {};
    this.#content(message.content, readLogprobs(logprobs.content));
    this.#cite(message.annotations);
    const refusal = textOf(message.refusal) ?? '';
    if (refusal !== '') {
      this.#hasRefusal = true;
      this.#queue.text('refusal', refusal, readLogprobs(logprobs.refusal));
    }
    for (const image of objectsIn(message.images)) this.#image(image.image_url);
  }

  /** A text; Mistral's models that reason have a list of parts. */
  #content(content: unknown, logprobs: Logprobs): void {
    if (typeof content === 'string') this.#text(content, logprobs);
    for (const part of objectsIn(content)) {
      if (part.type === 'text') this.#text(textOf(part.text) ?? '');
      if (part.type !== 'thinking') continue;
      for (const { text } of objectsIn(part.thinking)) this.#queue.text('reasoning', textOf(text) ?? '');
    }
  }

  #text(text: string, logprobs?: Logprobs): void {
    if (text === '' && !logprobs) return;
    if (this.#queue.lastKind !== 'text') {
      this.#textBefore += this.#textLength;
      this.#textLength = 0;
      this.#citations = [];
    }
    this.#textLength += text.length;
    this.#queue.text('text', text, logprobs);
  }

  #cite(annotations: unknown): void {
    const citations = objectsIn(annotations).flatMap(({ url_citation: cited }) =>
      isPlainObject(cited) ? this.#citation(cited) : [],
    );
    if (citations.length === 0 || this.#queue.lastKind !== 'text') return;
    this.#citations = [...this.#citations, ...citations];
    this.#queue.tail({ citations: this.#citations });
  }

  #citation(cited: JsonObject): Citation {
    const at = (value: unknown) => Math.max(0, (numberOf(value) ?? 0) - this.#textBefore);
    return {
      url: textOf(cited.url) ?? '',
      title: textOf(cited.title) ?? '',
      start: at(cited.start_index),
      end: at(cited.end_index),
    };
  }

  /** OpenRouter's place for images that a model makes. */
  #image(image: unknown): void {
    const url = isPlainObject(image) ? textOf(image.url) : undefined;
    const [, mediaType, data] = /^data:([^;,]*);base64,(.*)$/s.exec(url ?? '') ?? [];
    if (mediaType !== undefined && data !== undefined) this.#queue.whole({ kind: 'image', mediaType }, data);
  }

  #call(call: JsonObject, key: number | undefined): void {
    const called = isPlainObject(call.function) ? call.function : {};
    const id = textOf(call.id) ?? '';
    const carried = readSignature(call);
    this.#queue.call({
      key,
      id: id === '' ? '' : portableId(id),
      name: textOf(called.name) ?? '',
      arguments: argumentsOf(called),
      tail: carried ? { carried } : {},
    });
  }

  /** The form before `tool_calls`: one call without an id. */
  #oldCall(call: unknown): void {
    if (!isPlainObject(call)) return;
    const name = textOf(call.name) ?? '';
    this.#queue.call({ key: undefined, id: '', name, arguments: argumentsOf(call), tail: {} });
  }
}

/** A text; some servers send the object itself. */
function argumentsOf({ arguments: given }: JsonObject): string {
  return isPlainObject(given) ? JSON.stringify(given) : (textOf(given) ?? '');
}
