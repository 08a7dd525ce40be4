/** Formats values and records for people: texts, amounts, times, tables, fields. */
import { styleText } from 'node:util';
import { limits } from '../platform/limits.ts';
import { wrapped } from './layout.ts';
import { Table, type TableOptions } from './table.ts';
import type { Terminal } from './terminal.ts';

const numbers = new Intl.NumberFormat('en-US');
const dollars = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 6 });

/**
 * Escapes control characters. Text from other people could otherwise control the terminal or reverse the text
 * direction.
 */
export const visible = (value: unknown): string =>
  String(value ?? '').replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );

/** Formats a number with separators: `100,000`. */
export const count = (value: unknown): string =>
  typeof value === 'number' ? numbers.format(value) : visible(value);

/** Formats a number with its noun: `1 key`, `2 keys`. */
export const counted = (number: number, nouns: string): string =>
  `${count(number)} ${number === 1 ? nouns.replace(/ies$/, 'y').replace(/s$/, '') : nouns}`;

/** Formats units with their value in USD: `1,000,000 (2.00 USD)`. */
export function amount(units: unknown): string {
  if (typeof units !== 'number') return '';
  return `${numbers.format(units)} (${dollars.format(units / limits.quota_units_per_usd)} USD)`;
}

/** Formats the value of units in USD: `$2.00`, `-$0.50`. */
export function usd(units: unknown): string {
  if (typeof units !== 'number') return '';
  const worth = units / limits.quota_units_per_usd;
  return `${worth < 0 ? '-' : ''}$${dollars.format(Math.abs(worth))}`;
}

/** Formats seconds since 1970 UTC to the minute; `never` for -1. */
export function moment(seconds: unknown): string {
  if (typeof seconds !== 'number' || seconds === 0) return '';
  if (seconds === -1) return 'never';
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? String(seconds)
    : `${date.toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

const spans: readonly (readonly [seconds: number, unit: string])[] = [
  [365 * 86_400, 'y'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
];

/** Formats a time relative to now in its largest whole unit: `3d ago`, `in 12h`, `now`; `never` for -1. */
export function relative(seconds: unknown, nowSeconds: number): string {
  if (typeof seconds !== 'number' || seconds === 0 || seconds === -1) return moment(seconds);
  const distance = Math.abs(seconds - nowSeconds);
  const span = spans.find(([length]) => distance >= length);
  if (!span) return 'now';
  const text = `${numbers.format(Math.floor(distance / span[0]))}${span[1]}`;
  return seconds > nowSeconds ? `in ${text}` : `${text} ago`;
}

/** Shortens a secret to its first and last characters. */
export function masked(value: unknown): string {
  const text = String(value ?? '');
  return text.includes('*') || text.includes('…')
    ? visible(text)
    : visible(`${text.slice(0, 7)}…${text.slice(-4)}`);
}

/** A generic table truncates texts to this width before it omits columns from the right. */
const cutTo = 12;

/** Prints rows below a header. Use `Table` for columns with properties of their own. */
export function printTable(
  terminal: Terminal,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions = {},
): void {
  const columns = head.map((name, index) => ({
    head: name,
    full: (row: readonly string[]) => row[index] ?? '',
    rank: index < 2 ? 0 : index,
    shrinksTo: cutTo,
  }));
  const table = new Table(terminal, columns, options);
  table.add(rows);
  table.end();
}

/** When less width remains for the value, let the terminal wrap it. */
const valueWidthMin = 20;

/** Prints one record as `name  value` lines. */
export function printFields(terminal: Terminal, fields: readonly (readonly [string, string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length)) + 2;
  const room = terminal.columns - width;
  for (const [name, value] of fields) {
    if (!terminal.interactive) {
      terminal.print(`${name}\t${value}`);
      continue;
    }
    const lines = room < valueWidthMin ? [value] : wrapped(value, room);
    lines.forEach((line, index) => {
      const label = (index === 0 ? name : '').padEnd(width);
      const shown = terminal.color ? styleText('bold', label, { validateStream: false }) : label;
      terminal.print((shown + line).trimEnd());
    });
  }
}

/** Prints data as JSON for programs. */
export const printJson = (terminal: Terminal, data: unknown): void =>
  terminal.print(JSON.stringify(data ?? null, null, 2));

/** Writes a JSON array item by item. The array stays unclosed after a failure, so that programs notice it. */
export class JsonArray {
  readonly #terminal: Terminal;
  #held: string | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.print('[');
  }

  add(items: readonly unknown[]): void {
    for (const item of items) {
      if (this.#held !== undefined) this.#terminal.print(`${this.#held},`);
      this.#held = `  ${JSON.stringify(item, null, 2).split('\n').join('\n  ')}`;
    }
  }

  end(): void {
    if (this.#held !== undefined) this.#terminal.print(this.#held);
    this.#terminal.print(']');
  }
}
