/** Writes a response as the chunks of a chat completion. Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import type { EndEvent, ResponseEvent } from '../form/response.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';
import { type ChoiceChunk, ChoiceDeltas } from './choice-deltas.ts';
import { writeUsage } from './usage.ts';
import { type CallForm, manyCalls, responseId, writeError } from './write-message.ts';

export class StreamWriter implements ResponseWriter {
  readonly #facts: RequestFacts;
  readonly #callForm: CallForm;
  readonly #choices = new Map<number, ChoiceDeltas>();
  #id = '';
  #usage: Usage | undefined;
  #isOver = false;

  constructor(facts: RequestFacts, callForm: CallForm) {
    this.#facts = facts;
    this.#callForm = callForm;
  }

  push(event: ResponseEvent): string {
    if (this.#isOver) return '';
    switch (event.type) {
      case 'start':
        this.#id = responseId(event.id, this.#facts);
        return this.#choice(0, () => []);
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'end':
        return this.#end(event);
      case 'error':
        this.#isOver = true;
        // And no mark of the end. Facts, section 9.2.
        return `data: ${writeError(event)}\n\n`;
      default:
        return this.#choice(event.choice, (choice) => choice.push(event));
    }
  }

  end(): string {
    return '';
  }

  /** @param chunks of the choice; its first one names the role */
  #choice(index = 0, chunks: (choice: ChoiceDeltas) => readonly ChoiceChunk[]): string {
    const known = this.#choices.get(index);
    const choice = known ?? new ChoiceDeltas(this.#callForm);
    this.#choices.set(index, choice);
    const first = { delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null };
    const written = [...(known ? [] : [first]), ...chunks(choice)].map((chunk) =>
      this.#chunk([{ index, ...chunk }]),
    );
    return choice.hasTooManyCalls ? this.push(manyCalls) : written.join('');
  }

  #end({ others = [], ...first }: EndEvent): string {
    this.#isOver = true;
    const ends = [first, ...others].map((end) => this.#choice(end.choice, (choice) => choice.finish(end)));
    return `${ends.join('')}${this.#usageChunk()}data: [DONE]\n\n`;
  }

  /** Clients that did not ask for it look for a choice in it, and fail. Facts, section 9.1. */
  #usageChunk(): string {
    if (!this.#facts.includesUsage || !this.#usage) return '';
    return this.#event({ choices: [], usage: writeUsage(this.#usage) });
  }

  #chunk(choices: readonly JsonObject[]): string {
    return this.#event({ choices, ...(this.#facts.includesUsage && { usage: null }) });
  }

  #event(members: JsonObject): string {
    const { createdAt: created, model } = this.#facts;
    const chunk = { id: this.#id, object: 'chat.completion.chunk', created, model, ...members };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }
}
