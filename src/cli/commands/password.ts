/** `halley users password`: a new password, one's own or another's. */
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
}

/** @throws CliError when nobody can be asked, or the two do not agree */
async function newPassword(terminal: Terminal, file: string | undefined): Promise<string> {
  if (file !== undefined) return readSecretFile(file);
  if (!terminal.canAsk) throw usageError('Nobody can be asked for the password here. Give --password-file.');
  const first = await terminal.askSecret('New password: ');
  if ((await terminal.askSecret('The same again: ')) === first) return first;
  throw new CliError(exitCodes.failure, 'These are two passwords. Nothing was changed.');
}

async function currentPassword(terminal: Terminal, file: string | undefined): Promise<string> {
  if (file !== undefined) return readSecretFile(file);
  if (!terminal.canAsk) {
    throw usageError('Nobody can be asked for the present password here. Give --current-file.');
  }
  return terminal.askSecret('Present password: ');
}

export function addPassword(users: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    users
      .command('password [id]')
      .description('set your own password, or as an administrator that of a user, and end their sessions'),
  )
    .option('--password-file <file>', 'file that holds the new password; - is standard input')
    .option('--current-file <file>', 'file that holds your present password; - is standard input')
    .action(async (id: string | undefined, options: PasswordOptions) => {
      const { passwordFile, currentFile } = options;
      if (id !== undefined && currentFile !== undefined) {
        throw usageError("--current-file is for your own password: another's is not asked for.");
      }
      if (passwordFile === '-' && currentFile === '-') {
        throw usageError('Only one of --password-file and --current-file can be standard input.');
      }
      const client = connect(context, options);
      const flags = { id: '<id>', password: '--password-file', original_password: '--current-file' };
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
      terminal.print(`The password of "${visible(username)}" is set, and its sessions have ended.`);
    });
  examples(
    command,
    'halley users password',
    'halley users password 7 --password-file - < password.txt',
    'halley users password --current-file old.txt --password-file new.txt',
  );
}

async function ownChange({ terminal }: Context, { passwordFile, currentFile }: PasswordOptions) {
  const original = await currentPassword(terminal, currentFile);
  return { original_password: original, password: await newPassword(terminal, passwordFile) };
}
