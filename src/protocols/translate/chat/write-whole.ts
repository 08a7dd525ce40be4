/** Writes a response as one chat completion. Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import type { ReasoningPart } from '../form/request.ts';
import type { EndEvent, ErrorEvent, PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';
import { portableId } from '../tool-ids.ts';
import { reasoningMembers } from './reasoning-details.ts';
import { writeUsage } from './usage.ts';
import {
  type CallForm,
  finishReason,
  manyCalls,
  responseId,
  signatureMembers,
  wrapForClient,
  writeCitations,
  writeError,
  writeImage,
} from './write-message.ts';

type Part = PartStartEvent['part'];

export class WholeWriter implements ResponseWriter {
  readonly #facts: RequestFacts;
  readonly #callForm: CallForm;
  #id = '';
  #part: Part = { kind: 'text' };
  #pieces: string[] = [];
  #content: string | null = null;
  #refusal: string | null = null;
  readonly #annotations: JsonObject[] = [];
  readonly #reasoning: Omit<ReasoningPart, 'kind'>[] = [];
  readonly #calls: JsonObject[] = [];
  readonly #images: JsonObject[] = [];
  #usage: Usage | undefined;
  #end: EndEvent | undefined;
  #error: ErrorEvent | undefined;

  constructor(facts: RequestFacts, callForm: CallForm) {
    this.#facts = facts;
    this.#callForm = callForm;
  }

  push(event: ResponseEvent): string {
    switch (event.type) {
      case 'start':
        this.#id = event.id;
        break;
      case 'part-start':
        this.#part = event.part;
        this.#pieces = [];
        break;
      case 'part-delta':
        this.#pieces.push(event.text);
        break;
      case 'part-end':
        this.#close(event, this.#pieces.join(''));
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'end':
        this.#end = event;
        break;
      case 'error':
        this.#error ??= event;
    }
    return '';
  }

  end(): string {
    if (this.#callForm === 'functions' && this.#calls.length > 1) this.#error ??= manyCalls;
    if (this.#error) return writeError(this.#error);
    return this.#end ? JSON.stringify(this.#completion(this.#end)) : '';
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

  #completion({ reason, refusal }: EndEvent): JsonObject {
    const { createdAt: created, model } = this.#facts;
    const finish = finishReason(reason, this.#refusal !== null, this.#callForm);
    const message = {
      role: 'assistant',
      content: this.#content,
      refusal: this.#refusal ?? refusal ?? null,
      ...(this.#annotations.length > 0 && { annotations: this.#annotations }),
      ...reasoningMembers(this.#reasoning, wrapForClient),
      ...(this.#images.length > 0 && { images: this.#images }),
      ...this.#callMembers(),
    };
    return {
      id: responseId(this.#id, this.#facts),
      object: 'chat.completion',
      created,
      model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
      ...(this.#usage && { usage: writeUsage(this.#usage) }),
    };
  }

  #callMembers(): JsonObject {
    const [first] = this.#calls;
    if (!first) return {};
    return this.#callForm === 'tools' ? { tool_calls: this.#calls } : { function_call: first.function };
  }
}
