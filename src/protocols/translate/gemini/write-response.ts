/** Renders a response for a Gemini client in each of its three forms. Pure. */
import { noUsage, type Usage } from '../../../domain/usage.ts';
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import type { EndEvent, ResponseEvent } from '../form/response.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';
import { writeErrorEvent } from './errors.ts';
import { finishReasons } from './finish-reasons.ts';
import { ResponseParts } from './response-parts.ts';
import { writeUsage } from './usage.ts';

export function writeResponse(form: ResponseForm, facts: RequestFacts): ResponseWriter {
  if (form === 'json') return new WholeWriter(facts);
  return new StreamWriter(facts, form === 'sse' ? eventFrame : new ArrayFrame());
}

/** How the objects of a stream follow each other. */
interface Frame {
  wrap(object: string): string;
  /** After the last one. */
  close(): string;
}

const eventFrame: Frame = { wrap: (object) => `data: ${object}\n\n`, close: () => '' };

class ArrayFrame implements Frame {
  #isOpen = false;

  wrap(object: string): string {
    const before = this.#isOpen ? ',\n' : '[';
    this.#isOpen = true;
    return before + object;
  }

  close(): string {
    return this.#isOpen ? '\n]' : '[]';
  }
}

/** What all objects of one response have. */
class Chunks {
  readonly #facts: RequestFacts;
  readonly #parts: ResponseParts;
  #id: string;
  #usage: Usage = noUsage;

  constructor(facts: RequestFacts, isStream: boolean) {
    this.#facts = facts;
    this.#parts = new ResponseParts(isStream);
    this.#id = facts.requestId;
  }

  push(event: ResponseEvent): readonly JsonObject[] {
    if (event.type === 'start' && event.id !== '') this.#id = event.id;
    else if (event.type === 'usage') this.#usage = event.usage;
    return this.#parts.push(event);
  }

  /** @param end the event, in the last object */
  object(parts: readonly JsonObject[], end?: EndEvent): string {
    // Google's client takes a content without parts for no response.
    const content = { role: 'model', parts: parts.length > 0 ? parts : [{ text: '' }] };
    return JSON.stringify({
      candidates: [{ content, index: 0, ...(end && this.#finish(end)) }],
      ...(end && { usageMetadata: writeUsage(this.#usage) }),
      modelVersion: this.#facts.model,
      responseId: this.#id,
    });
  }

  #finish({ reason, refusal }: EndEvent): JsonObject {
    if (reason === 'tool-calls' && this.#parts.hasBrokenCall) {
      const finishMessage = 'The arguments of a function call are not a JSON object.';
      return { finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage };
    }
    const hasRefused = reason === 'refusal' || (reason === 'stop' && this.#parts.hasRefusal);
    const finishMessage = reason === 'paused' ? 'The model paused in the middle of its turn.' : refusal;
    return {
      finishReason: finishReasons[hasRefused ? 'refusal' : reason],
      ...(finishMessage !== undefined && { finishMessage }),
    };
  }
}

class StreamWriter implements ResponseWriter {
  readonly #chunks: Chunks;
  readonly #frame: Frame;
  #hasFailed = false;

  constructor(facts: RequestFacts, frame: Frame) {
    this.#chunks = new Chunks(facts, true);
    this.#frame = frame;
  }

  push(event: ResponseEvent): string {
    if (this.#hasFailed) return '';
    if (event.type === 'error') {
      this.#hasFailed = true;
      return this.#frame.wrap(writeErrorEvent(event)) + this.#frame.close();
    }
    const parts = this.#chunks.push(event);
    if (event.type === 'end') return this.#frame.wrap(this.#chunks.object(parts, event));
    return parts.length === 0 ? '' : this.#frame.wrap(this.#chunks.object(parts));
  }

  end(): string {
    return this.#hasFailed ? '' : this.#frame.close();
  }
}

class WholeWriter implements ResponseWriter {
  readonly #chunks: Chunks;
  readonly #parts: JsonObject[] = [];
  #response = '';

  constructor(facts: RequestFacts) {
    this.#chunks = new Chunks(facts, false);
  }

  push(event: ResponseEvent): string {
    this.#parts.push(...this.#chunks.push(event));
    if (event.type === 'error') this.#response = writeErrorEvent(event);
    else if (event.type === 'end') this.#response = this.#chunks.object(this.#parts, event);
    return '';
  }

  end(): string {
    return this.#response;
  }
}
