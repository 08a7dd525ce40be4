/**
 * CSV (RFC 4180), safe to open in a spreadsheet. Spreadsheets run cells that begin with `=`, `+`, `-` or `@` as formulas,
 * and those of East Asia also the wide forms. Such a cell, and one that begins with an apostrophe, is written with an
 * apostrophe in front, which the reader removes.
 */
import { HalleyError } from '../platform/errors.ts';

const needsGuard = /^[=+\-@＝＋－＠'\t\r\n]/;
const needsQuotes = /[",\r\n]|^\s|\s$/;

/** One line with its line break. Numbers and booleans are written as they are. */
export function csvLine(fields: readonly (string | number | boolean)[]): string {
  return `${fields.map(csvField).join(',')}\r\n`;
}

function csvField(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  const text = needsGuard.test(value) ? `'${value}` : value;
  return needsQuotes.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export interface CsvLine {
  /** Of the file, counted from 1. */
  readonly number: number;
  readonly cells: readonly string[];
}

/**
 * Splits a text into lines and cells. It skips empty lines and a byte order mark.
 * @throws HalleyError('invalid_value') for quotes that are not closed, or not around a whole cell
 */
export function readCsv(text: string): CsvLine[] {
  const lines: CsvLine[] = [];
  // A cell in quotes or not, then what ends it.
  const cell = /(?:"([^"]*(?:""[^"]*)*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  const whole = text.replace(/^\ufeff/, '');
  let number = 1;
  let first = 1;
  let cells: string[] = [];
  while (cell.lastIndex < whole.length || cells.length > 0) {
    const match = cell.exec(whole);
    if (!match) {
      const message = `Line ${number}, cell ${cells.length + 1}: its quotes are not valid.`;
      throw new HalleyError('invalid_value', { message });
    }
    const [all, inQuotes, plain = '', end] = match;
    cells.push(withoutGuard(inQuotes?.replaceAll('""', '"') ?? plain));
    number += all.split('\n').length - 1;
    if (end === ',') continue;
    if (cells.length > 1 || cells[0] !== '') lines.push({ number: first, cells });
    cells = [];
    first = number;
  }
  return lines;
}

const withoutGuard = (cell: string): string => (cell.startsWith("'") ? cell.slice(1) : cell);
