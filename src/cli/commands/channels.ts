/** `halley channels`: the upstreams that serve models, for administrators. */
import { type Command, Option } from 'commander';
import { asRecord } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { type DeleteOptions, deleteAll } from '../deletion.ts';
import { printFields, printJson, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import type { Flags } from '../flags.ts';
import { type Fields, type ListOptions, listOptions, printList, when } from '../listing.ts';
import type { Column } from '../table.ts';
import { readSecretFile } from '../terminal.ts';
import { parseCount, parseId, parseInteger, parseList, parsePair } from '../values.ts';

const path = '/api/channel/';

const status = (channel: Fields): string => (channel.status === 1 ? 'enabled' : 'disabled');

function list(value: unknown): string {
  if (Array.isArray(value)) return value.map(visible).join(', ');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([name, item]) => `${visible(name)}=${visible(item)}`)
      .join(', ');
  }
  return visible(value);
}

function printChannel(context: Context, channel: Fields): void {
  printFields(context.terminal, [
    ['id', visible(channel.id)],
    ['name', visible(channel.name)],
    ['status', status(channel)],
    ['protocols', list(channel.protocols)],
    ['address', visible(channel.base_url)],
    ['keys', channel.has_keys ? 'yes, never shown' : 'none'],
    ['models', list(channel.models)],
    ['mapping', list(channel.model_mapping) || 'none'],
    ['groups', list(channel.groups)],
    ['priority', visible(channel.priority)],
    ['weight', visible(channel.weight)],
    ['stream usage', channel.stream_usage === true ? 'asked for' : 'not asked for'],
    ['kind', visible(channel.kind)],
    ['options', list(channel.options) || 'as usual'],
    ['proxy', channel.proxy === null ? 'as the settings say' : visible(channel.proxy)],
    ['extra headers', list(channel.extra_headers) || 'none'],
    ['created', when(context, channel.created_time)],
  ]);
}

interface ValueOptions {
  readonly showValues?: true;
}

const valueOption = (command: Command): Command =>
  command.option('--show-values', 'show the values of extra headers, which may be keys');

/** Removes the values of extra headers unless `--show-values` is given. */
function withoutValues(channel: Fields, { showValues }: ValueOptions): Fields {
  const headers = channel.extra_headers;
  if (showValues || typeof headers !== 'object' || headers === null) return channel;
  const names = Object.keys(headers);
  return { ...channel, extra_headers: Object.fromEntries(names.map((name) => [name, '…'])) };
}

function showChannel(context: Context, data: unknown, options: RemoteOptions & ValueOptions): void {
  const channel = withoutValues(asRecord(data), options);
  if (options.json) printJson(context.terminal, channel);
  else printChannel(context, channel);
}

/** The option that sets each field of a channel. Error messages name the option. */
const channelFlags = {
  protocols: '--protocols',
  base_url: '--base-url',
  keys: '--key-file',
  add_keys: '--add-key-file',
  models: '--models',
  model_mapping: '--map',
  groups: '--groups',
  priority: '--priority',
  weight: '--weight',
  extra_headers: '--header',
  connect_ms: '--connect-ms',
  first_byte_ms: '--first-byte-ms',
  idle_chunk_ms: '--idle-chunk-ms',
  stream_usage: '--stream-usage',
  kind: '--kind',
  options: '--option',
  proxy: '--proxy',
} satisfies Flags;

interface ChannelOptions extends RemoteOptions {
  readonly name?: string;
  readonly protocols?: string[];
  readonly baseUrl?: string;
  readonly keyFile?: string;
  readonly addKeyFile?: string;
  readonly models?: string[];
  readonly map?: Pairs;
  readonly groups?: string[];
  readonly priority?: number;
  readonly weight?: number;
  readonly header?: Pairs;
  readonly connectMs?: number;
  readonly firstByteMs?: number;
  readonly idleChunkMs?: number;
  readonly streamUsage?: string;
  readonly kind?: string;
  readonly option?: Pairs;
  readonly proxy?: string;
  readonly proxyFile?: string;
}

type Pairs = readonly (readonly [string, string])[];

const collect =
  (separator: '=' | ':') =>
  (text: string, before: Pairs | undefined): Pairs => [...(before ?? []), parsePair(text, separator)];

