/** Writes the parts of an output as items, and as the events that build them up. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type {
  Citation,
  PartDeltaEvent,
  PartEndEvent,
  PartStartEvent,
  TokenLogprob,
} from '../form/response.ts';
import { writeLogprobs } from '../openai-logprobs.ts';
import { portableId } from '../tool-ids.ts';
import { callSignature, encryptedText } from './carried-reasoning.ts';
import { splitName } from './namespaces.ts';

/** An event of the stream without its number. */
export interface StreamEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

type Kind = PartStartEvent['part']['kind'];

/** A message stays open while texts and refusals follow each other. */
interface Message {
  readonly id: string;
  readonly content: JsonObject[];
}

interface OpenPart {
  readonly part: PartStartEvent['part'];
  readonly itemId: string;
  text: string;
  readonly logprobs: TokenLogprob[];
}

const idPrefixes: Readonly<Record<Kind, string>> = {
  text: 'msg',
  refusal: 'msg',
  reasoning: 'rs',
  'tool-call': 'fc',
  image: 'ig',
};

export class OutputWriter {
  readonly #requestId: string;
  readonly #items: JsonObject[] = [];
  #message: Message | undefined;
  #part: OpenPart | undefined;
  #hasRefusal = false;

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  /** The items that are complete. */
  get items(): readonly JsonObject[] {
    return this.#items;
  }

  get hasRefusal(): boolean {
    return this.#hasRefusal;
  }

  start(part: PartStartEvent['part']): readonly StreamEvent[] {
    if (part.kind === 'text' || part.kind === 'refusal') return this.#startContent(part);
    const closed = this.closeMessage('completed');
    const itemId = this.#id(part.kind);
    this.#part = { part, itemId, text: '', logprobs: [] };
    return [
      ...closed,
      this.#itemEvent('added', this.#openItem(part, itemId)),
      ...this.#afterAdded(this.#part),
    ];
  }

  delta({
    text: delta,
    logprobs: tokens = [],
  }: Pick<PartDeltaEvent, 'text' | 'logprobs'>): readonly StreamEvent[] {
    const open = this.#part;
    if (!open || (delta === '' && tokens.length === 0)) return [];
    const isFirst = open.text === '';
    open.text += delta;
    const { kind } = open.part;
    if (kind === 'text') {
      for (const token of tokens) open.logprobs.push(token);
      return [this.#contentEvent('output_text.delta', open, { delta, logprobs: writeLogprobs(tokens) })];
    }
    if (kind === 'refusal') return [this.#contentEvent('refusal.delta', open, { delta })];
    if (kind === 'tool-call') return [this.#partEvent('function_call_arguments.delta', open, { delta })];
    if (kind === 'image') return [];
    const event = this.#summaryEvent('text.delta', open, { delta });
    const part = { type: 'summary_text', text: '' };
    return isFirst ? [this.#summaryEvent('part.added', open, { part }), event] : [event];
  }

  end(event: Pick<PartEndEvent, 'carried' | 'isRedacted' | 'citations'>): readonly StreamEvent[] {
    const open = this.#part;
    if (!open) return [];
    this.#part = undefined;
    const { kind } = open.part;
    if (kind === 'text') return this.#endText(open, event.citations ?? []);
    if (kind === 'refusal') return this.#endRefusal(open);
    if (kind === 'reasoning') return this.#endReasoning(open, event);
    return kind === 'image' ? this.#endImage(open) : this.#endCall(open, event);
  }

  /** @param status whether the message came to its end */
  closeMessage(status: 'completed' | 'incomplete'): readonly StreamEvent[] {
    const message = this.#message;
    if (!message) return [];
    this.#message = undefined;
    return [this.#done({ ...messageItem(message.id, message.content), status })];
  }

  #startContent(part: PartStartEvent['part']): readonly StreamEvent[] {
    const events: StreamEvent[] = [];
    if (!this.#message) {
      this.#message = { id: this.#id(part.kind), content: [] };
      events.push(this.#itemEvent('added', { ...messageItem(this.#message.id, []), status: 'in_progress' }));
    }
    this.#part = { part, itemId: this.#message.id, text: '', logprobs: [] };
    const empty = part.kind === 'text' ? textContent('', [], []) : { type: 'refusal', refusal: '' };
    return [...events, this.#contentEvent('content_part.added', this.#part, { part: empty })];
  }

  #openItem(part: PartStartEvent['part'], id: string): JsonObject {
    if (part.kind === 'tool-call') return { ...callItem(part, id, ''), status: 'in_progress' };
    if (part.kind === 'image')
      return { id, type: 'image_generation_call', status: 'in_progress', result: null };
    return { id, type: 'reasoning', summary: [] };
  }

  #afterAdded(open: OpenPart): readonly StreamEvent[] {
    if (open.part.kind !== 'image') return [];
    return ['in_progress', 'generating'].map((state) =>
      this.#partEvent(`image_generation_call.${state}`, open),
    );
  }

  #endText(open: OpenPart, citations: readonly Citation[]): readonly StreamEvent[] {
    const annotations = citations.map(annotationOf);
    const logprobs = writeLogprobs(open.logprobs);
    const part = textContent(open.text, annotations, logprobs);
    const events = [
      ...annotations.map((annotation, annotation_index) =>
        this.#contentEvent('output_text.annotation.added', open, { annotation, annotation_index }),
      ),
      this.#contentEvent('output_text.done', open, { text: open.text, logprobs }),
      this.#contentEvent('content_part.done', open, { part }),
    ];
    this.#message?.content.push(part);
    return events;
  }

  #endRefusal(open: OpenPart): readonly StreamEvent[] {
    this.#hasRefusal = true;
    const part = { type: 'refusal', refusal: open.text };
    const events = [
      this.#contentEvent('refusal.done', open, { refusal: open.text }),
      this.#contentEvent('content_part.done', open, { part }),
    ];
    this.#message?.content.push(part);
    return events;
  }

  #endReasoning(
    open: OpenPart,
    { carried, isRedacted = false }: Pick<PartEndEvent, 'carried' | 'isRedacted'>,
  ): readonly StreamEvent[] {
    const { text, itemId: id } = open;
    const part = { type: 'summary_text', text };
    const events =
      text === ''
        ? []
        : [this.#summaryEvent('text.done', open, { text }), this.#summaryEvent('part.done', open, { part })];
    const summary = text === '' ? [] : [part];
    return [
      ...events,
      this.#done({
        id,
        type: 'reasoning',
        summary,
        ...(carried && { encrypted_content: encryptedText(carried, isRedacted) }),
      }),
    ];
  }

