/** Makes `parts` of a response's events, in pieces for a stream or whole. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { argumentsFrom, parseExactly } from '../exact-json.ts';
import type { PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import { writeSignature } from './signatures.ts';

export class ResponseParts {
  readonly #isStream: boolean;
  #part: PartStartEvent['part'] = { kind: 'text' };
  #held: string[] = [];
  #hasBrokenCall = false;
  #hasRefusal = false;

  /** @param isStream whether texts are given piece by piece */
  constructor(isStream: boolean) {
    this.#isStream = isStream;
  }

  /** Whether a call was left out because its arguments are no object. */
  get hasBrokenCall(): boolean {
    return this.#hasBrokenCall;
  }

  get hasRefusal(): boolean {
    return this.#hasRefusal;
  }

  push(event: ResponseEvent): readonly JsonObject[] {
    if (event.type === 'part-start') this.#part = event.part;
    else if (event.type === 'part-delta') return this.#delta(event.text);
    else if (event.type === 'part-end') return this.#end(event);
    return [];
  }

  #delta(text: string): readonly JsonObject[] {
    const isWhole = this.#part.kind === 'tool-call' || this.#part.kind === 'image' || !this.#isStream;
    if (!isWhole) return text === '' ? [] : [this.#textPart(text)];
    this.#held.push(text);
    return [];
  }

  #textPart(text: string): JsonObject {
    return this.#part.kind === 'reasoning' ? { text, thought: true } : { text };
  }

  #end(end: PartEndEvent): readonly JsonObject[] {
    const part = this.#part;
    const held = this.#held.join('');
    this.#held = [];
    const signature = end.carried && {
      thoughtSignature: writeSignature(end.carried, end.isRedacted),
    };
    if (part.kind === 'image') return [{ inlineData: { mimeType: part.mediaType, data: held } }];
    if (part.kind === 'tool-call') {
      const args = argumentsFrom(held, parseExactly);
      this.#hasBrokenCall ||= args === undefined;
      return args ? [{ functionCall: { id: part.id, name: part.name, args }, ...signature }] : [];
    }
    this.#hasRefusal ||= part.kind === 'refusal';
    return held === '' && !signature ? [] : [{ ...this.#textPart(held), ...signature }];
  }
}
