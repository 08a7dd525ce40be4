/** Reads the items of an output, whole or while they arrive, into the events of parts. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { Citation, ResponseEvent } from '../form/response.ts';
import { isPlainObject, numberOf, objectsIn, textOf } from '../json.ts';
import { readLogprobs } from '../openai-logprobs.ts';
import { portableId } from '../tool-ids.ts';
import { ownBlob } from './carried-reasoning.ts';
import { type OpenPart, PartSequence } from './part-sequence.ts';

type ContentKind = 'text' | 'refusal';
type ReasoningKind = 'summary' | 'content';

/** An item of the output, by its `output_index`. */
interface Item {
  /** Contents of a message, by their `content_index`. */
  readonly contents: Map<number, OpenPart>;
  /** A function call or reasoning, which is one part. */
  whole: OpenPart | undefined;
  /** Which texts of reasoning are read: the summary, or the reasoning itself. */
  reasoning: { readonly kind: ReasoningKind; readonly index: number } | undefined;
  isDone: boolean;
}

export class OutputReader {
  readonly #sequence = new PartSequence();
  readonly #items = new Map<number, Item>();
  #hasCalls = false;
  #hasRefusal = false;

  get hasCalls(): boolean {
    return this.#hasCalls;
  }

  get hasRefusal(): boolean {
    return this.#hasRefusal;
  }

  take(): readonly ResponseEvent[] {
    return this.#sequence.take();
  }

  /** `response.output_item.added` */
  itemAdded(index: number, item: JsonObject): void {
    if (item.type === 'function_call') this.#call(this.#item(index), item);
  }

  /** `response.output_item.done`, or an item of a whole response. */
  itemDone(index: number, value: JsonObject): void {
    const item = this.#item(index);
    if (item.isDone) return;
    if (value.type === 'message') {
      objectsIn(value.content).forEach((part, at) => {
        this.#contentDone(item, at, part);
      });
    } else if (value.type === 'function_call') {
      const part = this.#call(item, value);
      if (part) this.#sequence.complete(part, textOf(value.arguments) ?? '');
    } else if (value.type === 'reasoning') this.#reasoningDone(item, value);
    else if (value.type === 'image_generation_call') this.#image(item, value);
    this.#close(item);
  }

  /** Ends what is open: nothing more will come. */
  finish(): void {
    for (const item of this.#items.values()) this.#close(item);
  }

  /** The delta of a text or a refusal. */
  contentDelta(event: JsonObject, kind: ContentKind): void {
    const part = this.#content(this.#itemOf(event), numberOf(event.content_index) ?? 0, kind);
    if (part) this.#sequence.append(part, textOf(event.delta) ?? '', readLogprobs(event.logprobs));
  }

  /** `response.content_part.done` */
  contentDone(event: JsonObject): void {
    if (!isPlainObject(event.part)) return;
    this.#contentDone(this.#itemOf(event), numberOf(event.content_index) ?? 0, event.part);
  }

  reasoningDelta(event: JsonObject, kind: ReasoningKind): void {
    const item = this.#itemOf(event);
    const index = numberOf(kind === 'summary' ? event.summary_index : event.content_index) ?? 0;
    const { reasoning } = item;
    if (item.isDone || (reasoning && reasoning.kind !== kind)) return;
    item.whole ??= this.#sequence.begin({ kind: 'reasoning' });
    if (reasoning && reasoning.index !== index) this.#sequence.append(item.whole, '\n\n');
    item.reasoning = { kind, index };
    this.#sequence.append(item.whole, textOf(event.delta) ?? '');
  }

  argumentsDelta(event: JsonObject): void {
    const { whole } = this.#itemOf(event);
    if (whole) this.#sequence.append(whole, textOf(event.delta) ?? '');
  }

  #itemOf({ output_index }: JsonObject): Item {
    return this.#item(numberOf(output_index) ?? 0);
  }

  #item(index: number): Item {
    const known = this.#items.get(index);
    if (known) return known;
    const item: Item = { contents: new Map(), whole: undefined, reasoning: undefined, isDone: false };
    this.#items.set(index, item);
    return item;
  }

  #content(item: Item, index: number, kind: ContentKind): OpenPart | undefined {
    const known = item.contents.get(index);
    if (known || item.isDone) return known;
    const part = this.#sequence.begin({ kind });
    if (kind === 'refusal') this.#hasRefusal = true;
    item.contents.set(index, part);
    return part;
  }

  #contentDone(item: Item, index: number, value: JsonObject): void {
    const isRefusal = value.type === 'refusal';
    if (!isRefusal && value.type !== 'output_text') return;
    const text = textOf(isRefusal ? value.refusal : value.text) ?? '';
    // Other protocols refuse empty texts when they come back.
    if (text === '' && !item.contents.has(index)) return;
    const part = this.#content(item, index, isRefusal ? 'refusal' : 'text');
    if (!part) return;
    this.#sequence.complete(part, text, readLogprobs(value.logprobs));
    const citations = objectsIn(value.annotations).flatMap(citationOf);
    this.#sequence.end(part, citations.length > 0 ? { citations } : {});
  }

  /** Some servers tell the id and the name only when the item is done. */
  #call(item: Item, { call_id, name }: JsonObject): OpenPart | undefined {
    const id = textOf(call_id);
    if (item.whole || !id || typeof name !== 'string') return item.whole;
    this.#hasCalls = true;
    item.whole = this.#sequence.begin({ kind: 'tool-call', id: portableId(id), name });
    return item.whole;
  }

  /** The encrypted text of an item that has only been added may be incomplete (`ResponseReasoningItem`). */
  #reasoningDone(item: Item, value: JsonObject): void {
    const carried = ownBlob(value);
    const summary = textsOf(value.summary);
    const isSummary = item.reasoning ? item.reasoning.kind === 'summary' : summary !== '';
    const text = isSummary ? summary : textsOf(value.content);
    if (!item.whole && text === '' && !carried) return;
    item.whole ??= this.#sequence.begin({ kind: 'reasoning' });
    this.#sequence.complete(item.whole, text);
    this.#sequence.end(item.whole, carried ? { carried } : {});
  }

  #image(item: Item, { result, output_format }: JsonObject): void {
    const data = textOf(result);
    if (!data) return;
    const format = textOf(output_format) ?? 'png';
    item.whole = this.#sequence.begin({
      kind: 'image',
      mediaType: format === 'svg' ? 'image/svg+xml' : `image/${format}`,
    });
    this.#sequence.append(item.whole, data);
  }

  #close(item: Item): void {
    item.isDone = true;
    for (const part of item.contents.values()) this.#sequence.end(part);
    if (item.whole) this.#sequence.end(item.whole);
  }
}

function textsOf(parts: unknown): string {
  return objectsIn(parts)
    .map(({ text }) => textOf(text) ?? '')
    .join('\n\n');
}

function citationOf(annotation: JsonObject): readonly Citation[] {
  const url = textOf(annotation.url);
  if (annotation.type !== 'url_citation' || url === undefined) return [];
  const start = numberOf(annotation.start_index) ?? 0;
  return [
    { url, title: textOf(annotation.title) ?? '', start, end: numberOf(annotation.end_index) ?? start },
  ];
}
