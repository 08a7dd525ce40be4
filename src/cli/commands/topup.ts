/** `halley users topup` and `topups`: add quota to an account with a reason, and list the additions. */
import type { Command } from 'commander';
import { asRecord } from '../client.ts';
import { type Context, connect, examples, nowSeconds, type RemoteOptions, remote } from '../context.ts';
import { amount, printJson, visible } from '../display.ts';
import type { Flags } from '../flags.ts';
import {
  type Fields,
  type ListOptions,
  listOptions,
  printList,
  timeColumn,
  unitsColumn,
} from '../listing.ts';
import { parseId, parseInteger, parseTime } from '../values.ts';

const path = '/api/user/topup';

/** The option that sets each field of a top-up. Error messages name the option. */
const flags = {
  user_id: '<id>',
  money: '--usd',
  quota: '--units',
  reason: '--reason',
  trade_no: '--trade-no',
} satisfies Flags;

interface TopupOptions extends RemoteOptions {
  readonly usd?: string;
  readonly units?: number;
  readonly reason: string;
  readonly tradeNo?: string;
}

export function addTopup(users: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    users
      .command('topup <id>')
      .description('add to the quota of a user, also while it is being spent; a negative amount subtracts'),
  )
    .option('--usd <amount>', 'USD to add, such as 25.00')
    .option('--units <units>', 'the same in units (500,000 = 1 USD)', parseInteger)
    .requiredOption('--reason <text>', 'reason; stored with the balance entry')
    .option('--trade-no <number>', 'your own reference number; each number is accepted once')
    .action(async (id: string, { usd, units, reason, tradeNo, ...options }: TopupOptions) => {
      // The API checks that exactly one of the two amounts is given, and its format.
      const body = { user_id: Number(parseId(id)), money: usd, quota: units, reason, trade_no: tradeNo };
      const data = await connect(context, options).call({ method: 'POST', path, body, flags });
      if (options.json) return printJson(terminal, data);
      const topup = asRecord(data);
      terminal.print(
        `Added ${amount(topup.quota)} to user ${visible(topup.user_id)} "${visible(topup.username)}".`,
      );
    });
  examples(
    command,
    'halley users topup 7 --usd 25.00 --reason "invoice 2027-014" --trade-no 2027-014',
    'halley users topup 7 --units -500000 --reason "charged back"',
  );
}

interface TopupsOptions extends ListOptions {
  readonly user?: string;
  readonly tradeNo?: string;
  readonly since?: number;
  readonly until?: number;
}

export function addTopups(users: Command, context: Context): void {
  const command = listOptions(
    users.command('topups').description('list the top-ups, newest first'),
    'top-ups',
  )
    .option('--user <id>', 'only those of this user', parseId)
    .option('--trade-no <number>', 'only the top-up with this reference number')
    .option('--since <when>', '2h, 7d, 2027-01-01 (UTC) or 2027-01-01T12:00Z', (text) =>
      parseTime(text, nowSeconds(context)),
    )
    .option('--until <when>', 'the same, for the end', (text) => parseTime(text, nowSeconds(context)))
    .action(async (options: TopupsOptions) => {
      const { user, tradeNo, since, until } = options;
      const listing = {
        path,
        query: { user_id: user, trade_no: tradeNo, start_time: since, end_time: until },
        flags: { user_id: '--user', trade_no: '--trade-no', start_time: '--since', end_time: '--until' },
        byCursor: false,
        nouns: 'top-ups',
        columns: [
          timeColumn(context, options, 'TIME', (topup) => topup.create_time),
          { head: 'USER', full: (topup: Fields) => visible(topup.username || topup.user_id), shrinksTo: 10 },
          unitsColumn('AMOUNT', (topup) => topup.quota),
          { head: 'REASON', full: (topup: Fields) => visible(topup.reason), shrinksTo: 12 },
          { head: 'TRADE NO', full: (topup: Fields) => visible(topup.trade_no), shrinksTo: 8, rank: 1 },
          { head: 'BY', full: (topup: Fields) => visible(topup.admin_id), rank: 2 },
        ],
      };
      await printList(context, connect(context, options), listing, options);
    });
  examples(command, 'halley users topups --user 7', 'halley users topups --since 30d --all --json');
}
