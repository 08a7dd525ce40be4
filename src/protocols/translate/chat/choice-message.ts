/** Writes the events of one choice as the message of a whole chat completion. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { ReasoningPart } from '../form/request.ts';
import type {
  ChoiceEnd,
  PartDeltaEvent,
  PartEndEvent,
  PartStartEvent,
  TokenLogprob,
} from '../form/response.ts';
import { writeLogprobs } from '../openai-logprobs.ts';
import { portableId } from '../tool-ids.ts';
import { reasoningMembers } from './reasoning-details.ts';
import {
  type CallForm,
  finishReason,
  signatureMembers,
  wrapForClient,
  writeCitations,
  writeImage,
} from './write-message.ts';

export class ChoiceMessage {
  readonly #callForm: CallForm;
  #part: PartStartEvent['part'] = { kind: 'text' };
  #pieces: string[] = [];
  #content: string | null = null;
  #refusal: string | null = null;
  readonly #logprobs: Record<'content' | 'refusal', TokenLogprob[]> = { content: [], refusal: [] };
  readonly #annotations: JsonObject[] = [];
  readonly #reasoning: Omit<ReasoningPart, 'kind'>[] = [];
  readonly #calls: JsonObject[] = [];
  readonly #images: JsonObject[] = [];

  constructor(callForm: CallForm) {
    this.#callForm = callForm;
  }

  /** Whether there are more calls than the client can read. */
  get hasTooManyCalls(): boolean {
    return this.#callForm === 'functions' && this.#calls.length > 1;
  }

  push(event: PartStartEvent | PartDeltaEvent | PartEndEvent): void {
    if (event.type === 'part-start') {
      this.#part = event.part;
      this.#pieces = [];
    } else if (event.type === 'part-delta') {
      this.#pieces.push(event.text);
      const kept = this.#logprobs[this.#part.kind === 'refusal' ? 'refusal' : 'content'];
      for (const token of event.logprobs ?? []) kept.push(token);
    } else this.#close(event, this.#pieces.join(''));
  }

  /** The choice without its index. */
  finish({ reason, refusal }: ChoiceEnd): JsonObject {
    const message = {
      role: 'assistant',
      content: this.#content,
      refusal: this.#refusal ?? refusal ?? null,
      ...(this.#annotations.length > 0 && { annotations: this.#annotations }),
      ...reasoningMembers(this.#reasoning, wrapForClient),
      ...(this.#images.length > 0 && { images: this.#images }),
      ...this.#callMembers(),
    };
    const finish_reason = finishReason(reason, this.#refusal !== null, this.#callForm);
    return { message, logprobs: this.#logprobMembers(), finish_reason };
  }

  #close(event: PartEndEvent, text: string): void {
    const part = this.#part;
    switch (part.kind) {
      case 'text':
        this.#annotations.push(...writeCitations(event.citations ?? [], this.#content?.length ?? 0));
        this.#content = (this.#content ?? '') + text;
        break;
      case 'refusal':
        this.#refusal = (this.#refusal ?? '') + text;
        break;
      case 'reasoning':
        this.#reasoning.push({ text, carried: event.carried, isRedacted: event.isRedacted });
        break;
      case 'tool-call':
        this.#calls.push({
          id: portableId(part.id),
          type: 'function',
          function: { name: part.name, arguments: text || '{}' },
          ...signatureMembers(event.carried),
        });
        break;
      case 'image':
        this.#images.push(writeImage(part.mediaType, text, this.#images.length));
    }
  }

  #logprobMembers(): JsonObject | null {
    const { content, refusal } = this.#logprobs;
    if (content.length + refusal.length === 0) return null;
    const listOf = (tokens: readonly TokenLogprob[]) => (tokens.length > 0 ? writeLogprobs(tokens) : null);
    return { content: listOf(content), refusal: listOf(refusal) };
  }

  #callMembers(): JsonObject {
    const [first] = this.#calls;
    if (!first) return {};
    return this.#callForm === 'tools' ? { tool_calls: this.#calls } : { function_call: first.function };
  }
}
