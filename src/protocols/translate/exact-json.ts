/** Parses JSON so that writing it again keeps the text of numbers that JavaScript cannot hold, such as 64-bit ids. Pure. */

import type { JsonObject } from '../protocol.ts';
import { isPlainObject } from './json.ts';

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Members of ECMAScript 2026 that TypeScript's library does not have yet. */
interface JsonWithSource {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
}

const json = JSON as unknown as JsonWithSource;

/** Digits that a double always holds. */
const exactDigits = 15;
const longNumber = /\d{16}|[eE][+-]?\d{3}/;

const isWrittenSame = (value: number, source: string) => String(value) === source;

const isHeldExactly = (value: number, source: string) =>
  Number.isFinite(value) && (source.length <= exactDigits || isWrittenSame(value, source));

/** @param isFine whether a number may be written as JavaScript writes it */
function parseKeeping(text: string, isFine: (value: number, source: string) => boolean): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value !== 'number' || source === undefined || isFine(value, source) ? value : json.rawJSON(source),
  );
}

/**
 * Keeps the numbers that JavaScript cannot hold. Fast where there is none.
 * @throws SyntaxError for what is no JSON
 */
export function parseExactly(text: string): unknown {
  return longNumber.test(text) ? parseKeeping(text, isHeldExactly) : JSON.parse(text);
}

/**
 * Keeps every number as it is written, `1.0` too.
 * @throws SyntaxError for what is no JSON
 */
export function parseVerbatim(text: string): unknown {
  return parseKeeping(text, isWrittenSame);
}

/**
 * The object that a tool is called with.
 * @param parse one of the functions above
 * @returns undefined where the text is no object, such as when the response was cut off
 */
export function argumentsFrom(text: string, parse: (text: string) => unknown): JsonObject | undefined {
  if (text.trim() === '') return {};
  try {
    const value = parse(text);
    return isPlainObject(value) && !json.isRawJSON(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** For text that is no object, towards a protocol that takes nothing but one. */
export function wrappedArguments(text: string): JsonObject {
  return { arguments: text };
}
