/**
 * Makes events of the candidates of one index: the one of a whole response, or those of a stream one after another. Pure.
 */
import { hash } from 'node:crypto';
import type { JsonObject } from '../../protocol.ts';
import type {
  ChoiceEnd,
  ErrorEvent,
  PartEndEvent,
  PartStartEvent,
  ResponseEvent,
  TokenLogprob,
} from '../form/response.ts';
import { isPlainObject, objectsIn, textOf } from '../json.ts';
import { portableId } from '../tool-ids.ts';
import { readFinishReason } from './finish-reasons.ts';
import { readLogprobs } from './logprobs.ts';
import { readSignature, type Signature } from './signatures.ts';

type PartBegun = PartStartEvent['part'];

export class CandidateEvents {
  readonly #choice: { readonly choice?: number };
  /** Makes ids of calls different from response to response. */
  readonly #seed: string;
  #events: ResponseEvent[] = [];
  #parts = 0;
  #calls = 0;
  #open: 'text' | 'reasoning' | undefined;
  /** Of the text that follows. */
  #logprobs: readonly TokenLogprob[] | undefined;
  #finishReason: string | undefined;
  /** Why it ended, in words; undefined = not said. */
  #explanation: string | undefined;
  #failure: string | undefined;

  constructor(index: number, seed: string) {
    this.#choice = index === 0 ? {} : { choice: index };
    this.#seed = index === 0 ? seed : `${seed}\n${index}`;
  }

  /** What cannot be read of it; undefined = nothing. */
  get failure(): string | undefined {
    return this.#failure;
  }

  push(candidate: JsonObject): readonly ResponseEvent[] {
    this.#logprobs = readLogprobs(candidate.logprobsResult);
    const content = isPlainObject(candidate.content) ? candidate.content : {};
    for (const part of objectsIn(content.parts)) {
      this.#part(part);
      if (this.#failure) return this.#taken();
    }
    const reason = textOf(candidate.finishReason);
    if (reason !== 'FINISH_REASON_UNSPECIFIED') this.#finishReason = reason ?? this.#finishReason;
    this.#explanation = textOf(candidate.finishMessage) ?? this.#explanation;
    return this.#taken();
  }

  /**
   * @param blocked why the prompt was blocked; undefined = it was not
   * @returns an error for an end to which no model comes by itself
   */
  end(blocked: string | undefined): ChoiceEnd | ErrorEvent {
    const reason = this.#finishReason;
    const end = blocked === undefined ? reason && readFinishReason(reason, this.#calls > 0) : 'refusal';
    const explanation = this.#explanation ?? blocked ?? `The model ended with ${reason}.`;
    if (!end) {
      return reason
        ? { type: 'error', message: explanation, code: reason }
        : { type: 'error', message: 'The upstream ended its response early.', code: '' };
    }
    const refusal = end === 'refusal' && { refusal: explanation };
    return { ...this.#choice, reason: end, stopSequence: undefined, ...refusal };
  }

  /** The events that follow once the upstream has closed. */
  rest(): readonly ResponseEvent[] {
    this.#close();
    return this.#taken();
  }

  #taken(): readonly ResponseEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #part(part: JsonObject): void {
    const text = textOf(part.thoughtSignature);
    const signature = text ? readSignature(text) : undefined;
    if (isPlainObject(part.functionCall)) this.#call(part.functionCall, signature);
    else if (part.thought === true) this.#thought(part, signature);
    else this.#said(part, signature);
  }

  #said(part: JsonObject, signature: Signature | undefined): void {
    const { inlineData } = part;
    if (isPlainObject(inlineData)) this.#image(inlineData);
    else this.#text('text', textOf(part.text) ?? '');
    // Gemini signs a text, or an empty one after it: in the internal form a thought of its own without text.
    if (signature) this.#thought({}, signature);
  }

  /** Pictures among the thoughts are drafts. */
  #thought(part: JsonObject, signature: Signature | undefined): void {
    this.#text('reasoning', textOf(part.text) ?? '');
    if (!signature) return;
    if (this.#open !== 'reasoning' || signature.isRedacted) this.#begin({ kind: 'reasoning' });
    this.#finish({ carried: signature.carried, ...(signature.isRedacted && { isRedacted: true }) });
  }

  #text(kind: 'text' | 'reasoning', text: string): void {
    const logprobs = kind === 'text' ? this.#logprobs : undefined;
    if (text === '' && !logprobs) return;
    if (this.#open !== kind) this.#begin({ kind });
    this.#delta(text, logprobs && { logprobs });
    if (logprobs) this.#logprobs = undefined;
    this.#open = kind;
  }

  #image({ mimeType, data }: JsonObject): void {
    if (typeof mimeType !== 'string' || !mimeType.startsWith('image/') || typeof data !== 'string') return;
    this.#begin({ kind: 'image', mediaType: mimeType });
    this.#delta(data);
    this.#finish();
  }

  #call(call: JsonObject, signature: Signature | undefined): void {
    const name = textOf(call.name) ?? '';
    if (name === '' || call.willContinue === true) {
      this.#failure = 'The upstream sent a function call in pieces, which it was not asked for.';
      return;
    }
    this.#calls += 1;
    const id = textOf(call.id);
    this.#begin({ kind: 'tool-call', id: id ? portableId(id) : this.#madeId(name), name });
    this.#delta(JSON.stringify(call.args ?? {}));
    this.#finish(signature && { carried: signature.carried });
  }

  /** Clients find calls by id in their whole history, where other providers refuse the same one twice. */
  #madeId(name: string): string {
    const digest = hash('sha256', `${this.#seed}\n${this.#calls}\n${name}`, 'base64url');
    return `call_${digest.slice(0, 24)}`;
  }

  #begin(part: PartBegun): void {
    this.#close();
    this.#events.push({ type: 'part-start', index: this.#parts, part, ...this.#choice });
    this.#parts += 1;
    this.#open = part.kind === 'text' || part.kind === 'reasoning' ? part.kind : undefined;
  }

  #delta(text: string, more?: { readonly logprobs: readonly TokenLogprob[] }): void {
    this.#events.push({ type: 'part-delta', index: this.#parts - 1, text, ...this.#choice, ...more });
  }

  #finish(more: Pick<PartEndEvent, 'carried' | 'isRedacted'> = {}): void {
    this.#events.push({ type: 'part-end', index: this.#parts - 1, ...this.#choice, ...more });
    this.#open = undefined;
  }

  #close(): void {
    if (this.#open) this.#finish();
  }
}
