/** How records are shown to people: tables, amounts, times. Pure, but for what it is told of the terminal. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import { limits } from '../platform/limits.ts';
import type { Terminal } from './terminal.ts';

const numbers = new Intl.NumberFormat('en-US');
const dollars = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 6 });

/** Texts of others could otherwise steer the terminal, or turn the direction of what follows them. */
export const visible = (value: unknown): string =>
  String(value ?? '').replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  );

/** Units with their worth: `1,000,000 (2.00 USD)`. */
export function amount(units: unknown): string {
  if (typeof units !== 'number') return '';
  return `${numbers.format(units)} (${dollars.format(units / limits.quota_units_per_usd)} USD)`;
}

/** Seconds since 1970 UTC, to the minute; `never` for -1. */
export function moment(seconds: unknown): string {
  if (typeof seconds !== 'number' || seconds === 0) return '';
  if (seconds === -1) return 'never';
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? String(seconds)
    : `${date.toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** A secret by its start and end. */
export function masked(value: unknown): string {
  const text = String(value ?? '');
  return text.includes('*') || text.includes('…')
    ? visible(text)
    : visible(`${text.slice(0, 7)}…${text.slice(-4)}`);
}

/** Rows under a header: framed for a person, tab-separated where no person reads. */
export function printTable(
  terminal: Terminal,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  if (!terminal.interactive) {
    for (const row of [head, ...rows]) terminal.print(row.join('\t'));
    return;
  }
  // Coloured here: the table's own colours go by the environment, whatever the terminal is said to be.
  const shownHead = head.map((name) =>
    terminal.color ? styleText('bold', name, { validateStream: false }) : name,
  );
  const table = new Table({ head: shownHead, style: { head: [], border: [] } });
  for (const row of rows) table.push([...row]);
  terminal.print(table.toString());
}

/** One record as `name  value` lines. */
export function printFields(terminal: Terminal, fields: readonly (readonly [string, string])[]): void {
  const width = Math.max(...fields.map(([name]) => name.length));
  for (const [name, value] of fields) {
    terminal.print(terminal.interactive ? `${name.padEnd(width)}  ${value}` : `${name}\t${value}`);
  }
}

/** Data for programs, as the API gave it. */
export const printJson = (terminal: Terminal, data: unknown): void =>
  terminal.print(JSON.stringify(data ?? null, null, 2));
