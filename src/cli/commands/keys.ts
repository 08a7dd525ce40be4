/** `halley keys`: the API keys of the account that the access token belongs to. */
import type { Command } from 'commander';
import { asRecord } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { type DeleteOptions, deleteAll } from '../deletion.ts';
import { printJson, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import { type KeyOptions, keyFields, keyFlags, keyOptions } from '../key-fields.ts';
import { printKey, type ValueOptions, valueOption, withoutValue } from '../key-record.ts';
import { parseId } from '../values.ts';
import { addDeletedKeys } from './deleted-keys.ts';
import { addKeyLists } from './key-lists.ts';
import { addKeyModels } from './key-models.ts';
import { addManagedKeys, anyAccountOption, managedPath } from './managed-keys.ts';

const path = '/api/token/';

function addShow(keys: Command, context: Context): void {
  const command = valueOption(remote(keys.command('show <id>').description('show one key'))).action(
    async (id: string, options: RemoteOptions & ValueOptions) => {
      const data = await connect(context, options).call({ path: path + parseId(id) });
      showKey(context, data, options);
    },
  );
  examples(command, 'halley keys show 12', 'halley keys show 12 --show-values');
}

function showKey(context: Context, data: unknown, options: RemoteOptions & ValueOptions): void {
  const key = withoutValue(asRecord(data), options);
  if (options.json) printJson(context.terminal, key);
  else printKey(context, key);
}

function addCreate(keys: Command, context: Context): void {
  const { terminal } = context;
  const command = keyOptions(
    remote(keys.command('create <name>').description('create a key and print its value')),
    context,
  ).action(async (name: string, options: KeyOptions) => {
    const body = { expired_time: -1, unlimited_quota: true, ...keyFields({ ...options, name }) };
    const flags = { ...keyFlags, name: '<name>' };
    const data = await connect(context, options).call({ method: 'POST', path, body, flags });
    if (options.json) return printJson(terminal, data);
    const key = asRecord(data);
    terminal.warn(`Created key ${visible(key.id)} "${visible(key.name)}". Keep its value in a safe place:`);
    terminal.print(visible(key.key));
  });
  examples(
    command,
    'halley keys create website',
    'halley keys create trial --quota-usd 2.50 --expires 30d --models gpt-4o-mini,claude-sonnet-5',
    'halley keys create team --budget-usd 20 --budget-period weekly --budget-zone Europe/Berlin --rpm 60',
    'KEY=$(halley keys create ci --ips 10.0.0.0/8)',
  );
}

function addUpdate(keys: Command, context: Context): void {
  const command = keyOptions(
    remote(
      keys.command('update <id>').description('change a key; options that are not given keep their values'),
    )
      .option('--name <name>', 'a new name')
      .option('--enable', 'enable the key')
      .option('--disable', 'disable the key until it is enabled again'),
    context,
  ).action(async (id: string, options: KeyOptions & { enable?: true; disable?: true }) => {
    if (options.enable && options.disable) throw usageError('Give one of --enable and --disable.');
    const fields = keyFields(options);
    if (options.enable || options.disable) fields.status = options.enable ? 1 : 2;
    if (Object.keys(fields).length === 0) throw usageError('Nothing to change: give at least one option.');
    const client = connect(context, options);
    const body = { id: Number(parseId(id)), ...fields };
    const status = options.enable ? '--enable' : '--disable';
    const flags = { ...keyFlags, id: '<id>', name: '--name', status };
    showKey(context, await client.call({ method: 'PUT', path, body, flags }), options);
  });
  examples(
    command,
    'halley keys update 12 --disable',
    'halley keys update 12 --quota-usd 10 --expires 2027-01-01',
    'halley keys update 12 --models "" --ips 203.0.113.7',
    'halley keys update 12 --no-budget --concurrency 4',
  );
}

function addDelete(keys: Command, context: Context): void {
  const command = anyAccountOption(
    remote(
      keys
        .command('delete <ids...>')
        .description('delete keys; when the command confirms a deletion, no node accepts the key any more'),
    ),
  )
    .option('--watch', 'show each node as it confirms, and the receipt')
    .option('--yes', 'do not ask for confirmation')
    .action(async (ids: string[], options: DeleteOptions & { anyAccount?: true }) => {
      const what = {
        client: connect(context, options),
        noun: 'key',
        path: options.anyAccount ? managedPath : path,
        scope: options.anyAccount ? ('managed' as const) : ('own' as const),
        nameField: 'name',
        warning: 'Its running requests are ended. This cannot be undone.',
        done: 'is dead: nothing accepts it any more, and its value will never be issued again.',
      };
      await deleteAll(context, what, ids, options);
    });
  examples(
    command,
    'halley keys delete 12',
    'halley keys delete 12 13 14 --yes',
    'halley keys delete 12 --any-account',
    'halley keys delete 12 --watch',
  );
}

export function addKeys(program: Command, context: Context): void {
  const keys = program.command('keys').description('API keys of your account');
  for (const add of [
    addKeyLists,
    addShow,
    addCreate,
    addUpdate,
    addDelete,
    addKeyModels,
    addDeletedKeys,
    addManagedKeys,
  ])
    add(keys, context);
}
