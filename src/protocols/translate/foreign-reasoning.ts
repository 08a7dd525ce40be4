/**
 * Finds reasoning of other providers in a request that goes to an upstream untranslated. The gateway wrote it into an
 * earlier response, when the conversation was with a model of another protocol; a provider refuses what it did not sign
 * (facts, section 5.2). Pure.
 */
import { type ByteEdit, memberRemoval, type Span, valuesOf, wholeElements } from '../json-bytes.ts';
import type { JsonObject } from '../protocol.ts';
import { isCarrier } from './carrier.ts';
import { foreignSignature, isForeignSignature } from './gemini/signatures.ts';
import { isPlainObject } from './json.ts';

/** Where one protocol keeps reasoning, and which of it the gateway wrote. */
export interface ReasoningPlace {
  /** The list of turns or items at the top level. */
  readonly list: string;
  /** The list within each of them; undefined = the items are reasoning themselves. */
  readonly within?: string;
  /** Whether the whole inner list came from the gateway where one of its parts did. */
  readonly isOfOneKind?: boolean;
  isForeign(part: JsonObject): boolean;
  /** A part that stays, with another text in a member; undefined = it stays as it is. */
  signedAnew?(part: JsonObject): { readonly member: string; readonly text: string } | undefined;
}

const textIs = (value: unknown, check: (text: string) => boolean) =>
  typeof value === 'string' && check(value);

/** Thinking that is not signed is of other models too: Anthropic signs all of its own. */
export const messagesReasoning: ReasoningPlace = {
  list: 'messages',
  within: 'content',
  isForeign: ({ type, signature, data }) =>
    (type === 'thinking' && textIs(signature, (text) => text === '' || isCarrier(text))) ||
    (type === 'redacted_thinking' && textIs(data, isCarrier)),
};

/** The ids that `write-output.ts` makes. */
const ownId = /^rs_[0-9a-z]{16,}_\d+$/;

export const responsesReasoning: ReasoningPlace = {
  list: 'input',
  isForeign: ({ type, id, encrypted_content }) =>
    type === 'reasoning' && (textIs(encrypted_content, isCarrier) || textIs(id, (text) => ownId.test(text))),
};

export const chatReasoning: ReasoningPlace = {
  list: 'messages',
  within: 'reasoning_details',
  isOfOneKind: true,
  isForeign: ({ data, signature }) => textIs(data, isCarrier) || textIs(signature, isCarrier),
};

const foreignSignatureIn = (part: JsonObject) =>
  ['thoughtSignature', 'thought_signature'].find((name) => textIs(part[name], isForeignSignature));
const isCall = ({ functionCall, function_call }: JsonObject) => isPlainObject(functionCall ?? function_call);

/** A call stays, and has the signature for calls of other models. */
export const geminiReasoning: ReasoningPlace = {
  list: 'contents',
  within: 'parts',
  isForeign: (part) =>
    !isCall(part) && (part.thought === true || !part.text) && foreignSignatureIn(part) !== undefined,
  signedAnew(part) {
    const member = isCall(part) ? foreignSignatureIn(part) : undefined;
    return member === undefined ? undefined : { member, text: foreignSignature };
  },
};

/**
 * Edits that leave it out.
 * @param bytes a valid JSON object, of which `body` is the parsed form
 * @returns none where there is nothing of the kind
 */
export function foreignReasoning(
  place: ReasoningPlace,
  body: JsonObject,
  bytes: Buffer,
): readonly ByteEdit[] {
  // Mutated by tests: reasoning of others
  const { list, within } = place;
  const items = listOf(body[list]);
  if (within === undefined) {
    const foreign = flagsOf(items, place);
    return foreign.includes(true) ? withoutElements(elementsOf(bytes, 0, list), foreign) : [];
  }
  const turns = items.map((item) => listOf(isPlainObject(item) ? item[within] : undefined));
  const concerned = turns.flatMap((parts, index) =>
    parts.some((part) => concerns(part, place)) ? [index] : [],
  );
  if (concerned.length === 0) return [];
  const spans = elementsOf(bytes, 0, list);
  const emptied = spans.map(() => false);
  const inner = concerned.flatMap((index): readonly ByteEdit[] => {
    const { start = 0, end = 0 } = spans[index] ?? {};
    const parts = turns[index] ?? [];
    const flags = flagsOf(parts, place);
    const item = bytes.subarray(start, end);
    if (place.isOfOneKind)
      return valuesOf(item, within).map((value) => moved(memberRemoval(item, value), start));
    // A turn without parts is refused too.
    emptied[index] = !flags.includes(false);
    if (emptied[index]) return [];
    const partSpans = elementsOf(item, start, within);
    return [...withoutElements(partSpans, flags), ...anew(parts, partSpans, bytes, place)];
  });
  return [...inner, ...withoutElements(spans, emptied)];
}

const flagsOf = (parts: readonly unknown[], { isForeign }: ReasoningPlace) =>
  parts.map((part) => isPlainObject(part) && isForeign(part));

const concerns = (part: unknown, { isForeign, signedAnew }: ReasoningPlace) =>
  isPlainObject(part) && (isForeign(part) || signedAnew?.(part) !== undefined);

function anew(
  parts: readonly unknown[],
  spans: readonly Span[],
  bytes: Buffer,
  { signedAnew }: ReasoningPlace,
): readonly ByteEdit[] {
  return parts.flatMap((part, index) => {
    const changed = isPlainObject(part) ? signedAnew?.(part) : undefined;
    const { start = 0, end = 0 } = spans[index] ?? {};
    if (!changed) return [];
    const text = JSON.stringify(changed.text);
    return valuesOf(bytes.subarray(start, end), changed.member).map((value) =>
      moved({ ...value, text }, start),
    );
  });
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The elements of a member that is a list. @param offset of the object within the body */
function elementsOf(object: Buffer, offset: number, name: string): readonly Span[] {
  const value = valuesOf(object, name).at(-1);
  if (!value) return [];
  return wholeElements(object.subarray(value.start, value.end)).map((span) =>
    moved(span, value.start + offset),
  );
}

function moved<Place extends Span>(place: Place, by: number): Place {
  return { ...place, start: place.start + by, end: place.end + by };
}

/** Leaves out the elements that are flagged, each with the comma that parts it from those that stay. */
function withoutElements(spans: readonly Span[], flags: readonly boolean[]): readonly ByteEdit[] {
  const kept = spans.flatMap((_, index) => (flags[index] ? [] : [index]));
  const [first] = kept;
  return spans.flatMap(({ start, end }, index): ByteEdit[] => {
    if (!flags[index]) return [];
    const next = spans[index + 1];
    const before = spans[index - 1];
    // Up to the next one, or, after the last that stays, from the one before.
    if (first === undefined || index < first || !before)
      return [{ start, end: next?.start ?? end, text: '' }];
    return [{ start: before.end, end, text: '' }];
  });
}