const fieldOptions = (command: Command): Command =>
  command
    .option(
      '--kind <name>',
      'kind of upstream, which brings base URL, protocols and options: openai, mistral, … (upstreams.md)',
    )
    .option(
      '--protocols <names>',
      'protocols that it speaks, comma separated: openai, anthropic, gemini',
      parseList,
    )
    .option(
      '--base-url <url>',
      'base URL as the provider documents it for clients: https://api.example.com/v1',
    )
    .option(
      '--key-file <file>',
      "file with the upstream's keys, one per line, or a Google service-account key file; - is standard input",
    )
    .option('--models <ids>', 'the models it offers, comma separated', parseList)
    .option(
      '--map <client=upstream>',
      'use a different model name at the upstream; may be repeated',
      collect('='),
    )
    .option('--groups <names>', 'the groups it serves, comma separated', parseList)
    .option('--priority <number>', 'channels of a higher priority are tried first', parseInteger)
    .option('--weight <number>', 'share of requests among channels of the same priority', parseCount)
    .option('--header <name:value>', 'extra header for the upstream; may be repeated', collect(':'))
    .option('--connect-ms <ms>', 'connect timeout in milliseconds', parseCount)
    .option(
      '--first-byte-ms <ms>',
      'time limit for the first byte of a response, in milliseconds',
      parseCount,
    )
    .option('--idle-chunk-ms <ms>', 'longest pause within a response, in milliseconds', parseCount)
    .addOption(
      new Option(
        '--stream-usage <answer>',
        'whether the gateway may request usage in OpenAI streams',
      ).choices(['yes', 'no']),
    )
    .option(
      '--option <name=value>',
      'channel option, such as openai_api=responses; may be repeated; replaces all existing options',
      collect('='),
    )
    .option(
      '--proxy <address>',
      'http://proxy.example:3128; direct = no proxy; default = the proxy of the settings',
    )
    .option('--proxy-file <file>', 'file with the address of the proxy, if it contains a password');

function proxyOf({ proxy, proxyFile }: ChannelOptions): string | null | undefined {
  if (proxyFile !== undefined) return readSecretFile(proxyFile).trim();
  return proxy === 'default' ? null : proxy;
}

/** The value of a channel's option: a JSON text, or a word as it is. */
function optionValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A key file of Google's is one key: the whole JSON text. */
const keysIn = (text: string): string[] =>
  text.trimStart().startsWith('{') ? [text.trim()] : text.split(/\r?\n/).filter(Boolean);

