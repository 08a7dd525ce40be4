/**
 * Makes events of `GenerateContentResponse` objects: the one of a whole response, or those of a stream one after another.
 * A finish reason may come before the last parts and the last usage, so the end is reported once the upstream has closed.
 * Pure.
 */
import { hash } from 'node:crypto';
import type { JsonObject } from '../../protocol.ts';
import type { PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import { isPlainObject, objectsIn, textOf } from '../json.ts';
import { portableId } from '../tool-ids.ts';
import { readFinishReason } from './finish-reasons.ts';
import { readSignature, type Signature } from './signatures.ts';
import { readUsage } from './usage.ts';

type PartBegun = PartStartEvent['part'];

export class ChunkEvents {
  #events: ResponseEvent[] = [];
  #isStarted = false;
  #hasFailed = false;
  #parts = 0;
  #calls = 0;
  #open: 'text' | 'reasoning' | undefined;
  #finishReason: string | undefined;
  /** Why it ended, in words; undefined = not said. */
  #explanation: string | undefined;
  #isBlocked = false;
  #usage = '';
  /** Makes ids of calls different from response to response. */
  #seed = '';

  /** @returns the events of one object; none after an error */
  push(chunk: JsonObject): readonly ResponseEvent[] {
    if (this.#hasFailed) return [];
    if (isPlainObject(chunk.error)) return this.#failWith(chunk.error);
    this.#start(chunk);
    const [candidate] = objectsIn(chunk.candidates).filter(({ index = 0 }) => index === 0);
    const content = isPlainObject(candidate?.content) ? candidate.content : {};
    for (const part of objectsIn(content.parts)) {
      this.#part(part);
      if (this.#hasFailed) return this.#taken();
    }
    const reason = textOf(candidate?.finishReason);
    if (reason !== 'FINISH_REASON_UNSPECIFIED') this.#finishReason = reason ?? this.#finishReason;
    this.#explanation = textOf(candidate?.finishMessage) ?? this.#explanation;
    this.#readFeedback(chunk.promptFeedback);
    this.#readUsage(chunk);
    return this.#taken();
  }

  /** @returns the error event, unless there was one before */
  fail(message: string, code = ''): readonly ResponseEvent[] {
    if (!this.#hasFailed) this.#addError(message, code);
    return this.#taken();
  }

  #addError(message: string, code: string): void {
    this.#hasFailed = true;
    this.#events.push({ type: 'error', message, code });
  }

  /** @returns the events that follow once the upstream has closed */
  end(): readonly ResponseEvent[] {
    if (this.#hasFailed) return [];
    const reason = this.#finishReason;
    const end = this.#isBlocked ? 'refusal' : reason && readFinishReason(reason, this.#calls > 0);
    if (!end) {
      if (!reason) return this.fail('The upstream broke off before the end of its response.');
      return this.fail(this.#explanation ?? `The model ended with ${reason}.`, reason);
    }
    this.#close();
    const refusal = end === 'refusal' && (this.#explanation ?? `The model ended with ${reason}.`);
    this.#events.push({
      type: 'end',
      reason: end,
      stopSequence: undefined,
      ...(refusal && { refusal }),
    });
    return this.#taken();
  }

  #taken(): readonly ResponseEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** An error within a response with status 200 (google.rpc.Status). */
  #failWith(error: JsonObject): readonly ResponseEvent[] {
    const code = textOf(error.status) ?? (typeof error.code === 'number' ? String(error.code) : '');
    return this.fail(textOf(error.message) ?? 'The upstream failed.', code);
  }

  #start(chunk: JsonObject): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const id = textOf(chunk.responseId) ?? '';
    const usage = isPlainObject(chunk.usageMetadata) ? chunk.usageMetadata : {};
    this.#seed = id || String(usage.promptTokenCount ?? '');
    this.#events.push({ type: 'start', id });
  }

  #readFeedback(feedback: unknown): void {
    const reason = isPlainObject(feedback) ? textOf(feedback.blockReason) : undefined;
    if (!isPlainObject(feedback) || !reason || reason === 'BLOCKED_REASON_UNSPECIFIED') return;
    this.#isBlocked = true;
    this.#explanation ??= textOf(feedback.blockReasonMessage) ?? `The prompt was blocked: ${reason}.`;
  }

  #readUsage(chunk: JsonObject): void {
    const usage = readUsage(chunk);
    const text = JSON.stringify(usage) ?? '';
    if (!usage || text === this.#usage) return;
    this.#usage = text;
    this.#events.push({ type: 'usage', usage });
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
    if (text === '') return;
    if (this.#open !== kind) this.#begin({ kind });
    this.#delta(text);
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
      this.#addError('The upstream sent a function call in pieces, which it was not asked for.', '');
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
    this.#events.push({ type: 'part-start', index: this.#parts, part });
    this.#parts += 1;
    this.#open = part.kind === 'text' || part.kind === 'reasoning' ? part.kind : undefined;
  }

  #delta(text: string): void {
    this.#events.push({ type: 'part-delta', index: this.#parts - 1, text });
  }

  #finish(more: Pick<PartEndEvent, 'carried' | 'isRedacted'> = {}): void {
    this.#events.push({ type: 'part-end', index: this.#parts - 1, ...more });
    this.#open = undefined;
  }

  #close(): void {
    if (this.#open) this.#finish();
  }
}
