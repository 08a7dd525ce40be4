/**
 * `halley users revoke`: revokes all keys, the access token and the sessions of an account, and keeps the account.
 */
import type { Command } from 'commander';
import { asRecord } from '../client.ts';
import { type Context, connect, examples, remote } from '../context.ts';
import type { DeleteOptions } from '../deletion.ts';
import { printJson, visible } from '../display.ts';
import { requireConfirmation } from '../terminal.ts';
import { parseId } from '../values.ts';

export function addRevoke(users: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    users
      .command('revoke <id>')
      .description(
        'revoke all keys, the access token and the sessions of a user for good; the account remains',
      ),
  )
    .option('--yes', 'do not ask for confirmation')
    .action(async (given: string, options: DeleteOptions) => {
      const id = parseId(given);
      const client = connect(context, options);
      await requireConfirmation(terminal, options.yes, async () => {
        const user = asRecord(await client.call({ path: `/api/user/${id}` }));
        return `Revoke all credentials of user ${id} "${visible(user.username)}"? This cannot be undone.`;
      });
      const data = asRecord(await client.call({ method: 'POST', path: `/api/user/${id}/revoke` }));
      if (options.json) return printJson(terminal, data);
      const token = data.access_token ? 'revoked' : 'none';
      const [keys, sessions] = [visible(data.keys), visible(data.sessions)];
      terminal.print(
        `User ${id}: keys deleted: ${keys}; access token: ${token}; sessions ended: ${sessions}.`,
      );
      terminal.warn('Its password is unchanged. If others may know it too, set another.');
    });
  examples(command, 'halley users revoke 3', 'halley users revoke 3 --yes --json');
}
