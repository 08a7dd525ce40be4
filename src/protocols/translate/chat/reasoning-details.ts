/**
 * Reasoning in messages of chat completions: `reasoning_content` (DeepSeek, Qwen, vLLM), `reasoning` and
 * `reasoning_details` (OpenRouter). All are read; `reasoning_content` is written, and details where something is
 * carried. https://openrouter.ai/docs/use-cases/reasoning-tokens
 */
import type { JsonObject } from '../../protocol.ts';
import { unwrap } from '../carrier.ts';
import type { Carried, Provider, ReasoningPart } from '../form/request.ts';
import { objectsIn, textOf } from '../json.ts';

/** The provider whose carried texts stand bare among the details that clients of this form keep. */
export const ownProvider: Provider = 'openai';

const formats: Readonly<Record<Provider, string>> = {
  openai: 'openai-responses-v1',
  anthropic: 'anthropic-claude-v1',
  gemini: 'google-gemini-v1',
};
const unknownFormat = 'unknown';

/**
 * The format says whose a bare signature is; without one it is the provider's that is asked.
 * @returns undefined for a format of somebody else
 */
function providerOf(format: unknown, other: Provider): Provider | undefined {
  if (typeof format !== 'string' || format === unknownFormat) return other;
  return (Object.keys(formats) as Provider[]).find((each) => formats[each] === format);
}

/** One entry of the details, as far as it is known. */
export interface ReasoningDetail {
  readonly text: string;
  readonly carried: Carried | undefined;
  /** Whether it is an encrypted text and nothing else. */
  readonly isEncrypted: boolean;
  /** Which part it is a piece of, among entries that follow each other. */
  readonly index: unknown;
}

/** @param other the provider of what does not say whose it is */
export function readDetails(value: unknown, other: Provider): readonly ReasoningDetail[] {
  return objectsIn(value).flatMap((entry): readonly ReasoningDetail[] => {
    const { index } = entry;
    const own = providerOf(entry.format, other);
    const carry = (text: string | undefined) => (text && own ? unwrap(text, own) : undefined);
    if (entry.type === 'reasoning.encrypted') {
      const carried = carry(textOf(entry.data));
      return carried ? [{ text: '', carried, isEncrypted: true, index }] : [];
    }
    if (entry.type === 'reasoning.summary') {
      return [{ text: textOf(entry.summary) ?? '', carried: undefined, isEncrypted: false, index }];
    }
    if (entry.type !== 'reasoning.text') return [];
    const carried = carry(textOf(entry.signature));
    return [{ text: textOf(entry.text) ?? '', carried, isEncrypted: false, index }];
  });
}

/**
 * OpenAI's encrypted text belongs to the summary before it; others' (`redacted_thinking`) stand alone.
 */
export function joinsPart(detail: ReasoningDetail): boolean {
  return detail.isEncrypted && detail.carried?.provider === 'openai';
}

/** The reasoning parts of a whole message. The details count where there are any: they tell parts apart. */
export function reasoningIn(message: JsonObject, other: Provider): readonly ReasoningPart[] {
  const parts: ReasoningPart[] = [];
  let index: unknown;
  for (const detail of readDetails(message.reasoning_details, other)) {
    const last = parts.at(-1);
    if (last && !last.carried && continues(detail, index)) {
      parts[parts.length - 1] = { ...last, text: last.text + detail.text, carried: detail.carried };
    } else if (detail.text !== '' || detail.carried) parts.push(partOf(detail));
    ({ index } = detail);
  }
  const text = plainReasoning(message);
  if (text !== '' && parts.every((part) => part.text === '')) return withText(text, parts);
  return parts;
}

/** Whether an entry goes on with the part before it: clients may keep the pieces of a stream as they came. */
function continues(detail: ReasoningDetail, indexBefore: unknown): boolean {
  if (detail.isEncrypted) return joinsPart(detail);
  return typeof detail.index === 'number' && detail.index === indexBefore;
}

function partOf(detail: ReasoningDetail): ReasoningPart {
  const isRedacted = detail.isEncrypted && !joinsPart(detail);
  return { kind: 'reasoning', text: detail.text, carried: detail.carried, ...(isRedacted && { isRedacted }) };
}

/** A plain text beside details without one: it is what the first of OpenAI's encrypted texts belongs to. */
function withText(text: string, parts: readonly ReasoningPart[]): readonly ReasoningPart[] {
  const [first, ...rest] = parts;
  if (first?.carried?.provider === 'openai') return [{ ...first, text }, ...rest];
  return [{ kind: 'reasoning', text, carried: undefined }, ...parts];
}

/** The reasoning that a message or delta has as one text; '' = none. */
export function plainReasoning(message: JsonObject): string {
  return textOf(message.reasoning_content) || textOf(message.reasoning) || '';
}

/** Renders what is carried: as it is for its provider, wrapped for a client. */
export type Carrier = (carried: Carried) => string;

/**
 * The entries for one part, with its whole text: readers that append entries and readers that merge them by index
 * both get it right.
 * @param index of the part among the reasoning parts
 */
export function writeDetails(
  part: Omit<ReasoningPart, 'kind'>,
  index: number,
  carrier: Carrier,
): readonly JsonObject[] {
  const { text, carried, isRedacted } = part;
  if (!carried) return text === '' ? [] : [{ type: 'reasoning.text', text, format: unknownFormat, index }];
  const format = formats[carried.provider];
  const blob = carrier(carried);
  const encrypted = { type: 'reasoning.encrypted', data: blob, format, index };
  if (carried.provider !== 'openai') {
    return [isRedacted ? encrypted : { type: 'reasoning.text', text, signature: blob, format, index }];
  }
  return text === '' ? [encrypted] : [{ type: 'reasoning.summary', summary: text, format, index }, encrypted];
}

/** The members of a message for its reasoning: none where it has none. */
export function reasoningMembers(
  parts: readonly Omit<ReasoningPart, 'kind'>[],
  carrier: Carrier,
): JsonObject {
  const text = parts.map((part) => part.text).join('');
  const carries = parts.some((part) => part.carried);
  return {
    ...(text !== '' && { reasoning_content: text }),
    ...(carries && { reasoning_details: parts.flatMap((part, index) => writeDetails(part, index, carrier)) }),
  };
}
