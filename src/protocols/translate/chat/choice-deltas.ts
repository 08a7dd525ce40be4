/** Writes the events of one choice as the deltas of a streamed chat completion. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type {
  ChoiceEnd,
  PartDeltaEvent,
  PartEndEvent,
  PartStartEvent,
  TokenLogprob,
} from '../form/response.ts';
import { writeLogprobs } from '../openai-logprobs.ts';
import { portableId } from '../tool-ids.ts';
import { writeDetails } from './reasoning-details.ts';
import {
  type CallForm,
  finishReason,
  signatureMembers,
  wrapForClient,
  writeCitations,
  writeImage,
} from './write-message.ts';

type Part = PartStartEvent['part'];

/** The members of a choice in one chunk, beside its index. */
export type ChoiceChunk = {
  readonly delta: JsonObject;
  readonly logprobs: JsonObject | null;
  readonly finish_reason: string | null;
};

const chunk = (delta: JsonObject, logprobs: JsonObject | null = null): ChoiceChunk => ({
  delta,
  logprobs,
  finish_reason: null,
});

export class ChoiceDeltas {
  readonly #callForm: CallForm;
  #part: Part = { kind: 'text' };
  /** What has come of the part; of texts and arguments only the length counts. */
  #partText = '';
  /** Of the text parts before this one, in UTF-16 units. */
  #textBefore = 0;
  #calls = 0;
  #reasonings = 0;
  #images = 0;
  #hasRefusal = false;

  constructor(callForm: CallForm) {
    this.#callForm = callForm;
  }

  /** Whether there are more calls than the client can read. */
  get hasTooManyCalls(): boolean {
    return this.#callForm === 'functions' && this.#calls > 1;
  }

  push(event: PartStartEvent | PartDeltaEvent | PartEndEvent): readonly ChoiceChunk[] {
    if (event.type === 'part-start') return this.#start(event.part);
    return event.type === 'part-delta' ? this.#delta(event) : this.#end(event);
  }

  finish({ reason, refusal }: ChoiceEnd): readonly ChoiceChunk[] {
    const said = refusal && !this.#hasRefusal ? [chunk({ refusal })] : [];
    return [...said, { ...chunk({}), finish_reason: finishReason(reason, this.#hasRefusal, this.#callForm) }];
  }

  #start(part: Part): readonly ChoiceChunk[] {
    this.#part = part;
    this.#partText = '';
    if (part.kind === 'refusal') this.#hasRefusal = true;
    if (part.kind !== 'tool-call') return [];
    this.#calls += 1;
    const called = { name: part.name, arguments: '' };
    if (this.#callForm === 'functions') return [chunk({ function_call: called })];
    return [this.#call({ id: portableId(part.id), type: 'function', function: called })];
  }

  #delta({ text, logprobs }: PartDeltaEvent): readonly ChoiceChunk[] {
    if (text === '' && !logprobs) return [];
    this.#partText += text;
    switch (this.#part.kind) {
      case 'text':
        return [chunk({ content: text }, logprobMembers('content', logprobs))];
      case 'refusal':
        return [chunk({ refusal: text }, logprobMembers('refusal', logprobs))];
      case 'reasoning':
        return [chunk({ reasoning_content: text })];
      case 'tool-call':
        return [this.#arguments(text)];
      // An image is sent whole.
      case 'image':
        return [];
    }
  }

  #end(event: PartEndEvent): readonly ChoiceChunk[] {
    switch (this.#part.kind) {
      case 'text':
        return this.#textEnd(event);
      case 'refusal':
        return [];
      case 'reasoning':
        return this.#reasoningEnd(event);
      case 'tool-call':
        return this.#callEnd(event);
      case 'image':
        return [chunk({ images: [writeImage(this.#part.mediaType, this.#partText, this.#images++)] })];
    }
  }

  #textEnd({ citations = [] }: PartEndEvent): readonly ChoiceChunk[] {
    const annotations = writeCitations(citations, this.#textBefore);
    this.#textBefore += this.#partText.length;
    return annotations.length === 0 ? [] : [chunk({ annotations })];
  }

  #reasoningEnd({ carried, isRedacted }: PartEndEvent): readonly ChoiceChunk[] {
    const index = this.#reasonings++;
    if (!carried) return [];
    const part = { text: this.#partText, carried, isRedacted };
    return [chunk({ reasoning_details: writeDetails(part, index, wrapForClient) })];
  }

  #callEnd({ carried }: PartEndEvent): readonly ChoiceChunk[] {
    // Clients parse the arguments, and stricter ones want them in each delta.
    const object = this.#partText === '' ? [this.#arguments('{}')] : [];
    if (!carried || this.#callForm === 'functions') return object;
    return [...object, this.#call({ function: { arguments: '' }, ...signatureMembers(carried) })];
  }

  #arguments(text: string): ChoiceChunk {
    if (this.#callForm === 'functions') return chunk({ function_call: { arguments: text } });
    return this.#call({ function: { arguments: text } });
  }

  #call(members: JsonObject): ChoiceChunk {
    return chunk({ tool_calls: [{ index: this.#calls - 1, ...members }] });
  }
}

function logprobMembers(
  name: 'content' | 'refusal',
  logprobs: readonly TokenLogprob[] | undefined,
): JsonObject | null {
  return logprobs ? { content: null, refusal: null, [name]: writeLogprobs(logprobs) } : null;
}
