/** Replaces, in rows for PostgreSQL, characters that it cannot hold (NUL, half a surrogate pair) by U+FFFD. Pure. */
import { mayBeUnstorable, storable } from '../postgres/storable.ts';
import type { TransferTable } from './tables.ts';

/**
 * @param row a JSON array, in the order of the columns
 * @returns the row as PostgreSQL can hold it; the same text when nothing had to be replaced
 */
export function storableRow({ columns }: TransferTable, row: string): string {
  if (!mayBeUnstorable(row)) return row;
  const kinds = Object.values(columns);
  const values = JSON.parse(row) as unknown[];
  let isChanged = false;
  const replaced = values.map((value, index) => {
    if (typeof value !== 'string') return value;
    const kind = kinds[index];
    const text = kind === 'json' ? storableJson(value) : kind === 'text' ? storable(value) : value;
    isChanged ||= text !== value;
    return text;
  });
  return isChanged ? JSON.stringify(replaced) : row;
}

/** Escaped characters are replaced too: PostgreSQL parses the JSON when totals are recomputed. */
function storableJson(text: string): string {
  if (!mayBeUnstorable(text) && storable(text) === text) return text;
  const value: unknown = JSON.parse(storable(text));
  const replaced = JSON.stringify(storableValue(value));
  // Only what is necessary: another writer may have formatted the text differently.
  return replaced === JSON.stringify(value) ? storable(text) : replaced;
}

function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [storable(name), storableValue(each)]),
  );
}
