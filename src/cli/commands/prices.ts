/** `halley prices`: manages model prices, for administrators. */
import type { Command } from 'commander';
import { asRecord } from '../client.ts';
import { type Context, connect, examples, nowSeconds, type RemoteOptions, remote } from '../context.ts';
import { moment, printJson, relative, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import type { Flags } from '../flags.ts';
import { type Fields, printRows, type RowsOptions, tableOptions } from '../listing.ts';
import type { Column } from '../table.ts';
import { readTextFile, requireConfirmation } from '../terminal.ts';

const path = '/api/price';

/** The price fields in the order of the table, each with the option that sets it. */
const rates = [
  ['input', 'input', 'USD per million input tokens'],
  ['cached_input', 'cachedInput', 'USD per million input tokens read from the upstream cache'],
  ['cache_write', 'cacheWrite', 'USD per million input tokens written to the upstream cache'],
  ['long_cache_write', 'longCacheWrite', 'the same for a cache that lasts for an hour or longer'],
  ['audio_input', 'audioInput', 'USD per million audio input tokens'],
  ['image_input', 'imageInput', 'USD per million image input tokens'],
  ['output', 'output', 'USD per million output tokens'],
  ['reasoning', 'reasoning', 'USD per million reasoning tokens'],
  ['audio_output', 'audioOutput', 'USD per million audio output tokens'],
  ['image_output', 'imageOutput', 'USD per million image output tokens'],
  ['per_request', 'perRequest', 'USD per request'],
  ['per_image', 'perImage', 'USD per generated image'],
  ['characters', 'characters', 'USD per million characters of text to speech'],
  ['per_audio_second', 'perAudioSecond', 'USD per second of input audio'],
  ['per_search_unit', 'perSearchUnit', 'USD per search unit of a rerank'],
  ['per_video_second', 'perVideoSecond', 'USD per second of generated video'],
  ['per_web_search', 'perWebSearch', 'USD per web search'],
  ['per_file_search', 'perFileSearch', 'USD per file search'],
  ['per_code_session', 'perCodeSession', 'USD per container in which a model ran code'],
] as const;

const flagOf = (field: string): string => `--${field.replaceAll('_', '-')}`;

type RateOptions = { readonly [Option in (typeof rates)[number][1]]?: string };

interface SetOptions extends RemoteOptions, RateOptions {
  readonly tier?: Readonly<Record<string, object>>;
  readonly from?: string;
  readonly source?: string;
}

interface AllOptions extends RowsOptions {
  readonly all?: true;
}

interface RemoveOptions extends RemoteOptions {
  readonly yes?: true;
}

interface FileOptions extends RemoteOptions {
  readonly all?: true;
  readonly csv?: true;
  readonly source?: string;
}

const usd = (text: unknown): string => (text === undefined ? '' : visible(text));

/** Shows when a price takes effect; a price that has always applied has no time. */
function fromColumn(context: Context, { utc }: RowsOptions): Column<Fields> {
  const now = nowSeconds(context);
  const text = ({ effective_from: from }: Fields, show: (seconds: unknown) => string): string =>
    from === 0 ? 'always' : show(from);
  const full = (record: Fields) => text(record, moment);
  return { head: 'FROM', full, short: utc ? full : (record) => text(record, (from) => relative(from, now)) };
}

const inForce: Column<Fields> = {
  head: 'IN FORCE',
  full: (price) => (price.in_force ? 'yes' : 'no'),
  rank: 2,
};

const priceColumns = (context: Context, options: AllOptions): readonly Column<Fields>[] => [
  { head: 'MODEL', full: (price) => visible(price.id), shrinksTo: 40 },
  { ...fromColumn(context, options), rank: 3 },
  // Without `--all` every price is in force, so the column is less important.
  { ...inForce, rank: options.all ? 2 : 7 },
  { head: 'INPUT', full: (price) => usd(price.input) },
  { head: 'CACHED', full: (price) => usd(price.cached_input), rank: 1 },
  { head: 'OUTPUT', full: (price) => usd(price.output) },
  { head: 'REQUEST', full: (price) => usd(price.per_request), rank: 4 },
  { head: 'IMAGE', full: (price) => usd(price.per_image), rank: 5 },
  { head: 'SOURCE', full: (price) => visible(price.source), shrinksTo: 10, rank: 6 },
  { head: 'TIERS', full: (price) => Object.keys(asRecord(price.tiers ?? {})).join(','), rank: 8 },
];

function addList(prices: Command, context: Context): void {
  const command = tableOptions(remote(prices.command('list').description('list the prices in force, in USD')))
    .option('--all', 'include replaced and future ones')
    .option('--model <id>', 'only prices of this model id')
    .action(async (options: AllOptions & { model?: string }) => {
      const { all, model } = options;
      const query = { all: all && 1, model };
      const data = await connect(context, options).call({ path, query, flags: { model: '--model' } });
      printRows(context, { nouns: 'prices', columns: priceColumns(context, options) }, data, options);
    });
  examples(command, 'halley prices list', 'halley prices list --all --model gpt-4o');
}

/** The option that sets each field of a price. Error messages name the option. */
const priceFlags = {
  ...Object.fromEntries(rates.map(([field]) => [field, flagOf(field)])),
  tiers: '--tier',
  id: '<model>',
  effective_from: '--from',
  source: '--source',
} satisfies Flags;

/** Adds `priority:input=5,output=20` to the tiers of earlier options. */
function withTier(text: string, others: Readonly<Record<string, object>> = {}): Record<string, object> {
  const [name = '', list = ''] = text.split(':', 2);
  const rates = list.split(',').map((rate) => rate.split('=', 2));
  if (name === '' || rates.some((rate) => rate.length < 2)) {
    throw usageError(`Give --tier as a name and its rates: priority:input=5,output=20.`);
  }
  return { ...others, [name]: Object.fromEntries(rates) as object };
}

function addSet(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices
      .command('set <model>')
      .description('set the price of a model, or of all models with a prefix (gpt-*)'),
  );
  for (const [field, , text] of rates) command.option(`${flagOf(field)} <usd>`, text);
  command
    .option('--from <time>', 'when it takes effect: 2027-01-01 or 2027-01-01T12:00:00Z; default: now')
    .option('--source <text>', 'source of the price')
    .option(
      '--tier <rates>',
      'rates of a service tier; may be repeated: priority:input=5,cached_input=0.5,output=20',
      withTier,
    )
    .action(async (model: string, { from, source, tier, ...options }: SetOptions) => {
      if (options.input === undefined || options.output === undefined)
        throw usageError('Give --input and --output; 0 is a valid price.');
      const amounts = Object.fromEntries(rates.map(([field, option]) => [field, options[option]]));
      const body = { models: [{ id: model, effective_from: from, source, ...amounts, tiers: tier }] };
      const data = await connect(context, options).call({ method: 'PUT', path, body, flags: priceFlags });
      if (options.json) printJson(terminal, data);
      else terminal.print(`The price of ${visible(model)} is set.`);
    });
  examples(
    command,
    'halley prices set gpt-4o --input 2.50 --cached-input 1.25 --output 10',
    "halley prices set 'gpt-*' --input 5 --output 20 --from 2027-01-01",
    'halley prices set gpt-5 --input 1.25 --output 10 --tier flex:input=0.625,output=5',
  );
}

