/**
 * Reads cells of another gateway's tables. Databases and CSV files write the same value in different ways: PostgreSQL
 * gives large numbers as text, SQLite booleans as 0 and 1, and a dump of MySQL NULL as a word. Pure.
 */

export type Cell = unknown;
/** One row of a table, by the names of its columns. */
export type SourceRow = Readonly<Record<string, Cell>>;

const isMissing = (cell: Cell): boolean =>
  cell === null || cell === undefined || cell === '\\N' || cell === 'NULL';

/** @returns '' for a missing one */
export function text(cell: Cell): string {
  return isMissing(cell) ? '' : String(cell);
}

/** @returns `fallback` for a missing cell or one that is no number */
export function number(cell: Cell, fallback = 0): number {
  if (isMissing(cell) || cell === '') return fallback;
  const read = Number(cell);
  return Number.isFinite(read) ? read : fallback;
}

export function boolean(cell: Cell): boolean {
  return cell === true || ['1', 'true', 't'].includes(text(cell).toLowerCase());
}

/** @returns whether there is anything but an empty text */
export function isGiven(cell: Cell): boolean {
  return !isMissing(cell) && cell !== '';
}

/** @returns undefined for a missing cell and for one that holds no JSON object */
export function record(cell: Cell): Readonly<Record<string, unknown>> | undefined {
  if (isObject(cell)) return cell;
  try {
    const read: unknown = JSON.parse(text(cell));
    return isObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Splits a list and drops what is empty. */
export function list(cell: Cell, separator: string | RegExp): readonly string[] {
  const items = Array.isArray(cell) ? cell.map(text) : text(cell).split(separator);
  return [...new Set(items.map((item) => item.trim()).filter((item) => item !== ''))];
}

const withoutZone = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:[\d.]+)?$/;

/** Reads what names no zone as UTC. @returns whole seconds since 1970; undefined for a missing cell or one that is no time */
export function seconds(cell: Cell): number | undefined {
  if (!isGiven(cell)) return undefined;
  if (cell instanceof Date) return Math.floor(cell.getTime() / 1000);
  const plain = Number(cell);
  if (Number.isFinite(plain)) return Math.floor(plain);
  const written = text(cell);
  const parsed = Date.parse(withoutZone.test(written) ? `${written.replace(' ', 'T')}Z` : written);
  return Number.isNaN(parsed) ? undefined : Math.floor(parsed / 1000);
}
