/** What a protocol's report of usage looks like, as data for the readers. Pure. */
import { lastObjectNamed } from '../json-bytes.ts';
import type { JsonObject, Usage } from './protocol.ts';

/** What one report tells; undefined where it says nothing. */
export interface PartialUsage {
  readonly input: number | undefined;
  readonly output: number | undefined;
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
  /** Events of a stream that carry no output, or may not: never counted as tokens. */
  readonly framingEvents: number;
  /** Reads the report out of an answer, an event, or an object that has only the report. */
  read(answer: JsonObject): PartialUsage | undefined;
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined;
}

/** A token count, or undefined for whatever is none. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** The sum of the counts there are; undefined when there is none. */
export function sumOf(...values: readonly unknown[]): number | undefined {
  const counts = values.map(countOf).filter((count) => count !== undefined);
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
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
  try {
    return JSON.parse(bytes.toString('latin1'));
  } catch {
    return undefined;
  }
}

/**
 * Reads the report where it is among the last members of a top-level object, without parsing the others. What
 * follows its key, put after a brace, is an object only if the key is a member of the outermost one; and inside
 * a string the key's quotes would be escaped.
 */
export function readLastMember(shape: UsageShape, answer: Buffer): PartialUsage | undefined {
  const at = answer.lastIndexOf(shape.key);
  const members = at === -1 ? undefined : asObject(parseMembers(answer, at));
  return members && shape.read(members);
}

function parseMembers(answer: Buffer, at: number): unknown {
  try {
    return JSON.parse(`{${answer.toString('latin1', at)}`);
  } catch {
    return undefined;
  }
}

/** Reads the report out of the end of an answer or event whose start was not kept. */
export function readFromEnd(shape: UsageShape, end: Buffer, depth: number): PartialUsage | undefined {
  const report = lastObjectNamed(end, shape.key, depth);
  return report && shape.read({ [shape.key.toString('latin1').slice(1, -1)]: parseLoosely(report) });
}

/** Joins reports: what a newer one says goes before what older ones say. */
export class UsageSum implements PartialUsage {
  input: number | undefined;
  output: number | undefined;

  get complete(): boolean {
    return this.input !== undefined && this.output !== undefined;
  }

  /** For reports read newest first: fills what is still unknown. */
  addOlder(report: PartialUsage | undefined): void {
    this.input ??= report?.input;
    this.output ??= report?.output;
  }

  /** What is known, or undefined when nothing is; an unknown output counts as `outputUnknown`. */
  total(outputUnknown: number): Usage | undefined {
    if (this.input === undefined && this.output === undefined) return undefined;
    return {
      inputTokens: this.input ?? 0,
      outputTokens: this.output ?? outputUnknown,
      estimated: this.output === undefined && outputUnknown > 0,
    };
  }
}
