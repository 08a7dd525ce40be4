/** Reads the messages of a chat completion request as turns. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { unwrap } from '../carrier.ts';
import type { Carried, Part, ToolCallPart, ToolResultPart, Turn } from '../form/request.ts';
import { isPlainObject, malformed, objectsIn, textOf } from '../json.ts';
import type { Losses } from '../losses.ts';
import { readCacheMark, readContent, readRefusal, readTexts } from './read-content.ts';
import { ownProvider, reasoningIn } from './reasoning-details.ts';

/** @throws HalleyError('invalid_body') */
export function readMessages(messages: unknown, losses: Losses): readonly Turn[] {
  if (!Array.isArray(messages) || messages.length === 0) throw malformed('messages', 'a list of messages');
  const reader = new MessageReader(losses);
  for (const message of messages) {
    if (!isPlainObject(message)) throw malformed('messages[]', 'an object');
    reader.push(message);
  }
  return reader.turns();
}

class MessageReader {
  readonly #losses: Losses;
  readonly #turns: Turn[] = [];
  /** Results since the last message of another role: one user turn with the user message after them. */
  #results: ToolResultPart[] = [];
  /** Calls of the old form, which have no ids. */
  #oldCalls = 0;
  #openOldCall: { readonly id: string; readonly name: string } | undefined;

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  push(message: JsonObject): void {
    switch (message.role) {
      case 'system':
      case 'developer':
        this.#close(message.role, readTexts(message.content, this.#losses), message);
        break;
      case 'user':
        this.#user(message);
        break;
      case 'assistant':
        this.#close('assistant', this.#assistantParts(message), message);
        break;
      case 'tool':
        this.#result(message);
        break;
      case 'function':
        this.#oldResult(message);
        break;
      default:
        throw malformed('messages[].role', 'system, developer, user, assistant, tool or function');
    }
  }

  turns(): readonly Turn[] {
    this.#flush();
    return this.#turns;
  }

  #user(message: JsonObject): void {
    const parts: readonly Part[] = markLast(readContent(message.content, this.#losses), message);
    const results = this.#results;
    this.#results = [];
    this.#add('user', [...results, ...parts], message);
  }

  #close(role: Turn['role'], parts: readonly Part[], message: JsonObject): void {
    this.#flush();
    this.#add(role, markLast(parts, message), message);
  }

  #flush(): void {
    if (this.#results.length === 0) return;
    this.#turns.push({ role: 'user', parts: this.#results });
    this.#results = [];
  }

  /** A message that says nothing is no turn. */
  #add(role: Turn['role'], parts: readonly Part[], message: JsonObject): void {
    const name = textOf(message.name);
    if (name !== undefined) this.#losses.drop('messages[].name');
    if (parts.length === 0) return;
    this.#turns.push({ role, parts, ...(name !== undefined && { name }) });
  }

  #assistantParts(message: JsonObject): readonly Part[] {
    return [
      ...reasoningIn(message, ownProvider),
      ...readContent(message.content, this.#losses),
      ...readRefusal(message.refusal),
      ...objectsIn(message.tool_calls).flatMap((call) => this.#call(call)),
      ...this.#oldCall(message.function_call),
    ];
  }

  #call(call: JsonObject): readonly ToolCallPart[] {
    // A custom call has been refused, or is left out.
    if (call.type === 'custom') return [];
    const { id } = call;
    if (typeof id !== 'string' || id === '') throw malformed('messages[].tool_calls[].id', 'a string');
    const carried = readSignature(call);
    const called = readFunction(call.function, 'tool_calls[].function');
    return markLast([{ kind: 'tool-call', id, ...called, ...(carried && { carried }) }], call);
  }

  #oldCall(call: unknown): readonly ToolCallPart[] {
    if (call === null || call === undefined) return [];
    const called = readFunction(call, 'function_call');
    const id = `call_${this.#oldCalls++}`;
    this.#openOldCall = { id, name: called.name };
    return [{ kind: 'tool-call', id, ...called }];
  }

  #result(message: JsonObject): void {
    const { tool_call_id: callId } = message;
    if (typeof callId !== 'string' || callId === '') throw malformed('messages[].tool_call_id', 'a string');
    this.#results.push(...markLast([this.#resultOf(callId, textOf(message.name), message)], message));
  }

  #oldResult(message: JsonObject): void {
    const name = textOf(message.name);
    if (!name) throw malformed('messages[].name', 'the name of the function');
    const call = this.#openOldCall;
    if (call?.name !== name) throw malformed('messages[].name', 'that of the function called before');
    this.#openOldCall = undefined;
    this.#results.push(this.#resultOf(call.id, name, message));
  }

  #resultOf(callId: string, name: string | undefined, message: JsonObject): ToolResultPart {
    const parts = readContent(message.content, this.#losses).map((part) => {
      if (part.kind === 'refusal') throw malformed('messages[].content[]', 'a text in a tool result');
      return part;
    });
    return { kind: 'tool-result', callId, name, isError: false, parts };
  }
}

/** A mark of a message or call stands after all of it, so on its last part. Reasoning takes none at Anthropic. */
function markLast<P extends Part>(parts: readonly P[], { cache_control }: JsonObject): readonly P[] {
  const cache = readCacheMark(cache_control);
  const last = parts.findLastIndex(({ kind }) => kind !== 'reasoning');
  return cache ? parts.map((part, at) => (at === last ? { ...part, cache } : part)) : parts;
}

function readFunction(value: unknown, field: string): { readonly name: string; readonly arguments: string } {
  const name = isPlainObject(value) ? value.name : undefined;
  if (typeof name !== 'string' || name === '') throw malformed(`messages[].${field}.name`, 'a string');
  return { name, arguments: readArguments(isPlainObject(value) ? value.arguments : undefined, field) };
}

/**
 * The text of the arguments, with its numbers as they were written. Anthropic and Gemini take nothing but an object.
 * @throws HalleyError('invalid_body') for what is none
 */
function readArguments(value: unknown, field: string): string {
  if (value === undefined || value === null || value === '') return '{}';
  if (typeof value === 'string' && isObjectText(value)) return value;
  throw malformed(`messages[].${field}.arguments`, 'the JSON text of an object');
}

function isObjectText(text: string): boolean {
  try {
    return isPlainObject(JSON.parse(text));
  } catch {
    return false;
  }
}

/** The thought signature of a call: Google's OpenAI endpoint and Vertex have it in members of their own names. */
export function readSignature(call: JsonObject): Carried | undefined {
  const extra = isPlainObject(call.extra_content) ? call.extra_content : {};
  for (const vendor of [extra.google, extra.vertex]) {
    const text = isPlainObject(vendor) ? textOf(vendor.thought_signature) : undefined;
    if (text) return unwrap(text, 'gemini');
  }
  return undefined;
}
