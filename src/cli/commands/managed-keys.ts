/** `halley keys find`, `enable` and `disable`: keys of other accounts too, for administrators. */
import type { Command } from 'commander';
import { digestOf } from '../../keys/digest.ts';
import { parseKeyValue } from '../../keys/format.ts';
import { asRecord, type Request, recordsOf } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { moment, printJson, printTable, visible } from '../display.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { readSecretFile, type Terminal } from '../terminal.ts';
import { parseCount, parseId } from '../values.ts';

export const managedPath = '/api/admin/token/';

const statusNames: Readonly<Record<string, string>> = {
  1: 'enabled',
  2: 'disabled',
  3: 'expired',
  4: 'exhausted',
};

export const accountOption = (command: Command): Command =>
  command.option('--account <id>', 'keys of this account, without their values; for administrators', parseId);

export const anyAccountOption = (command: Command): Command =>
  command.option('--any-account', 'keys of any account that you manage; for administrators');

interface Paging {
  readonly page?: number | undefined;
  readonly pageSize?: number | undefined;
}

/** Asks for the keys of an account, by part of their names where there is one. */
export function keysOf(
  account: string,
  { page, pageSize, search }: Paging & { readonly search?: string | undefined },
): Request {
  const body = { user_id: Number(account), name: search, p: page, page_size: pageSize };
  return { method: 'POST', path: `${managedPath}search`, body };
}

interface FindOptions extends RemoteOptions, Paging {
  readonly valueFile?: string;
  readonly digest?: string;
  readonly name?: string;
  readonly account?: string;
}

/** The value itself stays here: its digest is enough to find its key. */
function digestOfFile(file: string): string {
  const body = parseKeyValue(readSecretFile(file));
  if (body !== undefined) return Buffer.from(digestOf(body)).toString('hex');
  throw usageError('This is not the value of a key of Halley: its form or its checksum is wrong.');
}

function criteria(terminal: Terminal, { valueFile, digest, name, account }: FindOptions) {
  if (digest !== undefined && !/^[0-9a-f]{64}$/i.test(digest)) {
    throw usageError('--digest must be 64 hexadecimal digits: the SHA-256 of the value without "sk-".');
  }
  if (digest !== undefined && valueFile !== undefined) {
    throw usageError('Give one of --digest and --value-file.');
  }
  const isBare = [valueFile, digest, name, account].every((given) => given === undefined);
  if (isBare && terminal.canAsk) terminal.warn('Paste the value of the key, then press Enter and Ctrl-D:');
  const file = isBare ? '-' : valueFile;
  return {
    digest: file === undefined ? digest : digestOfFile(file),
    name,
    user_id: account === undefined ? undefined : Number(account),
  };
}

function addFind(keys: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    keys
      .command('find')
      .description('find whose a key is, by its value on standard input; for administrators'),
  )
    .option('--value-file <file>', 'file that holds the value; - is standard input (the default)')
    .option('--digest <hex>', 'SHA-256 of the value without "sk-"')
    .option('--name <name>', 'only keys of this name; % stands for any text')
    .option('--account <id>', 'only keys of this account', parseId)
    .option('--page <number>', 'page, from 1', parseCount)
    .option('--page-size <number>', 'keys on a page, at most 100', parseCount)
    .action(async (options: FindOptions) => {
      const { page, pageSize } = options;
      const body = { ...criteria(terminal, options), p: page, page_size: pageSize };
      const data = await connect(context, options).call({
        method: 'POST',
        path: `${managedPath}search`,
        body,
      });
      if (options.json) return printJson(terminal, data);
      const found = recordsOf(data);
      if (found.length === 0) {
        throw new CliError(exitCodes.notFound, 'There is no such key in the accounts that you manage.');
      }
      const rows = found.map((key) => [
        visible(key.id),
        visible(key.user_id),
        visible(key.username),
        visible(key.name),
        visible(key.hint),
        statusNames[String(key.status)] ?? visible(key.status),
        moment(key.created_time),
      ]);
      printTable(terminal, ['ID', 'ACCOUNT', 'USER NAME', 'NAME', 'KEY', 'STATUS', 'CREATED'], rows);
    });
  examples(
    command,
    'halley keys find < leaked.txt',
    'halley keys find --digest 8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92',
    'halley keys find --account 7 --name "prod%"',
  );
}

function addSwitch(keys: Command, context: Context, action: 'enable' | 'disable', text: string): void {
  const { terminal } = context;
  const command = anyAccountOption(remote(keys.command(`${action} <id>`).description(text))).action(
    async (id: string, options: RemoteOptions & { anyAccount?: true }) => {
      const body = { id: Number(parseId(id)), status: action === 'enable' ? 1 : 2 };
      const data = await connect(context, options).call({
        method: 'PUT',
        ...(options.anyAccount
          ? { path: managedPath }
          : { path: '/api/token/', query: { status_only: '1' } }),
        body,
      });
      if (options.json) return printJson(terminal, data);
      const status = statusNames[String(asRecord(data).status)] ?? '';
      // A key that is enabled may be expired or exhausted all the same.
      terminal.print(`Key ${id} is ${status || `${action}d`}.`);
    },
  );
  examples(command, `halley keys ${action} 12`, `halley keys ${action} 12 --any-account`);
}

export function addManagedKeys(keys: Command, context: Context): void {
  addFind(keys, context);
  addSwitch(keys, context, 'disable', 'let a key open nothing until it is enabled');
  addSwitch(keys, context, 'enable', 'let a key open requests again');
}
