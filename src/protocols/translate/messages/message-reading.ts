/**
 * Reads the events of Anthropic's stream [TA RawMessageStreamEvent] as events of the internal form. A whole message is
 * read as the events that would have made it.
 */
import type { JsonObject } from '../../protocol.ts';
import type { Citation, PartEndEvent, ResponseEvent } from '../form/response.ts';
import { isPlainObject, objectsIn, textOf } from '../json.ts';
import { endReasonOf } from './stop-reasons.ts';
import { noCounts, usageOf, withReport } from './usage.ts';

type BlockPart =
  | { readonly kind: 'text' | 'reasoning' }
  | { readonly kind: 'tool-call'; readonly id: string; readonly name: string };

/** A block that has begun and not ended. */
interface Block {
  /** The upstream's number of it. */
  readonly at: unknown;
  /** Our number of the part; undefined = a block that the form has no place for. */
  readonly index: number | undefined;
  readonly kind: BlockPart['kind'] | 'other';
  /** A call's arguments, where they came with its beginning. */
  readonly input: string;
  readonly isRedacted: boolean;
  signature: string;
  chars: number;
  readonly citations: JsonObject[];
}

const none: readonly ResponseEvent[] = [];

export class MessageReading {
  #parts = 0;
  #open: Block | undefined;
  #counts = noCounts;
  #hasCalls = false;
  #ending: JsonObject = {};
  #hasStarted = false;
  #isOver = false;

