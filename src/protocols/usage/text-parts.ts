/** Small steps through parsed JSON of which nothing is known for sure. Pure. */
import type { JsonObject } from '../protocol.ts';
import { asObject } from './usage-shape.ts';

const nothing: readonly JsonObject[] = [];

/** The objects in an array; none for whatever is no array. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => asObject(item) !== undefined) : nothing;
}

/** Adds those of `values` that are strings. */
export function addStrings(texts: string[], ...values: readonly unknown[]): void {
  for (const value of values) if (typeof value === 'string') texts.push(value);
}

/** Adds a value as JSON, which is how a model writes the arguments of a tool call. */
export function addJson(texts: string[], value: unknown): void {
  if (value === undefined) return;
  try {
    texts.push(JSON.stringify(value));
  } catch {
    // Nested deeper than can be written: no model has written it.
  }
}
