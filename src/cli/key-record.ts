/** Formats a key as a table row or as fields; hides its value unless asked for it. */
import type { Command } from 'commander';
import { budgetLines } from './budget.ts';
import type { Context } from './context.ts';
import { amount, masked, printFields, usd, visible } from './display.ts';
import { type Fields, type RowsOptions, timeColumn, unitsColumn, when } from './listing.ts';
import type { Column } from './table.ts';

export const statusNames: Readonly<Record<string, string>> = {
  1: 'enabled',
  2: 'disabled',
  3: 'expired',
  4: 'exhausted',
};

export interface ValueOptions {
  readonly showValues?: true;
}

export const valueOption = (command: Command): Command =>
  command.option('--show-values', 'show complete values if the gateway still returns them');

/** Removes the value of the key unless `--show-values` is given. */
export const withoutValue = (key: Fields, { showValues }: ValueOptions): Fields =>
  showValues ? key : { ...key, key: masked(key.key ?? key.hint) };

/** In seconds since 1970; -1 means never. */
const lastUsed = (key: Fields): unknown => (key.last_used_time === 0 ? -1 : key.last_used_time);

export const status = (key: Fields): string => statusNames[String(key.status)] ?? visible(key.status);
const left = (key: Fields, show: (units: unknown) => string): string =>
  key.unlimited_quota ? 'unlimited' : show(key.remain_quota);
const limit = (value: unknown): string => (value ? visible(value) : 'none');

export function keyColumns(context: Context, options: RowsOptions & ValueOptions): readonly Column<Fields>[] {
  return [
    { head: 'ID', full: (key) => visible(key.id) },
    { head: 'NAME', full: (key) => visible(key.name), shrinksTo: 12 },
    { head: 'KEY', full: (key) => visible(key.key ?? key.hint), ...(options.showValues ? {} : { rank: 3 }) },
    { head: 'STATUS', full: status },
    { head: 'LEFT', full: (key) => left(key, amount), short: (key) => left(key, usd), rank: 2 },
    unitsColumn('USED', (key) => key.used_quota, { rank: 4 }),
    timeColumn(context, options, 'EXPIRES', (key) => key.expired_time, { rank: 5 }),
    timeColumn(context, options, 'LAST USED', lastUsed, { rank: 1 }),
  ];
}

export function printKey(context: Context, key: Fields): void {
  const addresses = visible(String(key.allow_ips ?? '').replaceAll('\n', ', '));
  printFields(context.terminal, [
    ['id', visible(key.id)],
    ['name', visible(key.name)],
    ['key', visible(key.key)],
    ['status', status(key)],
    ['left', left(key, amount)],
    ['used', amount(key.used_quota)],
    ['expires', when(context, key.expired_time)],
    ['models', key.model_limits_enabled ? visible(key.model_limits).replaceAll(',', ', ') : 'any'],
    ['addresses', addresses || 'any'],
    ['group', visible(key.group) || "the account's"],
    ...budgetLines(key),
    ['requests/min', limit(key.rpm_limit)],
    ['tokens/min', limit(key.tpm_limit)],
    ['concurrency', limit(key.concurrency_limit)],
    ['content kept', key.content_log_days ? `${visible(key.content_log_days)} days` : 'no'],
    ['created', when(context, key.created_time)],
    ['last used', when(context, lastUsed(key))],
  ]);
}
