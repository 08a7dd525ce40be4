/**
 * Reads members by both of the spellings that Google's JSON reader takes: `maxOutputTokens` and `max_output_tokens`,
 * and numbers as text (the JSON form of protocol buffers). Pure.
 */
import type { JsonObject } from '../../protocol.ts';
import { isPlainObject, malformed } from '../json.ts';

export function snakeCase(camelCase: string): string {
  return camelCase.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** @param name in camel case. `null` is as good as absent. */
export function member(object: JsonObject | undefined, name: string): unknown {
  return object?.[name] ?? object?.[snakeCase(name)] ?? undefined;
}

export function textMember(object: JsonObject | undefined, name: string, path: string): string | undefined {
  const value = member(object, name);
  if (value === undefined || typeof value === 'string') return value;
  throw malformed(`${path}${name}`, 'a string');
}

export function numberMember(object: JsonObject | undefined, name: string, path: string): number | undefined {
  const value = member(object, name);
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isFinite(number)) return number;
  throw malformed(`${path}${name}`, 'a number');
}

export function booleanMember(
  object: JsonObject | undefined,
  name: string,
  path: string,
): boolean | undefined {
  const value = member(object, name);
  if (value === undefined || typeof value === 'boolean') return value;
  throw malformed(`${path}${name}`, 'true or false');
}

export function objectMember(
  object: JsonObject | undefined,
  name: string,
  path: string,
): JsonObject | undefined {
  const value = member(object, name);
  if (value === undefined || isPlainObject(value)) return value;
  throw malformed(`${path}${name}`, 'an object');
}

/** @returns an empty list for none */
export function objectsMember(
  object: JsonObject | undefined,
  name: string,
  path: string,
): readonly JsonObject[] {
  const value = member(object, name);
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every(isPlainObject)) return value;
  throw malformed(`${path}${name}`, 'a list of objects');
}

/** @returns an empty list for none */
export function textsMember(object: JsonObject | undefined, name: string, path: string): readonly string[] {
  const value = member(object, name);
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw malformed(`${path}${name}`, 'a list of strings');
}
