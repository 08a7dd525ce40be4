/** `halley keys`: the API keys of the account that the access token belongs to. */
import type { Command } from 'commander';
import { type BudgetOptions, budgetFields, budgetLines, budgetOptions } from '../budget.ts';
import { asRecord, recordsOf } from '../client.ts';
import { type Context, connect, examples, nowSeconds, type RemoteOptions, remote } from '../context.ts';
import { type DeleteOptions, deleteAll } from '../deletion.ts';
import { amount, masked, moment, printFields, printJson, printTable, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import { type QuotaOptions, quotaFields, quotaOptions } from '../quota.ts';
import type { Terminal } from '../terminal.ts';
import { parseCount, parseExpiry, parseId, parseList } from '../values.ts';
import { accountOption, addManagedKeys, anyAccountOption, keysOf, managedPath } from './managed-keys.ts';

const path = '/api/token/';
const statusNames: Readonly<Record<string, string>> = {
  1: 'enabled',
  2: 'disabled',
  3: 'expired',
  4: 'exhausted',
};

type KeyRecord = Readonly<Record<string, unknown>>;

const left = (key: KeyRecord): string => (key.unlimited_quota ? 'unlimited' : amount(key.remain_quota));
const status = (key: KeyRecord): string => statusNames[String(key.status)] ?? visible(key.status);

const limit = (value: unknown): string => (value ? visible(value) : 'none');

function printKey(terminal: Terminal, key: KeyRecord, reveal: boolean): void {
  printFields(terminal, [
    ['id', visible(key.id)],
    ['name', visible(key.name)],
    ['key', reveal ? visible(key.key) : masked(key.key)],
    ['status', status(key)],
    ['left', left(key)],
    ['used', amount(key.used_quota)],
    ['expires', moment(key.expired_time)],
    ['models', key.model_limits_enabled ? visible(key.model_limits) : 'any'],
    [
      'addresses',
      visible(
        String(key.allow_ips ?? '')
          .split('\n')
          .join(', '),
      ) || 'any',
    ],
    ['group', visible(key.group) || "the account's"],
    ...budgetLines(key),
    ['requests/min', limit(key.rpm_limit)],
    ['tokens/min', limit(key.tpm_limit)],
    ['concurrency', limit(key.concurrency_limit)],
    ['content kept', key.content_log_days ? `${visible(key.content_log_days)} days` : 'no'],
    ['created', moment(key.created_time)],
    ['last used', moment(key.accessed_time)],
  ]);
}

interface KeyOptions extends RemoteOptions, QuotaOptions, BudgetOptions {
  readonly name?: string;
  readonly expires?: string;
  readonly models?: string[];
  readonly ips?: string[];
  readonly group?: string;
  readonly crossGroupRetry?: boolean;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly concurrency?: number;
  readonly contentLogDays?: number;
}

const fieldOptions = (command: Command): Command =>
  budgetOptions(quotaOptions(command))
    .option('--expires <when>', 'never, 30d, 12h, 2027-01-01 (UTC) or 2027-01-01T12:00Z')
    .option('--models <ids>', 'the only models it opens, comma separated; empty = any', parseList)
    .option('--ips <ranges>', 'the only addresses it is taken from, comma separated; empty = any', parseList)
    .option('--group <group>', 'group of channels; empty = the group of the account')
    .option('--cross-group-retry', 'with group auto: go on to the next group after a failure')
    .option('--no-cross-group-retry', 'stay in the first group that fits')
    .option('--rpm <number>', 'requests per minute; 0 = no limit', parseCount)
    .option('--tpm <number>', 'tokens per minute; 0 = no limit', parseCount)
    .option('--concurrency <number>', 'requests running at a time; 0 = no limit', parseCount)
    .option('--content-log-days <days>', 'how long prompts and answers are kept; 0 = not at all', parseCount);

/** The fields of the API for the options that were given. */
function fieldsOf(context: Context, options: KeyOptions): Record<string, unknown> {
  const fields = { ...quotaFields(options, 'remain_quota'), ...budgetFields(options) };
  if (options.name !== undefined) fields.name = options.name;
  if (options.expires !== undefined) fields.expired_time = parseExpiry(options.expires, nowSeconds(context));
  if (options.models) {
    Object.assign(fields, {
      model_limits_enabled: options.models.length > 0,
      model_limits: options.models.join(','),
    });
  }
  if (options.ips) fields.allow_ips = options.ips.join('\n');
  if (options.group !== undefined) fields.group = options.group;
  if (options.crossGroupRetry !== undefined) fields.cross_group_retry = options.crossGroupRetry;
  const { rpm, tpm, concurrency, contentLogDays } = options;
  if (rpm !== undefined) fields.rpm_limit = rpm;
  if (tpm !== undefined) fields.tpm_limit = tpm;
  if (concurrency !== undefined) fields.concurrency_limit = concurrency;
  if (contentLogDays !== undefined) fields.content_log_days = contentLogDays;
  return fields;
}

interface ListOptions extends RemoteOptions {
  readonly page?: number;
  readonly pageSize?: number;
  readonly search?: string;
  readonly account?: string;
}

function addList(keys: Command, context: Context): void {
  const { terminal } = context;
  const command = accountOption(remote(keys.command('list').description('list the keys, newest first')))
    .option('--search <name>', 'only keys of this name; % stands for any text')
    .option('--page <number>', 'page, from 1', parseCount)
    .option('--page-size <number>', 'keys on a page, at most 100', parseCount)
    .action(async ({ page, pageSize, search, account, ...options }: ListOptions) => {
      const own = {
        path: search === undefined ? path : `${path}search`,
        query: { keyword: search, p: page, page_size: pageSize },
      };
      const request = account === undefined ? own : keysOf(account, { page, pageSize, search });
      const data = await connect(context, options).call(request);
      if (options.json) return printJson(terminal, data);
      const rows = recordsOf(data).map((key) => [
        visible(key.id),
        visible(key.name),
        masked(key.key ?? key.hint),
        status(key),
        left(key),
        amount(key.used_quota),
        moment(key.expired_time),
        moment(key.accessed_time),
      ]);
      printTable(terminal, ['ID', 'NAME', 'KEY', 'STATUS', 'LEFT', 'USED', 'EXPIRES', 'LAST USED'], rows);
    });
  examples(
    command,
    'halley keys list',
    'halley keys list --search "prod%" --json',
    'halley keys list --account 7',
  );
}

function addShow(keys: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(keys.command('show <id>').description('show one key'))
    .option('--reveal', 'show its whole value, where the gateway still gives it')
    .action(async (id: string, options: RemoteOptions & { reveal?: true }) => {
      const data = await connect(context, options).call({ path: path + parseId(id) });
      if (options.json) printJson(terminal, data);
      else printKey(terminal, asRecord(data), options.reveal === true);
    });
  examples(command, 'halley keys show 12', 'halley keys show 12 --reveal');
}

function addCreate(keys: Command, context: Context): void {
  const { terminal } = context;
  const command = fieldOptions(
    remote(keys.command('create <name>').description('create a key and print its value')),
  ).action(async (name: string, options: KeyOptions) => {
    const body = { expired_time: -1, unlimited_quota: true, ...fieldsOf(context, { ...options, name }) };
    const data = await connect(context, options).call({ method: 'POST', path, body });
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
  const { terminal } = context;
  const command = fieldOptions(
    remote(keys.command('update <id>').description('change a key; what is not named stays'))
      .option('--name <name>', 'a new name')
      .option('--enable', 'let it open requests again')
      .option('--disable', 'let it open nothing, from now on, until it is enabled'),
  ).action(async (id: string, options: KeyOptions & { enable?: true; disable?: true }) => {
    if (options.enable && options.disable) throw usageError('Give one of --enable and --disable.');
    const fields = fieldsOf(context, options);
    if (options.enable || options.disable) fields.status = options.enable ? 1 : 2;
    if (Object.keys(fields).length === 0) throw usageError('Nothing to change: give at least one option.');
    const client = connect(context, options);
    const data = await client.call({ method: 'PUT', path, body: { id: Number(parseId(id)), ...fields } });
    if (options.json) printJson(terminal, data);
    else printKey(terminal, asRecord(data), false);
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
    remote(keys.command('delete <ids...>').description('delete keys; each is dead once this says so')),
  )
    .option('--yes', 'do not ask')
    .action(async (ids: string[], options: DeleteOptions & { anyAccount?: true }) => {
      const what = {
        client: connect(context, options),
        noun: 'key',
        path: options.anyAccount ? managedPath : path,
        nameField: 'name',
        warning: 'Requests that run with it are ended. This cannot be undone.',
        done: 'is dead: it opens nothing any more, and its value will never be issued again.',
      };
      await deleteAll(context, what, ids, options);
    });
  examples(
    command,
    'halley keys delete 12',
    'halley keys delete 12 13 14 --yes',
    'halley keys delete 12 --any-account',
  );
}

export function addKeys(program: Command, context: Context): void {
  const keys = program.command('keys').description('API keys of your account');
  for (const add of [addList, addShow, addCreate, addUpdate, addDelete, addManagedKeys]) add(keys, context);
}
