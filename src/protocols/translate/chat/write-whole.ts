/** Writes a response as one chat completion. Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import type { EndEvent, ErrorEvent, ResponseEvent } from '../form/response.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';
import { ChoiceMessage } from './choice-message.ts';
import { writeUsage } from './usage.ts';
import { type CallForm, manyCalls, responseId, writeError } from './write-message.ts';

export class WholeWriter implements ResponseWriter {
  readonly #facts: RequestFacts;
  readonly #callForm: CallForm;
  readonly #choices = new Map<number, ChoiceMessage>();
  #id = '';
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
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'end':
        this.#end = event;
        break;
      case 'error':
        this.#error ??= event;
        break;
      default:
        this.#choice(event.choice).push(event);
    }
    return '';
  }

  end(): string {
    if (this.#choices.values().some(({ hasTooManyCalls }) => hasTooManyCalls)) this.#error ??= manyCalls;
    if (this.#error) return writeError(this.#error);
    return this.#end ? JSON.stringify(this.#completion(this.#end)) : '';
  }

  #choice(index = 0): ChoiceMessage {
    const known = this.#choices.get(index);
    const choice = known ?? new ChoiceMessage(this.#callForm);
    if (!known) this.#choices.set(index, choice);
    return choice;
  }

  #completion({ others = [], ...first }: EndEvent): JsonObject {
    const { createdAt: created, model } = this.#facts;
    return {
      id: responseId(this.#id, this.#facts),
      object: 'chat.completion',
      created,
      model,
      choices: [first, ...others].map((end) => {
        return { index: end.choice ?? 0, ...this.#choice(end.choice).finish(end) };
      }),
      ...(this.#usage && { usage: writeUsage(this.#usage) }),
    };
  }
}
