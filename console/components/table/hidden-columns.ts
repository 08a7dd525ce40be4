/** Which columns of a table the user hid. The browser remembers it. */
import { useState } from 'react';

const storageKey = (table: string) => `halley.columns.${table}`;

/**
 * @param table the name of the table
 * @param startHidden columns that are hidden until the user chooses
 * @returns the hidden columns, and a function that shows or hides one
 */
export function useHiddenColumns(
  table: string,
  startHidden: readonly string[],
): readonly [ReadonlySet<string>, (column: string, isHidden: boolean) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => stored(table) ?? new Set(startHidden));
  const change = (column: string, isHidden: boolean) => {
    const next = new Set(hidden);
    if (isHidden) next.add(column);
    else next.delete(column);
    localStorage.setItem(storageKey(table), JSON.stringify([...next]));
    setHidden(next);
  };
  return [hidden, change];
}

function stored(table: string): ReadonlySet<string> | undefined {
  const text = localStorage.getItem(storageKey(table));
  if (text === null) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? new Set(value.filter((id) => typeof id === 'string')) : undefined;
  } catch {
    return undefined;
  }
}
