/** Formats a request record as a table row. */
import type { Context } from './context.ts';
import { count, visible } from './display.ts';
import { type Fields, type RowsOptions, timeColumn, unitsColumn } from './listing.ts';
import type { Column } from './table.ts';

/** Maps the type names of the command line to the numbers of the API. */
export const recordTypes: Readonly<Record<string, number>> = {
  'top-up': 1,
  request: 2,
  management: 3,
  system: 4,
  error: 5,
  refund: 6,
};

const typeNames = new Map(Object.entries(recordTypes).map(([name, type]) => [type, name]));

/** Parses `other`, in which the API returns further fields as a JSON text. */
function otherOf({ other }: Fields): Fields {
  try {
    return JSON.parse(String(other)) as Fields;
  } catch {
    return {};
  }
}

const tokens = (record: Fields): string =>
  `${count(record.prompt_tokens)}+${count(record.completion_tokens)}`;

/** Returns `200` or the error. */
function result(record: Fields): string {
  const { status, error_code: error, outcome } = otherOf(record);
  const name = typeNames.get(Number(record.type)) ?? visible(record.type);
  if (record.type !== recordTypes.request && record.type !== recordTypes.error) return name;
  const word = error || (outcome === 'done' ? '' : outcome);
  return visible(word ? `${status} ${word}` : status);
}

const seconds = (record: Fields): string => {
  const { total_ms: ms } = otherOf(record);
  return typeof ms === 'number' ? `${(ms / 1000).toFixed(1)}s` : '';
};

/** @param ofAll whether to show the account of each record */
export function logColumns(
  context: Context,
  options: RowsOptions,
  ofAll: boolean,
): readonly Column<Fields>[] {
  const forAdmin: readonly Column<Fields>[] = [
    { head: 'USER', full: (record) => visible(record.username), shrinksTo: 8, rank: 1 },
    { head: 'CHANNEL', full: (record) => visible(record.channel_name || record.channel || ''), rank: 5 },
  ];
  return [
    timeColumn(context, options, 'TIME', (record) => record.created_at),
    ...(ofAll ? forAdmin : []),
    { head: 'KEY', full: (record) => visible(record.token_name || record.token_id), shrinksTo: 10 },
    { head: 'MODEL', full: (record) => visible(record.model_name), shrinksTo: 14 },
    { head: 'RESULT', full: result, shrinksTo: 14 },
    { head: 'TOKENS', full: tokens, rank: 3 },
    unitsColumn('COST', (record) => record.quota, { rank: 2 }),
    { head: 'TOOK', full: seconds, rank: 4 },
    { head: 'REQUEST', full: (record) => visible(record.request_id), rank: 6 },
    { head: 'ADDRESS', full: (record) => visible(record.ip), rank: 7 },
  ];
}