function addRemove(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(prices.command('remove <model>').description('remove all prices of a model'))
    .option('--yes', 'do not ask for confirmation')
    .action(async (model: string, options: RemoveOptions) => {
      const client = connect(context, options);
      await requireConfirmation(
        terminal,
        options.yes,
        async () => `Remove all prices of ${visible(model)}? Its requests may be refused from now on.`,
      );
      await client.call({ method: 'DELETE', path, query: { model }, flags: { model: '<model>' } });
      if (options.json) printJson(terminal, null);
      else terminal.print(`The prices of ${visible(model)} are removed.`);
    });
  examples(command, 'halley prices remove gpt-4o', "halley prices remove 'gpt-*' --yes");
}

function addImport(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices.command('import <file>').description('set the prices in a file; - is standard input'),
  )
    .option('--csv', 'read CSV; without this option only files named .csv are CSV, others JSON')
    .option('--source <text>', 'source of prices that name none in the file')
    .action(async (file: string, { csv, source, ...options }: FileOptions) => {
      const format = csv || /\.csv$/i.test(file) ? 'csv' : 'json';
      const body = { format, text: readTextFile(file), source };
      const flags = { format: '--csv', text: '<file>', source: '--source' };
      const request = { method: 'POST', path: `${path}/import`, body, flags } as const;
      const data = await connect(context, options).call(request);
      if (options.json) printJson(terminal, data);
      else terminal.print(`${visible(asRecord(data).set)} prices are set.`);
    });
  examples(command, 'halley prices import prices.csv', 'halley prices import - --csv < prices.txt');
}

