/** Small steps through JSON that a client or an upstream sent. Pure. */
import { HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../protocol.ts';

export function isPlainObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a list; none for whatever is no list. */
export function objectsIn(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isPlainObject) : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function booleanOf(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined;
}

/** @param rule what the field must be, after `must be` */
export function malformed(field: string, rule: string): HalleyError {
  return new HalleyError('invalid_body', { message: `"${field}" must be ${rule}.`, param: field });
}

/** The members that are not undefined. */
export function defined(members: Readonly<Record<string, unknown>>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
