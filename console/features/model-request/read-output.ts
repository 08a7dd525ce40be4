/**
 * Reads text, reasoning and errors from the events and whole responses of each protocol. Everything read is foreign:
 * nothing is taken to be there, and what does not fit is ignored. Pure.
 */
import type { ProtocolId } from './protocol-ids.ts';

export interface Output {
  readonly text: string;
  readonly reasoning: string;
  /** Pictures as `data:` addresses, of the kinds that a browser draws without running anything. */
  readonly images: readonly string[];
  /** Undefined = none. */
  readonly error: string | undefined;
}

const nothing: Output = { text: '', reasoning: '', images: [], error: undefined };
const imageTypes: ReadonlySet<unknown> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/** @param value the parsed JSON of an event, or of a whole response */
export function readOutput(protocol: ProtocolId, value: unknown): Output {
  const error = errorIn(value);
  if (error !== undefined) return { ...nothing, error };
  return { ...nothing, ...readers[protocol](value) };
}

const readers: Readonly<Record<ProtocolId, (value: unknown) => Partial<Output>>> = {
  openai: chatOutput,
  'openai-response': responsesOutput,
  anthropic: messagesOutput,
  gemini: geminiOutput,
};

function chatOutput(value: unknown): Partial<Output> {
  const choice = at(value, 'choices', 0);
  const message = at(choice, 'delta') ?? at(choice, 'message');
  return {
    text: textAt(message, 'content'),
    reasoning: textAt(message, 'reasoning_content') || textAt(message, 'reasoning'),
  };
}

function responsesOutput(value: unknown): Partial<Output> {
  switch (at(value, 'type')) {
    case 'response.output_text.delta':
      return { text: textAt(value, 'delta') };
    case 'response.reasoning_summary_text.delta':
    case 'response.reasoning_text.delta':
      return { reasoning: textAt(value, 'delta') };
    default:
      return at(value, 'object') === 'response' ? wholeResponse(value) : {};
  }
}

function wholeResponse(value: unknown): Partial<Output> {
  const items = listAt(value, 'output');
  const parts = (type: string, member: string) =>
    items.filter((item) => at(item, 'type') === type).flatMap((item) => listAt(item, member));
  return {
    text: joined(parts('message', 'content')),
    reasoning: joined(parts('reasoning', 'summary')),
  };
}

function messagesOutput(value: unknown): Partial<Output> {
  const delta = at(value, 'delta');
  if (delta !== undefined) return { text: textAt(delta, 'text'), reasoning: textAt(delta, 'thinking') };
  if (at(value, 'type') !== 'message') return {};
  const blocks = listAt(value, 'content');
  return { text: joined(blocks), reasoning: blocks.map((block) => textAt(block, 'thinking')).join('') };
}

function geminiOutput(value: unknown): Partial<Output> {
  const parts = listAt(at(value, 'candidates', 0, 'content'), 'parts');
  const isThought = (part: unknown) => at(part, 'thought') === true;
  return {
    text: joined(parts.filter((part) => !isThought(part))),
    reasoning: joined(parts.filter(isThought)),
    images: parts.flatMap((part) => imageIn(at(part, 'inlineData'))),
  };
}

function imageIn(data: unknown): readonly string[] {
  const type = at(data, 'mimeType');
  const bytes = textAt(data, 'data');
  return imageTypes.has(type) && /^[A-Za-z0-9+/=]+$/.test(bytes) ? [`data:${type};base64,${bytes}`] : [];
}

/** Every protocol puts an error into `error`, and Responses also into `response.error`. */
function errorIn(value: unknown): string | undefined {
  const error = at(value, 'error') ?? at(value, 'response', 'error');
  if (typeof error === 'string') return error;
  if (error !== undefined && error !== null) return textAt(error, 'message') || JSON.stringify(error);
  return at(value, 'success') === false ? textAt(value, 'message') : undefined;
}

const joined = (parts: readonly unknown[]) => parts.map((part) => textAt(part, 'text')).join('');

function textAt(value: unknown, member: string): string {
  const text = at(value, member);
  return typeof text === 'string' ? text : '';
}

function listAt(value: unknown, member: string): readonly unknown[] {
  const list = at(value, member);
  return Array.isArray(list) ? list : [];
}

/** The member at a path; undefined where there is none. */
function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, step)) return undefined;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}
