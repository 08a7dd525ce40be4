/** `halley journal`: lists the entries that make up a balance. */
import type { Command } from 'commander';
import { type Context, connect, examples } from '../context.ts';
import { visible } from '../display.ts';
import {
  type Fields,
  type ListOptions,
  listOptions,
  printList,
  timeColumn,
  unitsColumn,
} from '../listing.ts';
import { parseId } from '../values.ts';

interface JournalOptions extends ListOptions {
  readonly allUsers?: true;
  readonly user?: string;
}

export function addJournal(program: Command, context: Context): void {
  const command = listOptions(
    program
      .command('journal')
      .description('list the changes of your balance other than charges, newest first: opening, topup, set'),
    'entries',
  )
    .option('--all-users', 'entries of all accounts, for administrators')
    .option('--user <id>', 'only those of this account, for administrators', parseId)
    .action(async (options: JournalOptions) => {
      const { allUsers, user } = options;
      const ofAll = allUsers === true || user !== undefined;
      const userColumn = { head: 'USER', full: (entry: Fields) => visible(entry.user_id) };
      const listing = {
        path: ofAll ? '/api/user/journal' : '/api/user/self/journal',
        query: { user_id: user },
        flags: { user_id: '--user' },
        byCursor: false,
        nouns: 'entries',
        columns: [
          timeColumn(context, options, 'TIME', (entry) => entry.created_at),
          ...(ofAll ? [userColumn] : []),
          { head: 'KIND', full: (entry: Fields) => visible(entry.kind) },
          unitsColumn('AMOUNT', (entry) => entry.quota),
          { head: 'REASON', full: (entry: Fields) => visible(entry.reason), shrinksTo: 12 },
          { head: 'TRADE NO', full: (entry: Fields) => visible(entry.trade_no), shrinksTo: 8, rank: 1 },
          { head: 'BY', full: (entry: Fields) => visible(entry.admin_id || 'gateway'), rank: 2 },
        ],
      };
      await printList(context, connect(context, options), listing, options);
    });
  examples(command, 'halley journal', 'halley journal --user 7 --all --json');
}
