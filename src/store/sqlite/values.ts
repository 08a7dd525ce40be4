/** Value ranges and list parameters of SQLite. */
import type { Value } from './connection.ts';

/** SQLite has no booleans: they are 0 and 1. */
export function storableValues(values: readonly (Value | boolean)[]): Value[] {
  return values.map((value) => (typeof value === 'boolean' ? Number(value) : value));
}

/** `?first, ?first+1, …` for as many columns. */
export function parameters(columns: readonly string[], first: number): string {
  return columns.map((_, at) => `?${first + at}`).join(', ');
}

/** `column = ?, …` for UPDATE. */
export function assignments(columns: readonly string[]): string {
  return columns.map((column) => `${column} = ?`).join(', ');
}
