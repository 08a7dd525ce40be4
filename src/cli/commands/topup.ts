/** `halley users topup`: adding to an account's quota, with a reason. */
import type { Command } from 'commander';
import { asRecord } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { amount, printJson, visible } from '../display.ts';
import { parseId, parseInteger } from '../values.ts';

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
      .description('add to the quota of a user, whatever is being spent of it; a negative amount takes'),
  )
    .option('--usd <amount>', 'USD to add, such as 25.00')
    .option('--units <units>', 'the same in units (500,000 = 1 USD)', parseInteger)
    .requiredOption('--reason <text>', 'why; it is kept in the journal')
    .option('--trade-no <number>', 'your own number; the same one is taken only once')
    .action(async (id: string, { usd, units, reason, tradeNo, ...options }: TopupOptions) => {
      // That one of the two amounts is given, and how it is written, the API checks.
      const body = { user_id: Number(parseId(id)), money: usd, quota: units, reason, trade_no: tradeNo };
      const data = await connect(context, options).call({ method: 'POST', path: '/api/user/topup', body });
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
