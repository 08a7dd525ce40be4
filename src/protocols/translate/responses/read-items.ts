/**
 * Reads the flat items of a Responses request into turns: what the model wrote becomes one turn of the assistant, and
 * a run of tool results one turn of the user. Pure.
 */
import type { JsonObject } from '../../protocol.ts';
import type { Part, Role, ToolCallPart, ToolResultPart, Turn } from '../form/request.ts';
import { isPlainObject, malformed, objectsIn, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';
import { type CarriedReasoning, carriedBy } from './carried-reasoning.ts';
import { joinedName } from './namespaces.ts';
import type { ContentReader } from './read-content.ts';

const roles: ReadonlySet<unknown> = new Set<Role>(['system', 'developer', 'user', 'assistant']);

/** What is being collected: a turn of the assistant, tool results, or nothing. */
interface OpenTurn {
  readonly role: 'user' | 'assistant';
  readonly parts: Part[];
}

export class ItemReader {
  readonly #content: ContentReader;
  readonly #losses: Losses;
  readonly #turns: Turn[] = [];
  readonly #tools: JsonObject[] = [];
  #open: OpenTurn | undefined;

  constructor(content: ContentReader, losses: Losses) {
    this.#content = content;
    this.#losses = losses;
  }

  /** Tools that stand among the items (`additional_tools`). */
  get tools(): readonly JsonObject[] {
    return this.#tools;
  }

  read(input: unknown): readonly Turn[] {
    if (typeof input === 'string') return [{ role: 'user', parts: this.#content.read(input, 'input') }];
    if (!Array.isArray(input)) throw malformed('input', 'a text or a list of items');
    for (const item of input) {
      if (!isPlainObject(item)) throw malformed('input[]', 'an object');
      this.#item(item);
    }
    this.#close();
    return this.#turns;
  }

  #item(item: JsonObject): void {
    switch (item.type) {
      case undefined:
      case null:
      case 'message':
        this.#message(item);
        break;
      case 'function_call':
        this.#add('assistant', this.#call(item));
        break;
      case 'function_call_output':
        this.#add('user', this.#result(item));
        break;
      case 'reasoning':
        this.#reasoning(item);
        break;
      case 'additional_tools':
        this.#tools.push(...objectsIn(item.tools));
        break;
      default:
        this.#losses.refuse('input[].type', `Leave out items of type "${String(item.type)}".`);
    }
  }

  #message(item: JsonObject): void {
    if (!roles.has(item.role))
      throw malformed('input[].role', '"user", "assistant", "system" or "developer"');
    const role = item.role as Role;
    const parts = this.#content.read(item.content, 'input[].content');
    if (role === 'assistant') {
      for (const part of parts) this.#add('assistant', part);
      return;
    }
    this.#close();
    this.#turns.push({ role, parts });
  }

  #call(item: JsonObject): ToolCallPart {
    const id = requiredText(item, 'call_id');
    const name = joinedName(textOf(item.namespace), requiredText(item, 'name'));
    return { kind: 'tool-call', id, name, arguments: this.#arguments(requiredText(item, 'arguments')) };
  }

  /** A model may have written what is no object: it stays legible, as one member of an object. */
  #arguments(text: string): string {
    if (text.trim() === '') return '{}';
    try {
      if (isPlainObject(JSON.parse(text))) return text;
    } catch {
      // Kept below.
    }
    this.#losses.drop('input[].arguments');
    return JSON.stringify({ invalid_arguments: text });
  }

  #result(item: JsonObject): ToolResultPart {
    const parts = this.#content.read(item.output, 'input[].output');
    const name = textOf(item.name);
    return {
      kind: 'tool-result',
      callId: requiredText(item, 'call_id'),
      name: name === undefined ? undefined : joinedName(textOf(item.namespace), name),
      isError: false,
      parts: parts.map((part) => (part.kind === 'refusal' ? { kind: 'text', text: part.text } : part)),
    };
  }

  #reasoning(item: JsonObject): void {
    const carrier = carriedBy(item);
    if (carrier?.callId !== undefined) {
      this.#sign(carrier.callId, carrier);
      return;
    }
    const summary = objectsIn(item.summary);
    const texts = summary.length > 0 ? summary : objectsIn(item.content);
    const text = texts.map((part) => textOf(part.text) ?? '').join('\n\n');
    const { carried, isRedacted } = carrier ?? {};
    if (text === '' && !carried) return;
    this.#add('assistant', { kind: 'reasoning', text, carried, ...(isRedacted && { isRedacted }) });
  }

  /** Gives a tool call its signature back, which stands in an item after it. */
  #sign(callId: string, { carried }: CarriedReasoning): void {
    const parts = this.#open?.role === 'assistant' ? this.#open.parts : [];
    const at = parts.findIndex((part) => part.kind === 'tool-call' && part.id === callId);
    const call = parts[at];
    if (call?.kind === 'tool-call') parts[at] = { ...call, carried };
  }

  #add(role: OpenTurn['role'], part: Part): void {
    if (this.#open?.role !== role) this.#close();
    this.#open ??= { role, parts: [] };
    this.#open.parts.push(part);
  }

  #close(): void {
    if (this.#open) this.#turns.push(this.#open);
    this.#open = undefined;
  }
}

function requiredText(item: JsonObject, name: string): string {
  const text = textOf(item[name]);
  if (text === undefined) throw malformed(`input[].${name}`, 'a text');
  return text;
}
