/** `halley usage`: shows aggregated usage. */
import type { Command } from 'commander';
import { recordsOf } from '../client.ts';
import { type Context, connect, examples, nowSeconds, remote } from '../context.ts';
import { count, usd, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import { type Fields, printRows, type RowsOptions, tableOptions, unitsColumn } from '../listing.ts';
import type { Column } from '../table.ts';
import { parseId, parseList, parseTime } from '../values.ts';

interface UsageOptions extends RowsOptions {
  readonly by: string[];
  readonly since?: number;
  readonly until?: number;
  readonly key?: string;
  readonly allUsers?: true;
  readonly user?: string;
}

/** The option that sets each query parameter. Error messages name the option. */
const flags = {
  by: '--by',
  token_id: '--key',
  start_timestamp: '--since',
  end_timestamp: '--until',
  user_id: '--user',
};

const keyName = (row: Fields): string =>
  row.token_name
    ? `${visible(row.token_name)} (${visible(row.token_id)})`
    : `deleted key ${visible(row.token_id)}`;

const partColumns: Readonly<Record<string, Column<Fields>>> = {
  day: { head: 'DAY', full: (row) => visible(row.day) },
  user: { head: 'USER', full: (row) => visible(row.username || row.user_id), shrinksTo: 10 },
  key: { head: 'KEY', full: keyName, shrinksTo: 16 },
  model: { head: 'MODEL', full: (row) => visible(row.model_name), shrinksTo: 16 },
};

const sumColumns: readonly Column<Fields>[] = [
  { head: 'REQUESTS', full: (row) => count(row.count) },
  { head: 'FAILED', full: (row) => count(row.errors), rank: 1 },
  { head: 'TOKENS IN', full: (row) => count(row.prompt_tokens), rank: 2 },
  { head: 'TOKENS OUT', full: (row) => count(row.completion_tokens), rank: 2 },
  unitsColumn('COST', (row) => row.quota),
];

function parseParts(text: string): string[] {
  const parts = parseList(text);
  const unknown = parts.find((part) => !Object.hasOwn(partColumns, part));
  if (unknown === undefined) return parts;
  throw usageError(`"${unknown}" is none of ${Object.keys(partColumns).join(', ')}.`);
}

const sum = (rows: readonly Fields[], field: string): number =>
  rows.reduce((total, row) => total + Number(row[field]), 0);

export function addUsage(program: Command, context: Context): void {
  const { terminal } = context;
  const time = (text: string) => parseTime(text, nowSeconds(context));
  const command = tableOptions(
    remote(program.command('usage').description('sum up the usage of the last 30 days or of another period')),
  )
    .option('--by <parts>', 'group by: day, key, model; for administrators also user', parseParts, ['model'])
    .option('--since <when>', '2h, 7d, 2027-01-01 (UTC) or 2027-01-01T12:00Z; whole hours', time)
    .option('--until <when>', 'the same, for the end', time)
    .option('--key <id>', 'only of this key', parseId)
    .option('--all-users', 'of all accounts, for administrators')
    .option('--user <id>', 'only of this account, for administrators', parseId)
    .action(async (options: UsageOptions) => {
      const { by, since, until, key, user } = options;
      const ofAll = options.allUsers === true || user !== undefined || by.includes('user');
      const query = {
        by: by.join(','),
        start_timestamp: since,
        end_timestamp: until,
        token_id: key,
        user_id: user,
      };
      const path = ofAll ? '/api/data/totals' : '/api/data/self/totals';
      const data = await connect(context, options).call({ path, query, flags });
      const parts = Object.entries(partColumns).filter(([part]) => by.includes(part));
      const columns = [...parts.map(([, column]) => column), ...sumColumns];
      printRows(context, { nouns: 'rows', columns }, data, options);
      const rows = recordsOf(data);
      if (!terminal.interactive || options.json || rows.length === 0) return;
      terminal.warn(`Together ${count(sum(rows, 'count'))} requests for ${usd(sum(rows, 'quota'))}.`);
    });
  examples(
    command,
    'halley usage',
    'halley usage --by day,key --since 7d',
    'halley usage --all-users --by user --since 2027-01-01 --until 2027-01-31T23:59Z',
  );
}
