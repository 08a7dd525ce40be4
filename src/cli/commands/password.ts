/** `halley users password`: sets the password of the caller or of another account. */
import type { Command } from 'commander';
import { asRecord } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { printJson, visible } from '../display.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { readSecretFile, type Terminal } from '../terminal.ts';
import { parseId } from '../values.ts';

interface PasswordOptions extends RemoteOptions {
  readonly passwordFile?: string;
  readonly currentFile?: string;
  readonly revokeAccessToken?: boolean;
}

/** @throws CliError when standard input is not a terminal, or the two inputs differ */
async function newPassword(terminal: Terminal, file: string | undefined): Promise<string> {
  if (file !== undefined) return readSecretFile(file);
  if (!terminal.canAsk)
    throw usageError('There is no terminal to ask for the password. Give --password-file.');
  const first = await terminal.askSecret('New password: ');
  if ((await terminal.askSecret('The same again: ')) === first) return first;
  throw new CliError(exitCodes.failure, 'The two passwords differ. Nothing was changed.');
}

async function currentPassword(terminal: Terminal, file: string | undefined): Promise<string> {
  if (file !== undefined) return readSecretFile(file);
  if (!terminal.canAsk) {
    throw usageError('There is no terminal to ask for the present password. Give --current-file.');
  }
  return terminal.askSecret('Present password: ');
}

export function addPassword(users: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    users
      .command('password [id]')
      .description(
        "set your own password, or another user's as an administrator; ends the sessions, and another user's access token too",
      ),
  )
    .option('--password-file <file>', 'file that contains the new password; - is standard input')
    .option('--current-file <file>', 'file that contains your present password; - is standard input')
    .option('--revoke-access-token', 'also revoke your access token, which programs may be using')
    .option(
      '--no-revoke-access-token',
      'keep it; without either option the command asks on a terminal, and otherwise keeps it',
    )
    .action(async (id: string | undefined, options: PasswordOptions) => {
      const { passwordFile, currentFile, revokeAccessToken } = options;
      if (id !== undefined && currentFile !== undefined) {
        throw usageError('--current-file is only for your own password.');
      }
      if (id !== undefined && revokeAccessToken !== undefined) {
        throw usageError(
          '--revoke-access-token is only for your own token: a new password of another user always revokes the token.',
        );
      }
      if (passwordFile === '-' && currentFile === '-') {
        throw usageError('Only one of --password-file and --current-file can be standard input.');
      }
      const client = connect(context, options);
      const flags = {
        id: '<id>',
        password: '--password-file',
        original_password: '--current-file',
        revoke_access_token: '--revoke-access-token',
      };
      const request =
        id === undefined
          ? { path: '/api/user/self', body: await ownChange(context, options) }
          : {
              path: '/api/user/',
              body: { id: Number(parseId(id)), password: await newPassword(terminal, passwordFile) },
            };
      const data = await client.call({ ...request, method: 'PUT', flags });
      if (options.json) return printJson(terminal, data);
      const { username } = asRecord(data);
      const ended = endsToken(request.body) ? 'its sessions and its access token' : 'its sessions';
      terminal.print(`The password of "${visible(username)}" is set, and ${ended} have ended.`);
      if (id === undefined && endsToken(request.body))
        terminal.warn('To create another access token: halley login');
    });
  examples(
    command,
    'halley users password',
    'halley users password 7 --password-file - < password.txt',
    'halley users password --current-file old.txt --password-file new.txt',
  );
}

async function ownChange({ terminal }: Context, options: PasswordOptions) {
  const original = await currentPassword(terminal, options.currentFile);
  const password = await newPassword(terminal, options.passwordFile);
  const isAsked = options.revokeAccessToken === undefined && terminal.canAsk;
  const revoke = isAsked
    ? await terminal.confirm('Revoke your access token as well? Programs that use it stop working.')
    : options.revokeAccessToken === true;
  return { original_password: original, password, revoke_access_token: revoke };
}

/** A new password of another account always ends its access token. */
const endsToken = (body: Readonly<Record<string, unknown>>): boolean =>
  'id' in body || body.revoke_access_token === true;
