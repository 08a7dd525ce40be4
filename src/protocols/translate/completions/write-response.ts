/** Writes a response as a text completion, whole or as a stream. Pure. [TO Completion] */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { writeUsage } from '../chat/usage.ts';
import { finishReason, writeError } from '../chat/write-message.ts';
import type { EndEvent, ErrorEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';

const noText: ErrorEvent = {
  type: 'error',
  message: 'The response is not text, and a text completion cannot carry it. Use /v1/chat/completions.',
  code: 'no_text',
};

const choiceOf = (text: string, finish: string | null): JsonObject => ({
  text,
  index: 0,
  logprobs: null,
  finish_reason: finish,
});

export class CompletionWriter implements ResponseWriter {
  readonly #facts: RequestFacts;
  readonly #isStream: boolean;
  /** Of a whole response. */
  readonly #texts: string[] = [];
  #id = '';
  #kind: PartStartEvent['part']['kind'] = 'text';
  #hasRefusal = false;
  #usage: Usage | undefined;
  #isOver = false;

  constructor(facts: RequestFacts, isStream: boolean) {
    this.#facts = facts;
    this.#isStream = isStream;
  }

  push(event: ResponseEvent): string {
    if (this.#isOver) return '';
    switch (event.type) {
      case 'start':
        this.#id = event.id;
        return '';
      case 'part-start':
        this.#kind = event.part.kind;
        this.#hasRefusal ||= this.#kind === 'refusal';
        return this.#kind === 'tool-call' || this.#kind === 'image' ? this.push(noText) : '';
      case 'part-delta':
        return this.#delta(event.text);
      case 'part-end':
        return '';
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'end':
        this.#isOver = true;
        return this.#isStream ? this.#streamEnd(event) : this.#whole(event);
      case 'error':
        this.#isOver = true;
        // A stream has no mark of the end then. Facts, section 9.2.
        return this.#isStream ? `data: ${writeError(event)}\n\n` : writeError(event);
    }
  }

  end(): string {
    return '';
  }

  /** Reasoning is no part of the text. */
  #delta(text: string): string {
    if (this.#kind === 'reasoning' || text === '') return '';
    if (this.#isStream) return this.#chunk(text, null);
    this.#texts.push(text);
    return '';
  }

  #whole(end: EndEvent): string {
    const choices = [choiceOf(this.#texts.join(''), this.#finish(end))];
    return this.#completion({ choices, ...(this.#usage && { usage: writeUsage(this.#usage) }) });
  }

  #streamEnd(end: EndEvent): string {
    const isReported = this.#facts.includesUsage && this.#usage;
    const report = isReported ? this.#event({ choices: [], usage: writeUsage(isReported) }) : '';
    return `${this.#chunk('', this.#finish(end))}${report}data: [DONE]\n\n`;
  }

  #finish({ reason }: EndEvent): string {
    return finishReason(reason, this.#hasRefusal, 'tools');
  }

  #chunk(text: string, finish: string | null): string {
    const choices = [choiceOf(text, finish)];
    return this.#event({ choices, ...(this.#facts.includesUsage && { usage: null }) });
  }

  #event(members: JsonObject): string {
    return `data: ${this.#completion(members)}\n\n`;
  }

  #completion(members: JsonObject): string {
    const { createdAt: created, model, requestId } = this.#facts;
    const id = this.#id || `cmpl-${requestId}`;
    return JSON.stringify({ id, object: 'text_completion', created, model, ...members });
  }
}
