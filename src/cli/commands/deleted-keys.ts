/** `halley keys deleted`: lists deleted keys and the attempts to use them since. */
import type { Command } from 'commander';
import { type Context, connect, examples, nowSeconds } from '../context.ts';
import { count, visible } from '../display.ts';
import { type Fields, type ListOptions, listOptions, printList, timeColumn } from '../listing.ts';
import type { Column } from '../table.ts';
import { parseId, parseTime } from '../values.ts';

interface DeletedOptions extends ListOptions {
  readonly since?: string;
  readonly attempted?: true;
  readonly anyAccount?: true;
  readonly account?: string;
}

/** In seconds since 1970; -1 means never. */
const lastAttempt = (key: Fields): unknown => (key.last_attempt_time === 0 ? -1 : key.last_attempt_time);

const columnsOf = (context: Context, options: DeletedOptions): readonly Column<Fields>[] => [
  { head: 'ID', full: (key) => visible(key.id) },
  { head: 'ACCOUNT', full: (key) => visible(key.user_id ?? 'unknown'), rank: 5 },
  { head: 'NAME', full: (key) => visible(key.name), shrinksTo: 12 },
  { head: 'KEY', full: (key) => visible(key.key), rank: 4 },
  timeColumn(context, options, 'DELETED', (key) => key.deleted_time, { rank: 3 }),
  { head: 'ATTEMPTS', full: (key) => count(Number(key.attempts)) },
  timeColumn(context, options, 'LAST ATTEMPT', lastAttempt, { rank: 2 }),
  {
    head: 'FROM',
    full: (key) => visible((key.addresses as readonly string[]).join(', ')),
    shrinksTo: 15,
    rank: 1,
  },
];

export function addDeletedKeys(keys: Command, context: Context): void {
  const command = listOptions(
    keys
      .command('deleted')
      .description('list deleted keys and the requests that used them after deletion, latest deletion first'),
    'keys',
  )
    .option('--since <when>', 'deleted since then: 7d, 12h, 2027-01-01 or 2027-01-01T12:00Z')
    .option('--attempted', 'only keys that clients used after the deletion')
    .option('--any-account', 'keys of all accounts that you manage; for administrators')
    .option('--account <id>', 'keys of this account that you manage; for administrators', parseId)
    .action(async (options: DeletedOptions) => {
      const { since, attempted, anyAccount, account } = options;
      const listing = {
        path: '/api/token/deleted',
        query: {
          since: since === undefined ? undefined : parseTime(since, nowSeconds(context)),
          attempted: attempted ? '1' : undefined,
          scope: anyAccount || account !== undefined ? 'managed' : undefined,
          user_id: account,
        },
        flags: { since: '--since', user_id: '--account', attempted: '--attempted', scope: '--any-account' },
        byCursor: false,
        nouns: 'deleted keys',
        columns: columnsOf(context, options),
      };
      await printList(context, connect(context, options), listing, options);
    });
  examples(
    command,
    'halley keys deleted --attempted',
    'halley keys deleted --since 7d --any-account --json',
    'halley keys deleted --account 7 --all --wide',
  );
}
