/** `halley users`: manages accounts, for administrators, and the caller's own access token. */
import { type Command, Option } from 'commander';
import { type BudgetOptions, budgetFields, budgetFlags, budgetLines, budgetOptions } from '../budget.ts';
import { asRecord, createClient } from '../client.ts';
import { type Context, connect, defaultUrl, examples, type RemoteOptions, remote } from '../context.ts';
import { findAccess } from '../credentials.ts';
import { type DeleteOptions, deleteAll } from '../deletion.ts';
import { amount, printFields, printJson, usd, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import type { Flags } from '../flags.ts';
import { type Fields, type ListOptions, listOptions, printList, unitsColumn, when } from '../listing.ts';
import { renewToken } from '../profiles.ts';
import { type QuotaOptions, quotaFields, quotaFlags, quotaOptions } from '../quota.ts';
import type { Column } from '../table.ts';
import { readSecretFile, requireConfirmation } from '../terminal.ts';
import { parseId } from '../values.ts';
import { addPassword } from './password.ts';
import { addRevoke } from './revoke.ts';
import { addTopup, addTopups } from './topup.ts';

const path = '/api/user/';
const roleNumbers: Readonly<Record<string, number>> = { user: 1, admin: 10 };
const roleNames: Readonly<Record<string, string>> = { 1: 'user', 10: 'admin', 100: 'root' };

const role = (user: Fields): string => roleNames[String(user.role)] ?? visible(user.role);
const status = (user: Fields): string => (user.status === 1 ? 'enabled' : 'disabled');
const left = (user: Fields, show: (units: unknown) => string): string =>
  user.unlimited_quota ? 'unlimited' : show(user.quota);

function printUser(context: Context, user: Fields): void {
  printFields(context.terminal, [
    ['id', visible(user.id)],
    ['user name', visible(user.username)],
    ['display name', visible(user.display_name)],
    ['email', visible(user.email)],
    ['role', role(user)],
    ['status', status(user)],
    ['group', visible(user.group)],
    ['left', left(user, amount)],
    ['used', amount(user.used_quota)],
    ...budgetLines(user),
    ['requests', visible(user.request_count)],
    ['created', when(context, user.created_time)],
  ]);
}

/** The option that sets each field of a user. Error messages name the option. */
const userFlags = {
  ...quotaFlags,
  ...budgetFlags,
  role: '--role',
  display_name: '--display-name',
  email: '--email',
  group: '--group',
  password: '--password-file',
} satisfies Flags;

interface UserOptions extends RemoteOptions, QuotaOptions, BudgetOptions {
  readonly role?: string;
  readonly displayName?: string;
  readonly email?: string;
  readonly group?: string;
  readonly passwordFile?: string;
}

const fieldOptions = (command: Command): Command =>
  budgetOptions(quotaOptions(command))
    .addOption(new Option('--role <role>', 'what the user may do').choices(Object.keys(roleNumbers)))
    .option('--display-name <name>', 'name that people see')
    .option('--email <address>', 'email address')
    .option('--group <group>', 'group of channels')
    .option('--password-file <file>', 'file that contains the password; - is standard input');

function fieldsOf(options: UserOptions): Record<string, unknown> {
  const fields = { ...quotaFields(options, 'quota'), ...budgetFields(options) };
  if (options.role !== undefined) fields.role = roleNumbers[options.role];
  if (options.displayName !== undefined) fields.display_name = options.displayName;
  if (options.email !== undefined) fields.email = options.email;
  if (options.group !== undefined) fields.group = options.group;
  if (options.passwordFile !== undefined) fields.password = readSecretFile(options.passwordFile);
  return fields;
}

function userColumns(): readonly Column<Fields>[] {
  return [
    { head: 'ID', full: (user) => visible(user.id) },
    { head: 'USER NAME', full: (user) => visible(user.username), shrinksTo: 12 },
    { head: 'ROLE', full: role },
    { head: 'STATUS', full: status },
    { head: 'GROUP', full: (user) => visible(user.group), shrinksTo: 8, rank: 1 },
    { head: 'LEFT', full: (user) => left(user, amount), short: (user) => left(user, usd), rank: 2 },
    unitsColumn('USED', (user) => user.used_quota, { rank: 3 }),
  ];
}

function addList(users: Command, context: Context): void {
  const command = listOptions(
    users.command('list').description('list the users, newest first'),
    'users',
  ).option('--search <text>', 'only users whose name, email or id contains this text');
  command.action(async (options: ListOptions & { search?: string }) => {
    const { search } = options;
    const listing = {
      path: search === undefined ? path : `${path}search`,
      query: { keyword: search },
      flags: { keyword: '--search' },
      byCursor: true,
      nouns: 'users',
      columns: userColumns(),
    };
    await printList(context, connect(context, options), listing, options);
  });
  examples(command, 'halley users list', 'halley users list --search ana --json');
}

function addShow(users: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(users.command('show <id>').description('show one user')).action(
    async (id: string, options: RemoteOptions) => {
      const data = await connect(context, options).call({ path: path + parseId(id) });
      if (options.json) printJson(terminal, data);
      else printUser(context, asRecord(data));
    },
  );
  examples(command, 'halley users show 3');
}

function addCreate(users: Command, context: Context): void {
  const { terminal } = context;
  const command = fieldOptions(
    remote(
      users
        .command('create <username>')
        .description('create a user; without --password-file the command generates a password and prints it'),
    ),
  ).action(async (username: string, options: UserOptions) => {
    const made =
      options.passwordFile === undefined ? Buffer.from(context.random(18)).toString('base64url') : undefined;
    const body = { username, ...(made === undefined ? {} : { password: made }), ...fieldsOf(options) };
    const flags = { ...userFlags, username: '<username>' };
    const data = asRecord(await connect(context, options).call({ method: 'POST', path, body, flags }));
    if (options.json) return printJson(terminal, made === undefined ? data : { ...data, password: made });
    terminal.warn(`Created user ${visible(data.id)} "${visible(data.username)}".`);
    if (made !== undefined) {
      terminal.warn('Its password, which is shown only once:');
      terminal.print(made);
    }
  });
  examples(
    command,
    'halley users create ana --quota-usd 20',
    'halley users create team --budget-usd 100 --budget-period monthly',
    'halley users create bob --role admin --password-file - < bob.txt',
  );
}

function addUpdate(users: Command, context: Context): void {
  const { terminal } = context;
  const command = fieldOptions(
    remote(
      users
        .command('update <id>')
        .description(
          'change a user; options that are not given keep their values; a new password ends its sessions and access token',
        ),
    ).option('--username <name>', 'new user name'),
  ).action(async (id: string, options: UserOptions & { username?: string }) => {
    const fields = fieldsOf(options);
    if (options.username !== undefined) fields.username = options.username;
    if (Object.keys(fields).length === 0) throw usageError('Nothing to change: give at least one option.');
    const client = connect(context, options);
    const body = { id: Number(parseId(id)), ...fields };
    const flags = { ...userFlags, id: '<id>', username: '--username' };
    const data = await client.call({ method: 'PUT', path, body, flags });
    if (options.json) printJson(terminal, data);
    else printUser(context, asRecord(data));
  });
  examples(command, 'halley users update 3 --quota-usd 50', 'halley users update 3 --role admin');
}

function addSwitch(users: Command, context: Context, action: 'enable' | 'disable', text: string): void {
  const { terminal } = context;
  const command = remote(users.command(`${action} <id>`).description(text)).action(
    async (id: string, options: RemoteOptions) => {
      const client = connect(context, options);
      const data = await client.call({
        method: 'POST',
        path: `${path}manage`,
        body: { id: Number(parseId(id)), action },
        flags: { id: '<id>' },
      });
      if (options.json) printJson(terminal, data);
      else terminal.print(`User ${id} is ${action}d.`);
    },
  );
  examples(command, `halley users ${action} 3`);
}

function addDelete(users: Command, context: Context): void {
  const command = remote(
    users.command('delete <ids...>').description('delete users with their keys, access tokens and sessions'),
  )
    .option('--yes', 'do not ask for confirmation')
    .action(async (ids: string[], options: DeleteOptions) => {
      const what = {
        client: connect(context, options),
        noun: 'user',
        path,
        nameField: 'username',
        warning: 'All keys, tokens and sessions of theirs die with them. This cannot be undone.',
        done: 'is deleted, and every key, token and session of it is dead.',
      };
      await deleteAll(context, what, ids, options);
    });
  examples(command, 'halley users delete 3', 'halley users delete 3 4 --yes');
}

function addToken(users: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    users.command('token').description('replace your own access token; the old one stops working at once'),
  )
    .option('--yes', 'do not ask for confirmation')
    .action(async (options: DeleteOptions) => {
      const { url, token, profile } = findAccess(terminal.env, options, defaultUrl);
      await requireConfirmation(
        terminal,
        options.yes,
        async () => 'Replace your access token? The one used now stops working everywhere.',
      );
      const data = await createClient(url, token).call({ path: `${path}token` });
      if (profile !== undefined) {
        renewToken(terminal.env, profile, String(data));
        terminal.warn(`The profile "${profile}" has the new token.`);
      }
      if (options.json) return printJson(terminal, data);
      terminal.warn('Your new access token, which is shown only once:');
      terminal.print(visible(data));
    });
  examples(command, 'halley users token --yes > token.new');
}

export function addUsers(program: Command, context: Context): void {
  const users = program.command('users').description('accounts, for administrators');
  for (const add of [addList, addShow, addCreate, addUpdate, addPassword, addTopup, addTopups])
    add(users, context);
  addSwitch(users, context, 'enable', 'enable a user, with its keys and access token');
  addSwitch(
    users,
    context,
    'disable',
    'disable a user until it is enabled again: its keys and access token stop working and its sessions end',
  );
  addRevoke(users, context);
  addDelete(users, context);
  addToken(users, context);
}
