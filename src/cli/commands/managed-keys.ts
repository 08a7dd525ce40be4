/** `halley keys find`, `enable` and `disable`: manage keys of other accounts, for administrators. */
import type { Command } from 'commander';
import { digestOf } from '../../domain/digest.ts';
import { importedReadings, parseKeyValue } from '../../domain/format.ts';
import { asRecord, type Client } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { printJson, visible } from '../display.ts';
import { exitCodes, usageError } from '../exit-codes.ts';
import { status } from '../key-record.ts';
import { type Fields, type ListOptions, listOptions, printList, timeColumn } from '../listing.ts';
import type { Column } from '../table.ts';
import { readSecretFile, type Terminal } from '../terminal.ts';
import { parseId } from '../values.ts';

export const managedPath = '/api/admin/token/';

export const accountOption = (command: Command): Command =>
  command.option('--account <id>', 'keys of this account, without their values; for administrators', parseId);

export const anyAccountOption = (command: Command): Command =>
  command.option('--any-account', 'keys of any account that you manage; for administrators');

const searchFlags = { user_id: '--account', name: '--name', digest: '--digest' } as const;

/** Returns the request that lists the keys of an account, optionally filtered by name. */
export function keysOf(account: string, search: string | undefined) {
  return {
    path: `${managedPath}search`,
    body: { user_id: Number(account), name: search },
    flags: { ...searchFlags, name: '--search' },
    byCursor: false,
  };
}

interface FindOptions extends ListOptions {
  readonly valueFile?: string;
  readonly digest?: string;
  readonly name?: string;
  readonly account?: string;
}

/** Computes the digests locally, so that the key itself is not sent: of every reading that the value may have. */
function digestsOfFile(file: string): readonly string[] {
  const value = readSecretFile(file);
  const body = parseKeyValue(value);
  const { whole, beginning } = (body === undefined ? importedReadings(value) : undefined) ?? {};
  const readings = [body, whole, beginning?.bare, beginning?.prefixed].filter(
    (reading) => reading !== undefined,
  );
  if (readings.length === 0) throw usageError('This is not the value of a key: its form is wrong.');
  return readings.map((reading) => Buffer.from(digestOf(reading)).toString('hex'));
}

/** @returns the first of the digests that a key has; the first of all where none has */
async function digestInUse(client: Client, digests: readonly string[]): Promise<string | undefined> {
  if (digests.length === 1) return digests[0];
  for (const digest of digests) {
    const page = await client.call({ method: 'POST', path: `${managedPath}search`, body: { digest } });
    if (Number(asRecord(page).total) > 0) return digest;
  }
  return digests[0];
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
    digests: file === undefined ? (digest === undefined ? [] : [digest]) : digestsOfFile(file),
    rest: { name, user_id: account === undefined ? undefined : Number(account) },
  };
}

const foundColumns = (context: Context, options: ListOptions): readonly Column<Fields>[] => [
  { head: 'ID', full: (key) => visible(key.id) },
  { head: 'ACCOUNT', full: (key) => visible(key.user_id) },
  { head: 'USER NAME', full: (key) => visible(key.username), shrinksTo: 10 },
  { head: 'NAME', full: (key) => visible(key.name), shrinksTo: 12 },
  { head: 'KEY', full: (key) => visible(key.hint), rank: 2 },
  { head: 'STATUS', full: status },
  timeColumn(context, options, 'CREATED', (key) => key.created_time, { rank: 1 }),
];

const withoutChecksum =
  'The value has no checksum of Halley: it is mistyped, or of another gateway and was not imported.';

function addFind(keys: Command, context: Context): void {
  const { terminal } = context;
  const command = listOptions(
    keys
      .command('find')
      .description('find the owner of a key by the value on standard input; for administrators'),
    'keys',
  )
    .option('--value-file <file>', 'file that contains the value; - is standard input (the default)')
    .option('--digest <hex>', 'SHA-256 of the value without "sk-"')
    .option('--name <name>', 'only keys of this name; % stands for any text')
    .option('--account <id>', 'only keys of this account', parseId)
    .action(async (options: FindOptions) => {
      const { digests, rest } = criteria(terminal, options);
      const client = connect(context, options);
      const digest = digests.length === 0 ? undefined : await digestInUse(client, digests);
      const listing = {
        path: `${managedPath}search`,
        body: { digest, ...rest },
        flags: searchFlags,
        byCursor: false,
        nouns: 'keys',
        columns: foundColumns(context, options),
        hint: 'There is no such key in the accounts that you manage.',
      };
      const found = await printList(context, client, listing, options);
      if (found > 0) return;
      context.setExitCode(exitCodes.notFound);
      if (digests.length > 1) terminal.warn(withoutChecksum);
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
        flags: { id: '<id>' },
        ...(options.anyAccount
          ? { path: managedPath }
          : { path: '/api/token/', query: { status_only: '1' } }),
        body,
      });
      if (options.json) return printJson(terminal, data);
      const now = status(asRecord(data));
      // An enabled key can still be expired or exhausted.
      terminal.print(`Key ${id} is ${now || `${action}d`}.`);
    },
  );
  examples(command, `halley keys ${action} 12`, `halley keys ${action} 12 --any-account`);
}

export function addManagedKeys(keys: Command, context: Context): void {
  addFind(keys, context);
  addSwitch(keys, context, 'disable', 'disable a key until it is enabled again');
  addSwitch(keys, context, 'enable', 'enable a key');
}
