/** Finds the limit that a request sets to its output, and lowers it by an edit of the body's bytes. Pure. */
import { type ByteEdit, memberInsertion, type Span, valuesOf } from '../json-bytes.ts';
import type { JsonObject } from '../protocol.ts';
import { folded, naturalOf } from './numbers-set.ts';

export interface OutputLimit {
  /** As the client's protocol names it. */
  readonly field: string;
  /** Tokens that the request plans for thinking; they count towards the limit. */
  readonly thinkingTokens: number;
  readonly places: readonly LimitPlace[];
}

/** Where the limit stands in the body, or would stand. */
export interface LimitPlace extends Span {
  /** What to write before and after the number. */
  readonly before: string;
  readonly after: string;
  /** The limit that the client set here; infinite = none. */
  readonly tokens: number;
}

/** Edits of the body after which no limit is above `tokens`. */
export function lowering({ places }: OutputLimit, tokens: number): readonly ByteEdit[] {
  return places
    .filter((place) => place.tokens > tokens)
    .map(({ start, end, before, after }) => ({ start, end, text: `${before}${tokens}${after}` }));
}

/**
 * @param bytes the text of `object`, in which the places are
 * @param names of the limit, folded
 * @param whenUnset the name to write where the client set no limit; undefined = it cannot be limited then
 * @returns undefined where the limit cannot be lowered, also when its value is none that can be understood
 */
export function limitIn(
  object: JsonObject,
  bytes: Buffer,
  names: readonly string[],
  whenUnset?: string,
): Pick<OutputLimit, 'field' | 'places'> | undefined {
  const keys = keysNamed(object, names);
  const set = keys.filter((key) => naturalOf(object[key]) !== undefined);
  const [first] = set;
  if (first !== undefined) return { field: folded(first), places: placesOf(object, bytes, set) };
  if (whenUnset === undefined || keys.some((key) => object[key] !== null)) return undefined;
  const places = keys.length > 0 ? placesOf(object, bytes, keys) : [insertion(bytes, `"${whenUnset}":`)];
  return { field: whenUnset, places };
}

/** The names by which an object has one of these members, however they are spelled. */
export function keysNamed(object: JsonObject, names: readonly string[]): readonly string[] {
  return Object.keys(object).filter((key) => names.includes(folded(key)));
}

function placesOf(object: JsonObject, bytes: Buffer, keys: readonly string[]): readonly LimitPlace[] {
  return keys.flatMap((key) => {
    const tokens = naturalOf(object[key]) ?? Number.POSITIVE_INFINITY;
    return valuesOf(bytes, key).map((span) => ({ ...span, before: '', after: '', tokens }));
  });
}

/** A member to put before the others of an object. */
export function insertion(bytes: Buffer, before: string, after = ''): LimitPlace {
  const { start, end, text } = memberInsertion(bytes, before + after);
  return { start, end, before, after: text.slice(before.length), tokens: Number.POSITIVE_INFINITY };
}
