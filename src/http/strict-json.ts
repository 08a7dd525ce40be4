/**
 * Parses JSON strictly: rejects text that two parsers could interpret differently. Errors name the position, never
 * the text, which may hold a secret.
 */

import { backslash, quote } from '../domain/json-characters.ts';
import { parseJson } from '../domain/parse-json.ts';
import { HalleyError } from '../platform/errors.ts';

/** What a text may hold at most, checked before it is parsed. */
export interface JsonBounds {
  readonly depthMax: number;
  /** Names of members, in all objects together. */
  readonly namesMax: number;
  /** Values, in all objects and arrays together; an object or an array counts as two. */
  readonly valuesMax: number;
}

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** In a valid JSON text these find every string, number and bracket, since strings are skipped as a whole. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|-?\d[\d.eE+-]*/g;

/**
 * Parses one JSON text (RFC 8259) in UTF-8. Besides what that standard refuses, also: bytes that are not
 * UTF-8, more than `bounds` allow, a key twice in one object, the key `__proto__`, lone surrogates (which
 * are no Unicode text), and numbers beyond the range of a double.
 * @throws HalleyError('invalid_body')
 */
export function parseStrictJson(bytes: Uint8Array, bounds: JsonBounds): JsonValue {
  checkStructure(bytes, bounds);
  const text = decode(bytes);
  let value: JsonValue;
  try {
    // V8's parser keeps its own stack, so depth costs it no recursion.
    value = parseJson(text) as JsonValue;
  } catch (error) {
    throw invalid(`The body is not valid JSON${placeOf(error)}.`);
  }
  checkTokens(text);
  return value;
}

/**
 * Counts what a text is made of and stops at the first thing too many, so that a body of a few bytes a value
 * costs no more than its bytes. Of a text that is no JSON the counts mean nothing, and it is refused later.
 */
function checkStructure(bytes: Uint8Array, { depthMax, namesMax, valuesMax }: JsonBounds): void {
  let depth = 0;
  let names = 0;
  let values = 1;
  for (let index = 0; index < bytes.length; index += 1) {
    switch (bytes[index]) {
      case quote:
        index = endOfString(bytes, index);
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        values += 1;
        if (depth > depthMax) throw invalid(`The body is nested deeper than ${depthMax} levels.`);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      case 0x3a: // :
        names += 1;
        if (names > namesMax) throw invalid(`The body contains more than ${namesMax} names.`);
        break;
      case 0x2c: // ,
        values += 1;
        if (values > valuesMax) throw invalid(`The body contains more than ${valuesMax} values.`);
    }
  }
}

/** @param start where the string's first quote is */
function endOfString(bytes: Uint8Array, start: number): number {
  let offset = start + 1;
  while (offset < bytes.length && bytes[offset] !== quote) offset += bytes[offset] === backslash ? 2 : 1;
  return offset;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('The body is not valid UTF-8.');
  }
}

/** The engine's own message quotes the text, so only its position is taken. */
function placeOf(error: unknown): string {
  const position = error instanceof Error ? / at position (\d+)/.exec(error.message)?.[1] : undefined;
  return position === undefined ? '' : ` (at character ${position})`;
}

/** Goes through a valid text once; its memory is the keys of the objects that are open. */
function checkTokens(text: string): void {
  // One entry for each open bracket: the keys seen for an object, nothing for an array.
  const open: (Set<string> | undefined)[] = [];
  let keyExpected = false;
  for (const [found] of text.matchAll(token)) {
    if (found === '{' || found === '[') {
      open.push(found === '{' ? new Set() : undefined);
      keyExpected = found === '{';
    } else if (found === '}' || found === ']') {
      open.pop();
      keyExpected = false;
    } else if (found === ',') {
      keyExpected = open.at(-1) !== undefined;
    } else if (found.startsWith('"')) {
      const string = found.includes('\\') ? String(JSON.parse(found)) : found.slice(1, -1);
      if (!string.isWellFormed())
        throw invalid('The body contains a lone surrogate, which is not a character.');
      if (keyExpected) checkKey(string, open.at(-1));
      keyExpected = false;
    } else if (found !== ':' && !Number.isFinite(Number(found))) {
      throw invalid('The body contains a number that is too large.');
    }
  }
}

function checkKey(key: string, seen: Set<string> | undefined): void {
  if (key === '__proto__') throw invalid('The body contains the key "__proto__", which is not allowed.');
  if (seen?.has(key)) throw invalid(`The body contains the key ${quoted(key)} twice in one object.`);
  seen?.add(key);
}

/** For an error text: short whatever the caller sent. */
function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function invalid(message: string): HalleyError {
  return new HalleyError('invalid_body', { message });
}