/** Converts the given options into API fields. */
function fieldsOf(options: ChannelOptions): Record<string, unknown> {
  const fields = {
    name: options.name,
    protocols: options.protocols,
    base_url: options.baseUrl,
    keys: options.keyFile && keysIn(readSecretFile(options.keyFile)),
    add_keys: options.addKeyFile && keysIn(readSecretFile(options.addKeyFile)),
    models: options.models,
    model_mapping: options.map && Object.fromEntries(options.map),
    groups: options.groups,
    priority: options.priority,
    weight: options.weight,
    extra_headers: options.header && Object.fromEntries(options.header),
    connect_ms: options.connectMs,
    first_byte_ms: options.firstByteMs,
    idle_chunk_ms: options.idleChunkMs,
    stream_usage: options.streamUsage && options.streamUsage === 'yes',
    kind: options.kind,
    options:
      options.option && Object.fromEntries(options.option.map(([name, value]) => [name, optionValue(value)])),
    proxy: proxyOf(options),
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const columns: readonly Column<Fields>[] = [
  { head: 'ID', full: (channel) => visible(channel.id) },
  { head: 'NAME', full: (channel) => visible(channel.name), shrinksTo: 12 },
  { head: 'STATUS', full: status },
  { head: 'PROTOCOLS', full: (channel) => list(channel.protocols), shrinksTo: 10, rank: 2 },
  { head: 'ADDRESS', full: (channel) => visible(channel.base_url), shrinksTo: 16, rank: 4 },
  { head: 'MODELS', full: (channel) => list(channel.models), shrinksTo: 12, rank: 1 },
  { head: 'PRIORITY', full: (channel) => visible(channel.priority), rank: 3 },
  { head: 'WEIGHT', full: (channel) => visible(channel.weight), rank: 5 },
];

function addList(channels: Command, context: Context): void {
  const command = valueOption(
    listOptions(channels.command('list').description('list the channels, newest first'), 'channels'),
  ).action(async (options: ListOptions & ValueOptions) => {
    const listing = {
      path,
      byCursor: false,
      nouns: 'channels',
      columns,
      shown: (channel: Fields) => withoutValues(channel, options),
      hint: 'Create one: halley channels create --help',
    };
    await printList(context, connect(context, options), listing, options);
  });
  examples(command, 'halley channels list', 'halley channels list --all --json');
}

function addShow(channels: Command, context: Context): void {
  const command = valueOption(remote(channels.command('show <id>').description('show one channel'))).action(
    async (id: string, options: RemoteOptions & ValueOptions) => {
      showChannel(context, await connect(context, options).call({ path: path + parseId(id) }), options);
    },
  );
  examples(command, 'halley channels show 2');
}

function addCreate(channels: Command, context: Context): void {
  const command = fieldOptions(
    remote(channels.command('create <name>').description('create a channel')),
  ).action(async (name: string, options: ChannelOptions) => {
    const body = fieldsOf({ ...options, name });
    const flags = { ...channelFlags, name: '<name>' };
    showChannel(
      context,
      await connect(context, options).call({ method: 'POST', path, body, flags }),
      options,
    );
  });
  examples(
    command,
    'halley channels create openai --kind openai --models gpt-4o-mini,gpt-4o --key-file openai.keys',
    'halley channels create other --protocols openai --base-url https://api.example.com/v1 --models m \\\n      --key-file other.keys',
  );
}

function addUpdate(channels: Command, context: Context): void {
  const command = fieldOptions(
    remote(
      channels
        .command('update <id>')
        .description('change a channel; options that are not given keep their values'),
    )
      .option('--name <name>', 'a new name')
      .option('--add-key-file <file>', 'keys to add to the existing ones, in the form of --key-file'),
  ).action(async (id: string, options: ChannelOptions) => {
    const fields = fieldsOf(options);
    if (Object.keys(fields).length === 0) throw usageError('Nothing to change: give at least one option.');
    showChannel(context, await put(context, id, fields, options), options);
  });
  examples(
    command,
    'halley channels update 2 --priority 10 --weight 3',
    'halley channels update 2 --key-file new.keys',
    'halley channels update 2 --add-key-file another.key',
  );
}

async function put(context: Context, id: string, fields: object, options: RemoteOptions): Promise<unknown> {
  const client = connect(context, options);
  const flags = { ...channelFlags, id: '<id>', name: '--name' };
  return client.call({ method: 'PUT', path, body: { id: Number(parseId(id)), ...fields }, flags });
}

function addSwitch(channels: Command, context: Context, action: 'enable' | 'disable', text: string): void {
  const { terminal } = context;
  const command = remote(channels.command(`${action} <id>`).description(text)).action(
    async (id: string, options: RemoteOptions) => {
      const data = await put(context, id, { status: action === 'enable' ? 1 : 2 }, options);
      if (options.json) printJson(terminal, withoutValues(asRecord(data), {}));
      else terminal.print(`Channel ${id} is ${action}d.`);
    },
  );
  examples(command, `halley channels ${action} 2`);
}

function addDelete(channels: Command, context: Context): void {
  const command = remote(channels.command('delete <ids...>').description('delete channels'))
    .option('--yes', 'do not ask for confirmation')
    .action(async (ids: string[], options: DeleteOptions) => {
      const what = {
        client: connect(context, options),
        noun: 'channel',
        path,
        nameField: 'name',
        warning: 'Its models are no longer offered unless another channel has them. This cannot be undone.',
        done: 'is deleted.',
      };
      await deleteAll(context, what, ids, options);
    });
  examples(command, 'halley channels delete 2', 'halley channels delete 2 3 --yes');
}

function addTest(channels: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(channels.command('test <id>').description('send one small request to a channel'))
    .option('--model <id>', 'model to request; default: the first of the channel')
    .action(async (id: string, { model, ...options }: RemoteOptions & { model?: string }) => {
      const request = { path: `${path}test/${parseId(id)}`, query: { model } };
      const answer = await connect(context, options).envelope(request);
      if (options.json) printJson(terminal, answer);
      else terminal.print(`Channel ${id} answers, in ${visible(answer.time)} s.`);
    });
  examples(command, 'halley channels test 2', 'halley channels test 2 --model gpt-4o-mini');
}

function addModels(channels: Command, context: Context): void {
  const command = remote(
    channels.command('models <id>').description("list the models that a channel's upstream has"),
  )
    .option('--add', 'offer all of them through the channel')
    .action(async (id: string, { add, ...options }: RemoteOptions & { add?: true }) => {
      const client = connect(context, options);
      const channel = asRecord(await client.call({ path: path + parseId(id) }));
      const offered = namesIn(channel.models);
      const found = namesIn(await client.call({ path: `${path}fetch_models/${parseId(id)}` }));
      const models = [...new Set([...offered, ...found])];
      if (add && models.length > offered.length) await put(context, id, { models }, options);
      const isOffered = (model: string) => add === true || offered.includes(model);
      if (options.json) {
        printJson(
          context.terminal,
          found.map((model) => ({ model, offered: isOffered(model) })),
        );
        return;
      }
      for (const model of found)
        context.terminal.print(`${visible(model)}${isOffered(model) ? '  (offered)' : ''}`);
      if (found.length === 0) context.terminal.print('The upstream lists no model.');
    });
  examples(command, 'halley channels models 2', 'halley channels models 2 --add');
}

const namesIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter((name) => typeof name === 'string') : [];

export function addChannels(program: Command, context: Context): void {
  const channels = program.command('channels').description('upstreams that serve models, for administrators');
  for (const add of [addList, addShow, addCreate, addUpdate]) add(channels, context);
  addSwitch(channels, context, 'enable', 'enable a channel');
  addSwitch(channels, context, 'disable', 'disable a channel until it is enabled again');
  addDelete(channels, context);
  addTest(channels, context);
  addModels(channels, context);
}