  /** A signature of the call follows in an item of its own: no field of a call is kept by clients. */
  #endCall(open: OpenPart, { carried }: Pick<PartEndEvent, 'carried'>): readonly StreamEvent[] {
    const { part, itemId } = open;
    if (part.kind !== 'tool-call') return [];
    const text = open.text === '' ? '{}' : open.text;
    const events = [
      this.#partEvent('function_call_arguments.done', open, { arguments: text }),
      this.#done({ ...callItem(part, itemId, text), status: 'completed' }),
    ];
    if (!carried) return events;
    const item = { id: this.#id('reasoning'), type: 'reasoning', summary: [] };
    const encrypted_content = callSignature(carried, portableId(part.id));
    return [...events, this.#itemEvent('added', item), this.#done({ ...item, encrypted_content })];
  }

  #endImage(open: OpenPart): readonly StreamEvent[] {
    const { part, itemId: id, text: result } = open;
    const mediaType = part.kind === 'image' ? part.mediaType : '';
    const output_format = mediaType.replace(/^image\//, '').replace(/\+.*$/, '');
    return [
      this.#partEvent('image_generation_call.completed', open),
      this.#done({ id, type: 'image_generation_call', status: 'completed', result, output_format }),
    ];
  }

  #id(kind: Kind): string {
    return `${idPrefixes[kind]}_${this.#requestId}_${this.#items.length}`;
  }

  #itemEvent(name: 'added' | 'done', item: JsonObject): StreamEvent {
    return { type: `response.output_item.${name}`, output_index: this.#items.length, item };
  }

  #done(item: JsonObject): StreamEvent {
    const event = this.#itemEvent('done', item);
    this.#items.push(item);
    return event;
  }

  #partEvent(name: string, { itemId }: OpenPart, more: JsonObject = {}): StreamEvent {
    return { type: `response.${name}`, item_id: itemId, output_index: this.#items.length, ...more };
  }

  #contentEvent(name: string, open: OpenPart, more: JsonObject): StreamEvent {
    return this.#partEvent(name, open, { content_index: this.#message?.content.length ?? 0, ...more });
  }

  #summaryEvent(name: string, open: OpenPart, more: JsonObject): StreamEvent {
    return this.#partEvent(`reasoning_summary_${name}`, open, { summary_index: 0, ...more });
  }
}

function messageItem(id: string, content: readonly JsonObject[]): JsonObject {
  return { id, type: 'message', role: 'assistant', content };
}

function textContent(
  text: string,
  annotations: readonly JsonObject[],
  logprobs: readonly JsonObject[],
): JsonObject {
  return { type: 'output_text', text, annotations, logprobs };
}

function callItem(
  { id, name }: { readonly id: string; readonly name: string },
  itemId: string,
  text: string,
) {
  return { id: itemId, type: 'function_call', call_id: portableId(id), ...splitName(name), arguments: text };
}

function annotationOf({ url, title, start, end }: Citation): JsonObject {
  return { type: 'url_citation', url, title, start_index: start, end_index: end };
}
