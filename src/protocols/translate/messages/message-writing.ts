/** Writes events of the internal form as the events of Anthropic's stream [TA RawMessageStreamEvent] (section 9.1). */
import { noUsage, type Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { wrap } from '../carrier.ts';
import type { Carried } from '../form/request.ts';
import type {
  Citation,
  EndEvent,
  ErrorEvent,
  PartEndEvent,
  PartStartEvent,
  ResponseEvent,
} from '../form/response.ts';
import type { RequestFacts } from '../parts.ts';
import { portableId } from '../tool-ids.ts';
import { errorTypeOf } from './errors.ts';
import { stopReasonOf } from './stop-reasons.ts';
import { usageFields, wholeUsage } from './usage.ts';

export interface MessageEvent extends JsonObject {
  readonly type: string;
}

type PartStart = PartStartEvent['part'];

const none: readonly MessageEvent[] = [];

export class MessageWriting {
  readonly #facts: RequestFacts;
  /** The number of the next block. */
  #next = 0;
  #part: PartStart = { kind: 'text' };
  /** What of the part has come, while its block has not begun. */
  #held: string[] | undefined;
  /** All of a text, for the citations in it. */
  #text = '';
  #usage: Usage = noUsage;
  #hasText = false;

  constructor(facts: RequestFacts) {
    this.#facts = facts;
  }

  write(event: ResponseEvent): readonly MessageEvent[] {
    switch (event.type) {
      case 'start':
        return [this.#start(event.id)];
      case 'part-start':
        return this.#begin(event.part);
      case 'part-delta':
        return this.#delta(event.text);
      case 'part-end':
        return this.#close(event);
      case 'usage':
        this.#usage = event.usage;
        return none;
      case 'end':
        return this.#end(event);
      case 'error':
        return [this.#error(event)];
    }
  }

  #start(id: string): MessageEvent {
    const message = {
      id: id || `msg_${this.#facts.requestId}`,
      type: 'message',
      role: 'assistant',
      model: this.#facts.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      diagnostics: null,
      usage: wholeUsage(this.#usage),
    };
    return { type: 'message_start', message };
  }

  #begin(part: PartStart): readonly MessageEvent[] {
    this.#part = part;
    this.#text = '';
    // Until its end nobody knows whether reasoning is redacted, or whether a call carries a signature.
    this.#held = part.kind === 'reasoning' || part.kind === 'tool-call' ? [] : undefined;
    if (this.#held) return none;
    this.#hasText = true;
    const opening = part.kind === 'image' ? [this.#piece(`![image](data:${part.mediaType};base64,`)] : none;
    return [this.#blockStart({ type: 'text', text: '', citations: null }), ...opening];
  }

  #delta(text: string): readonly MessageEvent[] {
    if (this.#part.kind === 'text') this.#text += text;
    if (!this.#held) return [this.#piece(text)];
    this.#held.push(text);
    // A call that carries a signature comes whole.
    return this.#part.kind === 'tool-call' && this.#held.length === 1 ? none : this.#release();
  }

  /** Begins the block that was held back. */
  #release(): readonly MessageEvent[] {
    const texts = this.#held ?? [];
    this.#held = undefined;
    return [this.#blockStart(this.#heldBlock()), ...texts.map((text) => this.#piece(text))];
  }

  #heldBlock(): JsonObject {
    const part = this.#part;
    if (part.kind !== 'tool-call') return { type: 'thinking', thinking: '', signature: '' };
    const id = portableId(part.id || `toolu_${this.#facts.requestId}_${this.#next}`);
    return { type: 'tool_use', id, name: part.name, input: {}, caller: { type: 'direct' } };
  }

  #close({ carried, isRedacted, citations }: PartEndEvent): readonly MessageEvent[] {
    const { kind } = this.#part;
    const isUntold = this.#held?.length === 0;
    if (kind === 'reasoning' && isUntold && isRedacted && carried) {
      this.#held = undefined;
      const data = wrap(carried, 'anthropic');
      return [this.#blockStart({ type: 'redacted_thinking', data }), this.#blockStop()];
    }
    const carrier = kind === 'tool-call' && this.#held && carried ? this.#carrier(carried) : none;
    const begun = this.#held ? this.#release() : none;
    const signature = kind === 'reasoning' && carried ? [this.#signature(carried)] : none;
    const closing = kind === 'image' ? [this.#piece(')')] : none;
    const cited = (citations ?? []).map((citation) => this.#citation(citation));
    return [...carrier, ...begun, ...closing, ...signature, ...cited, this.#blockStop()];
  }

  /** A call has no place for a signature: it goes into a block before it, from where `read-blocks.ts` takes it. */
  #carrier(carried: Carried): readonly MessageEvent[] {
    return [
      this.#blockStart({ type: 'thinking', thinking: '', signature: '' }),
      this.#signature(carried),
      this.#blockStop(),
    ];
  }

  #blockStart(content_block: JsonObject): MessageEvent {
    return { type: 'content_block_start', index: this.#next, content_block };
  }

  #blockStop(): MessageEvent {
    const index = this.#next;
    this.#next += 1;
    return { type: 'content_block_stop', index };
  }

  #deltaOf(delta: JsonObject): MessageEvent {
    return { type: 'content_block_delta', index: this.#next, delta };
  }

  #piece(text: string): MessageEvent {
    switch (this.#part.kind) {
      case 'reasoning':
        return this.#deltaOf({ type: 'thinking_delta', thinking: text });
      case 'tool-call':
        return this.#deltaOf({ type: 'input_json_delta', partial_json: text });
      default:
        return this.#deltaOf({ type: 'text_delta', text });
    }
  }

  #signature(carried: Carried): MessageEvent {
    return this.#deltaOf({ type: 'signature_delta', signature: wrap(carried, 'anthropic') });
  }

  #citation({ url, title, start, end }: Citation): MessageEvent {
    const citation = {
      type: 'web_search_result_location',
      cited_text: this.#text.slice(start, end),
      encrypted_index: '',
      title,
      url,
    };
    return this.#deltaOf({ type: 'citations_delta', citation });
  }

  #end({ reason, stopSequence, refusal }: EndEvent): readonly MessageEvent[] {
    // Clients would replay an empty turn, which the API refuses (section 8).
    const isSilent = reason === 'refusal' && !this.#hasText && refusal !== undefined;
    const told = isSilent
      ? [...this.#begin({ kind: 'text' }), this.#piece(refusal), this.#blockStop()]
      : none;
    const delta = {
      stop_reason: stopReasonOf(reason),
      stop_sequence: stopSequence ?? null,
      stop_details:
        reason === 'refusal' ? { type: 'refusal', category: null, explanation: refusal ?? null } : null,
      container: null,
    };
    return [
      ...told,
      { type: 'message_delta', delta, usage: usageFields(this.#usage) },
      { type: 'message_stop' },
    ];
  }

  #error({ message, code }: ErrorEvent): MessageEvent {
    const error = { type: errorTypeOf(code), message };
    return { type: 'error', error, request_id: this.#facts.requestId };
  }
}
