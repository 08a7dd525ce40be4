/** Writes a response as the chunks of a chat completion. Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import type { EndEvent, PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import type { RequestFacts, ResponseWriter } from '../parts.ts';
import { portableId } from '../tool-ids.ts';
import { writeDetails } from './reasoning-details.ts';
import { writeUsage } from './usage.ts';
import {
  type CallForm,
  type FinishReason,
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

export class StreamWriter implements ResponseWriter {
  readonly #facts: RequestFacts;
  readonly #callForm: CallForm;
  #id = '';
  #part: Part = { kind: 'text' };
  /** What has come of the part; of texts and arguments only the length counts. */
  #partText = '';
  /** Of the text parts before this one, in UTF-16 units. */
  #textBefore = 0;
  #calls = 0;
  #reasonings = 0;
  #images = 0;
  #hasRefusal = false;
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
        return this.#chunk({ role: 'assistant', content: '' });
      case 'part-start':
        return this.#partStart(event.part);
      case 'part-delta':
        return this.#partDelta(event.text);
      case 'part-end':
        return this.#partEnd(event);
      case 'usage':
        this.#usage = event.usage;
        return '';
      case 'end':
        return this.#end(event);
      case 'error':
        this.#isOver = true;
        // And no mark of the end. Facts, section 9.2.
        return `data: ${writeError(event)}\n\n`;
    }
  }

  end(): string {
    return '';
  }

  #partStart(part: Part): string {
    this.#part = part;
    this.#partText = '';
    if (part.kind === 'refusal') this.#hasRefusal = true;
    if (part.kind !== 'tool-call') return '';
    this.#calls += 1;
    if (this.#callForm === 'tools') {
      const called = { name: part.name, arguments: '' };
      return this.#call({ id: portableId(part.id), type: 'function', function: called });
    }
    if (this.#calls > 1) return this.push(manyCalls);
    return this.#chunk({ function_call: { name: part.name, arguments: '' } });
  }

  #partDelta(text: string): string {
    if (text === '') return '';
    this.#partText += text;
    switch (this.#part.kind) {
      case 'text':
        return this.#chunk({ content: text });
      case 'refusal':
        return this.#chunk({ refusal: text });
      case 'reasoning':
        return this.#chunk({ reasoning_content: text });
      case 'tool-call':
        return this.#arguments(text);
      // An image is sent whole.
      case 'image':
        return '';
    }
  }

  #partEnd(event: PartEndEvent): string {
    switch (this.#part.kind) {
      case 'text':
        return this.#textEnd(event);
      case 'refusal':
        return '';
      case 'reasoning':
        return this.#reasoningEnd(event);
      case 'tool-call':
        return this.#callEnd(event);
      case 'image':
        return this.#chunk({ images: [writeImage(this.#part.mediaType, this.#partText, this.#images++)] });
    }
  }

  #textEnd({ citations = [] }: PartEndEvent): string {
    const annotations = writeCitations(citations, this.#textBefore);
    this.#textBefore += this.#partText.length;
    return annotations.length === 0 ? '' : this.#chunk({ annotations });
  }

  #reasoningEnd({ carried, isRedacted }: PartEndEvent): string {
    const index = this.#reasonings++;
    if (!carried) return '';
    const part = { text: this.#partText, carried, isRedacted };
    return this.#chunk({ reasoning_details: writeDetails(part, index, wrapForClient) });
  }

  #callEnd({ carried }: PartEndEvent): string {
    // Clients parse the arguments, and stricter ones want them in each delta.
    const object = this.#partText === '' ? this.#arguments('{}') : '';
    if (!carried || this.#callForm === 'functions') return object;
    return object + this.#call({ function: { arguments: '' }, ...signatureMembers(carried) });
  }

  #arguments(text: string): string {
    if (this.#callForm === 'functions') return this.#chunk({ function_call: { arguments: text } });
    return this.#call({ function: { arguments: text } });
  }

  #call(members: JsonObject): string {
    return this.#chunk({ tool_calls: [{ index: this.#calls - 1, ...members }] });
  }

  #end({ reason, refusal }: EndEvent): string {
    this.#isOver = true;
    const said = refusal && !this.#hasRefusal ? this.#chunk({ refusal }) : '';
    const finish = this.#chunk({}, finishReason(reason, this.#hasRefusal, this.#callForm));
    return `${said}${finish}${this.#usageChunk()}data: [DONE]\n\n`;
  }

  /** Clients that did not ask for it look for a choice in it, and fail. Facts, section 9.1. */
  #usageChunk(): string {
    if (!this.#facts.includesUsage || !this.#usage) return '';
    return this.#event({ choices: [], usage: writeUsage(this.#usage) });
  }

  #chunk(delta: JsonObject, finish: FinishReason | null = null): string {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    return this.#event({ choices, ...(this.#facts.includesUsage && { usage: null }) });
  }

  #event(members: JsonObject): string {
    const { createdAt: created, model } = this.#facts;
    const chunk = { id: this.#id, object: 'chat.completion.chunk', created, model, ...members };
    return `data: ${JSON.stringify(chunk)}\n\n`;
  }
}