  read(event: JsonObject): readonly ResponseEvent[] {
    if (this.#isOver) return none;
    const isStart = event.type === 'message_start';
    if (!isStart) return this.#readNext(event);
    return this.#hasStarted ? none : this.#start(isPlainObject(event.message) ? event.message : {});
  }

  #readNext(event: JsonObject): readonly ResponseEvent[] {
    const events = this.#readOne(event);
    const [first] = events;
    if (this.#hasStarted || !first || first.type === 'error') return events;
    // Imitations leave the first event out.
    return [...this.#start({}), ...events];
  }

  #readOne(event: JsonObject): readonly ResponseEvent[] {
    switch (event.type) {
      case 'content_block_start':
        return this.#begin(event.index, isPlainObject(event.content_block) ? event.content_block : {});
      case 'content_block_delta':
        return this.#delta(event.index, isPlainObject(event.delta) ? event.delta : {});
      case 'content_block_stop':
        return this.#close();
      case 'message_delta':
        this.#ending = { ...this.#ending, ...known(event.delta) };
        return [...this.#close(), ...this.#usage(event.usage)];
      case 'message_stop':
        return this.#end();
      case 'error':
        return this.#error(event.error);
      default:
        // `ping`, and what later versions add.
        return none;
    }
  }

  /** @param code the upstream's; '' = none */
  fail(message: string, code = ''): readonly ResponseEvent[] {
    if (this.#isOver) return none;
    this.#isOver = true;
    return [{ type: 'error', message, code }];
  }

  #start(message: JsonObject): readonly ResponseEvent[] {
    this.#hasStarted = true;
    return [{ type: 'start', id: textOf(message.id) ?? '' }, ...this.#usage(message.usage)];
  }

  #usage(report: unknown): readonly ResponseEvent[] {
    const before = this.#counts;
    this.#counts = withReport(before, report);
    const isNew = JSON.stringify(before) !== JSON.stringify(this.#counts);
    return isNew ? [{ type: 'usage', usage: usageOf(this.#counts) }] : none;
  }

  #begin(at: unknown, content: JsonObject): readonly ResponseEvent[] {
    const closed = this.#close();
    const part = partOf(content);
    const block: Block = {
      at,
      index: part ? this.#parts : undefined,
      kind: part?.kind ?? 'other',
      input: inputOf(content.input),
      isRedacted: content.type === 'redacted_thinking',
      signature: textOf(content.signature) ?? textOf(content.data) ?? '',
      chars: 0,
      citations: [...objectsIn(content.citations)],
    };
    this.#open = block;
    if (!part) return closed;
    this.#parts += 1;
    if (part.kind === 'tool-call') this.#hasCalls = true;
    const text = textOf(content.text) ?? textOf(content.thinking) ?? '';
    return [...closed, { type: 'part-start', index: block.index ?? 0, part }, ...this.#say(block, text)];
  }

  #delta(at: unknown, delta: JsonObject): readonly ResponseEvent[] {
    const block = this.#open;
    // The API never interleaves blocks (section 9.1).
    if (!block || block.at !== at) return this.fail('The upstream sent a part of a block that is not open.');
    switch (delta.type) {
      case 'text_delta':
        return this.#say(block, delta.text);
      case 'thinking_delta':
        return this.#say(block, delta.thinking);
      case 'input_json_delta':
        return this.#say(block, delta.partial_json);
      case 'signature_delta':
        block.signature += textOf(delta.signature) ?? '';
        return none;
      case 'citations_delta':
        if (isPlainObject(delta.citation)) block.citations.push(delta.citation);
        return none;
      default:
        return none;
    }
  }

  #say(block: Block, text: unknown): readonly ResponseEvent[] {
    if (block.index === undefined || typeof text !== 'string' || text === '') return none;
    block.chars += text.length;
    return [{ type: 'part-delta', index: block.index, text }];
  }

  #close(): readonly ResponseEvent[] {
    const block = this.#open;
    this.#open = undefined;
    if (block?.index === undefined) return none;
    const said = block.kind === 'tool-call' && block.chars === 0 ? this.#say(block, block.input) : none;
    return [...said, partEnd(block, block.index)];
  }

  #end(): readonly ResponseEvent[] {
    const closed = this.#close();
    const { stop_reason, stop_sequence, stop_details } = this.#ending;
    const said = textOf(stop_reason) ?? (this.#hasCalls ? 'tool_use' : 'end_turn');
    const reason = endReasonOf(said);
    if (!reason)
      return [...closed, ...this.fail(`The upstream ended its response for the reason "${said}".`)];
    this.#isOver = true;
    const refusal = reason === 'refusal' ? refusalOf(stop_details) : undefined;
    return [
      ...closed,
      { type: 'end', reason, stopSequence: textOf(stop_sequence), ...(refusal !== undefined && { refusal }) },
    ];
  }

  #error(error: unknown): readonly ResponseEvent[] {
    const { message, type } = isPlainObject(error) ? error : {};
    return this.fail(textOf(message) ?? 'The upstream reported an error.', textOf(type) ?? '');
  }
}

/** The members that are not null: a later report must not erase an earlier one. */
function known(value: unknown): JsonObject {
  if (!isPlainObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null));
}

/** Undefined = a block of a tool that the provider runs itself: nobody could ask for one. */
function partOf(content: JsonObject): BlockPart | undefined {
  switch (content.type) {
    case 'text':
      return { kind: 'text' };
    case 'thinking':
    case 'redacted_thinking':
      return { kind: 'reasoning' };
    case 'tool_use':
      return { kind: 'tool-call', id: textOf(content.id) ?? '', name: textOf(content.name) ?? '' };
    default:
      return undefined;
  }
}

/** The API sends `{}` and then pieces; imitations send the whole input at once. */
function inputOf(input: unknown): string {
  return isPlainObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : '';
}

function partEnd(block: Block, index: number): PartEndEvent {
  const { signature: blob, isRedacted } = block;
  const carries = block.kind === 'reasoning' && blob !== '';
  const citations = block.citations.flatMap((citation) => citationOf(citation, block.chars) ?? []);
  return {
    type: 'part-end',
    index,
    ...(carries && { carried: { provider: 'anthropic', blob } }),
    ...(isRedacted && { isRedacted }),
    ...(citations.length > 0 && { citations }),
  };
}

/** The API cuts texts where citations begin and end, so each one is for the whole block. */
function citationOf({ type, url, source, title }: JsonObject, chars: number): Citation | undefined {
  const address = type === 'search_result_location' ? source : url;
  if (typeof address !== 'string') return undefined;
  return { url: address, title: textOf(title) ?? '', start: 0, end: chars };
}

/** [TA RefusalStopDetails] */
function refusalOf(details: unknown): string | undefined {
  const { explanation, category } = isPlainObject(details) ? details : {};
  if (typeof explanation === 'string' && explanation !== '') return explanation;
  return typeof category === 'string' ? `The model refused to respond (${category}).` : undefined;
}
