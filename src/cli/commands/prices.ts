/** `halley prices`: what models cost, for administrators. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { asRecord, recordsOf } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { moment, printJson, printTable, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import { requireConfirmation } from '../terminal.ts';

const path = '/api/price';

/** Its price fields, in the order of the table, with the option that sets each. */
const rates = [
  ['input', 'input', 'USD for a million tokens in'],
  ['cached_input', 'cachedInput', 'the same for tokens that the upstream had in its cache'],
  ['cache_write', 'cacheWrite', 'the same for tokens that it wrote to its cache'],
  ['audio_input', 'audioInput', 'the same for sound'],
  ['image_input', 'imageInput', 'the same for pictures'],
  ['output', 'output', 'USD for a million tokens out'],
  ['reasoning', 'reasoning', 'the same for reasoning'],
  ['audio_output', 'audioOutput', 'the same for sound'],
  ['image_output', 'imageOutput', 'the same for pictures'],
  ['per_request', 'perRequest', 'USD for a request'],
  ['per_image', 'perImage', 'USD for a picture made'],
] as const;

type RateOptions = { readonly [Option in (typeof rates)[number][1]]?: string };

interface SetOptions extends RemoteOptions, RateOptions {
  readonly from?: string;
  readonly source?: string;
}

interface AllOptions extends RemoteOptions {
  readonly all?: true;
}

interface RemoveOptions extends RemoteOptions {
  readonly yes?: true;
}

interface FileOptions extends AllOptions {
  readonly csv?: true;
  readonly source?: string;
}

const usd = (text: unknown): string => (text === undefined ? '' : visible(text));

/** Seconds since 1970; a price that holds since ever has no time to show. */
const since = (record: Record<string, unknown>): string =>
  record.effective_from === 0 ? 'always' : moment(record.effective_from);

function addList(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(prices.command('list').description('list the prices in force, in USD'))
    .option('--all', 'also those that are replaced, and those to come')
    .option('--model <id>', 'only those for this id')
    .action(async ({ all, model, ...options }: AllOptions & { model?: string }) => {
      const query = { all: all && 1, model };
      const data = await connect(context, options).call({ path, query });
      if (options.json) return printJson(terminal, data);
      const rows = recordsOf(data).map((price) => [
        visible(price.id),
        since(price),
        price.in_force ? 'yes' : 'no',
        usd(price.input),
        usd(price.cached_input),
        usd(price.output),
        usd(price.per_request),
        usd(price.per_image),
        visible(price.source),
      ]);
      const head = ['MODEL', 'FROM', 'IN FORCE', 'INPUT', 'CACHED', 'OUTPUT', 'REQUEST', 'IMAGE', 'SOURCE'];
      printTable(terminal, head, rows);
    });
  examples(command, 'halley prices list', 'halley prices list --all --model gpt-4o');
}

function addSet(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices
      .command('set <model>')
      .description('set the price of a model, or of all that begin as it does (gpt-*)'),
  );
  for (const [field, , text] of rates) command.option(`--${field.replace('_', '-')} <usd>`, text);
  command
    .option('--from <time>', 'when it takes force: 2027-01-01 or 2027-01-01T12:00:00Z; by default now')
    .option('--source <text>', 'where the figures come from')
    .action(async (model: string, { from, source, ...options }: SetOptions) => {
      if (options.input === undefined || options.output === undefined)
        throw usageError('Give --input and --output; 0 is a price too.');
      const amounts = Object.fromEntries(rates.map(([field, option]) => [field, options[option]]));
      const body = { models: [{ id: model, effective_from: from, source, ...amounts }] };
      const data = await connect(context, options).call({ method: 'PUT', path, body });
      if (options.json) printJson(terminal, data);
      else terminal.print(`The price of ${visible(model)} is set.`);
    });
  examples(
    command,
    'halley prices set gpt-4o --input 2.50 --cached-input 1.25 --output 10',
    "halley prices set 'gpt-*' --input 5 --output 20 --from 2027-01-01",
  );
}

