/** What a protocol's report of usage looks like, as data for the readers. Pure. */
import { type Usage, type UsageCategory, usageCategories } from '../../domain/usage.ts';
import { lastObjectNamed } from '../json-bytes.ts';
import type { JsonObject } from '../protocol.ts';
import type { ToolCallShape } from './tool-calls.ts';

/** What one report says; undefined where it says nothing. */
export interface PartialUsage extends Counts {
  /** The upstream's id of the response, where it stands beside the report. */
  readonly id?: string | undefined;
  /** As `serviceTierOf` gives it. */
  readonly tier?: string | undefined;
  /** What is charged in addition, since the totals leave it out. */
  readonly beside?: Partial<Usage> | undefined;
}

export interface UsageShape {
  /**
   * Bytes that every report holds and other content seldom does, found by one native search. Without the
   * opening quote, which is so common in JSON that it makes the search twice as slow.
   */
  readonly needle: Buffer;
  /** The report's key as it is written, with its quotes. */
  readonly key: Buffer;
  /** How many objects enclose the report in a server-sent event: 1 for a member of the event itself. */
  readonly eventDepth: number;
  /** Whether what went through the cache is reported beside `input`, which does not include it. */
  readonly cacheBesideInput: boolean;
  /** The key of the upstream's id of a response. */
  readonly idKey: 'id' | 'responseId';
  /** Bytes that every report of the service tier holds; undefined = it is a part of the report of the usage. */
  readonly tierNeedle: Buffer | undefined;
  /** Calls of hosted tools, which stand outside of the report of the usage; undefined = there are none. */
  readonly toolCalls: ToolCallShape | undefined;
  /** A key that answers with output have, and those without (embeddings) have not; with its quotes. */
  readonly outputKey: Buffer;
  /** Reads the report out of a response, an event, or an object that has only the report. */
  read(response: JsonObject): PartialUsage | undefined;
  /** Adds the texts that a model wrote in a response, or in one event of it, to `texts`. */
  addTexts(response: JsonObject, texts: string[]): void;
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
}

/** Beyond any request: keeps an absurd report from breaking sums. */
const tokensMax = 2 ** 40;

/** A token count, or undefined for whatever is none. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= tokensMax
    ? value
    : undefined;
}

/** The sum of the counts there are; undefined when there is none. */
export function sumOf(...values: readonly unknown[]): number | undefined {
  let sum: number | undefined;
  for (const value of values) {
    const count = countOf(value);
    if (count !== undefined) sum = (sum ?? 0) + count;
  }
  return sum;
}

type Counts = Readonly<Partial<Record<UsageCategory, number | undefined>>>;

/** The sums of the counts that either has. */
export function addCounts(one: Counts, other: Counts): Partial<Usage> {
  const sums = usageCategories.map((category) => [category, sumOf(one[category], other[category])] as const);
  return Object.fromEntries(sums.filter(([, sum]) => sum !== undefined));
}

/** Some upstreams write 0 for a count that they report elsewhere: no request has an input of 0 tokens. */
export function unlessZero(count: number | undefined): number | undefined {
  return count === 0 ? undefined : count;
}

/**
 * Parses JSON whose interesting parts are ASCII: numbers, and the names of members. Bytes are taken as
 * Latin-1, which is faster than UTF-8, cannot fail, and leaves the structure as it is.
 */
export function parseLoosely(bytes: Buffer): unknown {
  return parseOr(bytes.toString('latin1'));
}

/** The value of a JSON text; undefined when it is none. */
export function parseOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Reads the report where it is among the last members of a top-level object, without parsing the others. What
 * follows its key, put after a brace, is an object only if the key is a member of the outermost one; and inside
 * a string the key's quotes would be escaped.
 */
export function readLastMember(shape: UsageShape, response: Buffer): PartialUsage | undefined {
  const at = response.lastIndexOf(shape.key);
  const members = at === -1 ? undefined : asObject(parseOr(`{${response.toString('latin1', at)}`));
  return members && shape.read(members);
}

/** Reads the report out of the end of a response or event whose start was not kept. */
export function readFromEnd(shape: UsageShape, end: Buffer, depth: number): PartialUsage | undefined {
  const report = lastObjectNamed(end, shape.key, depth);
  return report && shape.read({ [shape.key.toString('latin1').slice(1, -1)]: parseLoosely(report) });
}

const idLengthMax = 128;
/** An id further from the start of a response than this is not looked for. */
const idSearchBytes = 1024;

/** An upstream's id as it may stand in a record; '' for whatever is none. */
export function idOf(value: unknown): string {
  return typeof value === 'string' && value.length <= idLengthMax && /^[\x21-\x7e]+$/.test(value)
    ? value
    : '';
}

/**
 * The id at the beginning of a response or of a stream. Ids inside an array are those of its parts.
 * @param start the first piece of the response
 */
export function idAtStart(shape: UsageShape, start: Buffer): string {
  const text = start.toString('latin1', 0, idSearchBytes);
  const array = text.indexOf('[', 1);
  const key = text.indexOf(`"${shape.idKey}"`);
  if (key === -1 || (array !== -1 && array < key)) return '';
  const value = /\s*:\s*"([^"\\]*)"/y;
  value.lastIndex = key + shape.idKey.length + 2;
  return idOf(value.exec(text)?.[1]);
}