function addExport(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices.command('export').description('print the prices in force as a JSON or CSV file'),
  )
    .option('--csv', 'as CSV')
    .option('--all', 'include replaced and future ones')
    .action(async ({ csv, all, ...options }: FileOptions) => {
      if (csv && options.json) throw usageError('Give one of --csv and --json.');
      const query = { format: csv ? 'csv' : 'json', all: all && 1 };
      const data = await connect(context, options).call({
        path: `${path}/export`,
        query,
        flags: { format: '--csv' },
      });
      if (csv) terminal.print(String(data).replace(/\r\n$/, '\r'));
      else printJson(terminal, data);
    });
  examples(command, 'halley prices export > prices.json', 'halley prices export --csv --all > prices.csv');
}

function addGroups(prices: Command, context: Context): void {
  const command = tableOptions(
    remote(
      prices
        .command('groups')
        .description('list the price multipliers of groups; a group without one pays the base price'),
    ),
  )
    .option('--all', 'include replaced and future ones')
    .action(async (options: AllOptions) => {
      const query = { all: options.all && 1 };
      const data = await connect(context, options).call({ path: `${path}/group`, query });
      const columns: readonly Column<Fields>[] = [
        { head: 'GROUP', full: (row) => visible(row.group), shrinksTo: 12 },
        { head: 'MULTIPLIER', full: (row) => visible(row.multiplier) },
        fromColumn(context, options),
        inForce,
      ];
      printRows(context, { nouns: 'multipliers', columns }, data, options);
    });
  examples(command, 'halley prices groups', 'halley prices groups --all');
}

function addSetGroup(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices.command('set-group <group> <multiplier>').description('set the price multiplier of a group'),
  )
    .option('--from <time>', 'when it takes effect; default: now')
    .action(async (group: string, multiplier: string, { from, ...options }: SetOptions) => {
      const body = { group, multiplier, effective_from: from };
      const flags = { group: '<group>', multiplier: '<multiplier>', effective_from: '--from' };
      const request = { method: 'PUT', path: `${path}/group`, body, flags } as const;
      const data = await connect(context, options).call(request);
      if (options.json) printJson(terminal, data);
      else terminal.print(`Prices of the group ${visible(group)} are multiplied by ${visible(multiplier)}.`);
    });
  examples(command, 'halley prices set-group vip 0.8', 'halley prices set-group vip 0.5 --from 2027-01-01');
}

function addRemoveGroup(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices.command('remove-group <group>').description('remove all multipliers of a group'),
  ).action(async (group: string, options: RemoteOptions) => {
    const request = {
      method: 'DELETE',
      path: `${path}/group`,
      query: { group },
      flags: { group: '<group>' },
    } as const;
    const data = await connect(context, options).call(request);
    if (options.json) printJson(terminal, data);
    else terminal.print(`The group ${visible(group)} pays the base price.`);
  });
  examples(command, 'halley prices remove-group vip');
}

export function addPrices(program: Command, context: Context): void {
  const prices = program.command('prices').description('model prices, for administrators');
  for (const add of [addList, addSet, addRemove, addImport, addExport]) add(prices, context);
  for (const add of [addGroups, addSetGroup, addRemoveGroup]) add(prices, context);
}