function addRemove(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(prices.command('remove <model>').description('remove all prices of a model'))
    .option('--yes', 'do not ask')
    .action(async (model: string, options: RemoveOptions) => {
      const client = connect(context, options);
      await requireConfirmation(
        terminal,
        options.yes,
        async () => `Remove all prices of ${visible(model)}? Its requests may be refused from now on.`,
      );
      await client.call({ method: 'DELETE', path, query: { model } });
      if (options.json) printJson(terminal, null);
      else terminal.print(`The prices of ${visible(model)} are removed.`);
    });
  examples(command, 'halley prices remove gpt-4o', "halley prices remove 'gpt-*' --yes");
}

function readFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw usageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function addImport(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices.command('import <file>').description('set the prices of a file; - is standard input'),
  )
    .option('--csv', 'it is CSV, whatever its name; otherwise .csv is CSV and anything else JSON')
    .option('--source <text>', 'where figures come from for which the file does not say it')
    .action(async (file: string, { csv, source, ...options }: FileOptions) => {
      const format = csv || /\.csv$/i.test(file) ? 'csv' : 'json';
      const body = { format, text: readFile(file), source };
      const data = await connect(context, options).call({ method: 'POST', path: `${path}/import`, body });
      if (options.json) printJson(terminal, data);
      else terminal.print(`${visible(asRecord(data).set)} prices are set.`);
    });
  examples(command, 'halley prices import prices.csv', 'halley prices import - --csv < prices.txt');
}

function addExport(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices.command('export').description('print the prices in force as a file, JSON unless told'),
  )
    .option('--csv', 'as CSV')
    .option('--all', 'also those that are replaced, and those to come')
    .action(async ({ csv, all, ...options }: FileOptions) => {
      if (csv && options.json) throw usageError('Give one of --csv and --json.');
      const query = { format: csv ? 'csv' : 'json', all: all && 1 };
      const data = await connect(context, options).call({ path: `${path}/export`, query });
      if (csv) terminal.print(String(data).replace(/\r\n$/, '\r'));
      else printJson(terminal, data);
    });
  examples(command, 'halley prices export > prices.json', 'halley prices export --csv --all > prices.csv');
}

function addGroups(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices
      .command('groups')
      .description("list groups' multipliers; a group without one pays the price as it is"),
  )
    .option('--all', 'also those that are replaced, and those to come')
    .action(async ({ all, ...options }: AllOptions) => {
      const query = { all: all && 1 };
      const data = await connect(context, options).call({ path: `${path}/group`, query });
      if (options.json) return printJson(terminal, data);
      const rows = recordsOf(data).map((row) => [
        visible(row.group),
        visible(row.multiplier),
        since(row),
        row.in_force ? 'yes' : 'no',
      ]);
      printTable(terminal, ['GROUP', 'MULTIPLIER', 'FROM', 'IN FORCE'], rows);
    });
  examples(command, 'halley prices groups', 'halley prices groups --all');
}

function addSetGroup(prices: Command, context: Context): void {
  const { terminal } = context;
  const command = remote(
    prices
      .command('set-group <group> <multiplier>')
      .description('set what the prices of a group are multiplied by'),
  )
    .option('--from <time>', 'when it takes force; by default now')
    .action(async (group: string, multiplier: string, { from, ...options }: SetOptions) => {
      const body = { group, multiplier, effective_from: from };
      const data = await connect(context, options).call({ method: 'PUT', path: `${path}/group`, body });
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
    const request = { method: 'DELETE', path: `${path}/group`, query: { group } } as const;
    const data = await connect(context, options).call(request);
    if (options.json) printJson(terminal, data);
    else terminal.print(`The group ${visible(group)} pays prices as they are.`);
  });
  examples(command, 'halley prices remove-group vip');
}

export function addPrices(program: Command, context: Context): void {
  const prices = program.command('prices').description('what models cost, for administrators');
  for (const add of [addList, addSet, addRemove, addImport, addExport]) add(prices, context);
  for (const add of [addGroups, addSetGroup, addRemoveGroup]) add(prices, context);
}
