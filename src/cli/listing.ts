/** Prints a page or all records as a table or JSON, and their number on standard error. */
import type { Command } from 'commander';
import { limits } from '../platform/limits.ts';
import { type Client, type PageOfRecords, pageOf, type Request, recordsOf } from './client.ts';
import { type Context, nowSeconds, type RemoteOptions, remote } from './context.ts';
import { amount, count, counted, JsonArray, moment, relative, usd } from './display.ts';
import { CliError, exitCodes, usageError } from './exit-codes.ts';
import type { Flags } from './flags.ts';
import { type Column, Table, type TableOptions } from './table.ts';
import { parseBetween } from './values.ts';

export type Fields = Readonly<Record<string, unknown>>;

export interface RowsOptions extends RemoteOptions, TableOptions {
  /** Show times in UTC instead of relative to now. */
  readonly utc?: true;
}

export interface ListOptions extends RowsOptions {
  readonly all?: true;
  readonly page?: number;
  readonly pageSize?: number;
}

const page_max = 1_000_000_000;

/** Adds the options of every command that prints a table. */
export const tableOptions = (command: Command): Command =>
  command
    .option('--wide', 'show all columns in full on a terminal of any width')
    .option('--utc', 'show times as 2027-01-31 12:00Z instead of "3d ago"');

/** Adds the options of every command that prints a paged list. */
export const listOptions = (command: Command, nouns: string): Command =>
  tableOptions(remote(command))
    .option('--all', `all ${nouns} rather than a page of them`)
    .option('--page <number>', 'page, from 1', parseBetween(1, page_max))
    .option(
      '--page-size <number>',
      `${nouns} on a page, 1 to ${limits.page_size_max}; ${limits.page_size_default} unless given`,
      parseBetween(1, limits.page_size_max),
    );

export interface Listing {
  readonly path: string;
  readonly query?: NonNullable<Request['query']>;
  /** Sends a POST with this body instead of a GET, for values that must not be in a URL. */
  readonly body?: Fields;
  /** The option that sets each query parameter. */
  readonly flags?: Flags;
  /**
   * Whether the API pages by `before_id`, which neither skips nor repeats records when others are added or deleted.
   */
  readonly byCursor: boolean;
  /** The API does not count more records than this. */
  readonly countedMax?: number;
  /** Plural, such as `keys`. */
  readonly nouns: string;
  readonly columns: readonly Column<Fields>[];
  /** Removes fields that the list must not show. Default: shows all. */
  readonly shown?: (record: Fields) => Fields;
  /** Printed when the list is empty. */
  readonly hint?: string;
}

type Source = Pick<Listing, 'path' | 'query' | 'body' | 'flags' | 'byCursor'>;
async function readPage(
  client: Pick<Client, 'call'>,
  { path, query, body, flags = {} }: Source,
  place: NonNullable<Request['query']>,
): Promise<PageOfRecords> {
  const request: Request = body
    ? { method: 'POST', path, body: { ...body, ...place }, flags }
    : { path, query: { ...query, ...place }, flags };
  return pageOf(await client.call(request));
}

/** Yields all pages from first to last. */
export async function* allPages(client: Pick<Client, 'call'>, source: Source): AsyncGenerator<PageOfRecords> {
  const { byCursor } = source;
  const size = limits.page_size_max;
  let lastId = Number.POSITIVE_INFINITY;
  let before: string | undefined;
  for (let page = 1; ; page += 1) {
    const beforeId = page === 1 || before !== undefined ? undefined : lastId;
    const place = byCursor ? { before_id: beforeId, before } : { p: page };
    const found = await readPage(client, source, { ...place, page_size: size });
    const { items, total, nextBeforeId, searched } = found;
    const ids = items.map(({ id }) => Number(id));
    if (byCursor && ids.includes(lastId)) {
      throw new CliError(
        exitCodes.serverError,
        'The gateway cannot continue a list after a record. Update it.',
      );
    }
    // Records added since the first page move older ones to the next page.
    yield {
      ...{ total, nextBeforeId, searched },
      items: byCursor ? items : items.filter((_, index) => (ids[index] ?? 0) < lastId),
    };
    before = searched?.next;
    if (!before && (nextBeforeId === 0 || (nextBeforeId === undefined && items.length < size))) return;
    lastId = nextBeforeId ?? ids.at(-1) ?? lastId;
  }
}

/**
 * Prints one page, or all pages as they arrive with `--all`.
 * @returns the number of printed records
 */
export async function printList(
  context: Context,
  client: Client,
  listing: Listing,
  options: ListOptions,
): Promise<number> {
  const { all, page, pageSize } = options;
  if (all && (page !== undefined || pageSize !== undefined)) {
    throw usageError('Give --all, or --page and --page-size.');
  }
  const output = new RowsOutput(context, listing, options);
  let [shown, total] = [0, 0];
  let next: number | undefined;
  let last: PageOfRecords | undefined;
  const pages = all
    ? allPages(client, listing)
    : [await readPage(client, listing, { p: page, page_size: pageSize })];
  for await (const found of pages) {
    output.add(found.items);
    shown += found.items.length;
    ({ total, nextBeforeId: next } = found);
    last = found;
    if (context.terminal.closed) return shown;
  }
  output.end();
  const size = pageSize ?? limits.page_size_default;
  if (!all && last?.searched) context.terminal.warn(searchedText(shown, last, listing));
  else if (!all && next) context.terminal.warn(`${count(shown)} ${listing.nouns}; --all for all.`);
  else if (all || total <= shown) output.tellComplete(shown);
  else context.terminal.warn(partText({ shown, total, page: page ?? 1, size }, listing));
  return shown;
}

/** Says since when records were searched, and how to search further. */
function searchedText(shown: number, { total, searched }: PageOfRecords, { nouns }: Listing): string {
  const from = new Date((searched?.from ?? 0) * 1000).toISOString().replace('.000Z', 'Z');
  const found = total > shown ? `${count(shown)} of ${count(total)}` : count(shown);
  return `${found} ${nouns} since ${from}; older ones were not searched. --all searches all, --until ${from} goes on.`;
}

interface Part {
  readonly shown: number;
  readonly total: number;
  readonly page: number;
  readonly size: number;
}

function partText({ shown, total, page, size }: Part, { nouns, countedMax }: Listing): string {
  const of = `${count(total)}${total === countedMax ? ' or more' : ''} ${nouns}`;
  if (shown === 0) return `There is no page ${count(page)} of ${of}.`;
  const before = (page - 1) * size;
  const range = before === 0 ? count(shown) : `${count(before + 1)} to ${count(before + shown)}`;
  const next = before + shown < total ? `, --page ${page + 1} for the next` : '';
  return `${range} of ${of}; --all for all${next}.`;
}

/** Prints a list that is complete already. */
export function printRows(
  context: Context,
  what: Pick<Listing, 'nouns' | 'columns' | 'shown' | 'hint'>,
  data: unknown,
  options: RowsOptions,
): void {
  const records = recordsOf(data);
  const output = new RowsOutput(context, what, options);
  output.add(records);
  output.end();
  output.tellComplete(records.length);
}

/** Prints records in batches as a table or a JSON array. */
class RowsOutput {
  readonly #context: Context;
  readonly #what: Pick<Listing, 'nouns' | 'columns' | 'shown' | 'hint'>;
  readonly #output: JsonArray | Table<Fields>;
  readonly #isForPerson: boolean;

  constructor(
    context: Context,
    what: Pick<Listing, 'nouns' | 'columns' | 'shown' | 'hint'>,
    options: RowsOptions,
  ) {
    const { terminal } = context;
    this.#context = context;
    this.#what = what;
    this.#isForPerson = terminal.interactive && !options.json;
    this.#output = options.json ? new JsonArray(terminal) : new Table(terminal, what.columns, options);
  }

  add(records: readonly Fields[]): void {
    const { shown = (record) => record } = this.#what;
    // For a person, a sentence is clearer than a header without rows.
    if (records.length > 0 || !this.#isForPerson) this.#output.add(records.map(shown));
  }

  end(): void {
    this.#output.end();
  }

  /** Prints the total for a person. Programs see the end of the list. */
  tellComplete(total: number): void {
    if (!this.#isForPerson) return;
    const { nouns, hint } = this.#what;
    if (total > 0) this.#context.terminal.warn(`${counted(total, nouns)}.`);
    else this.#context.terminal.warn(`No ${nouns}.${hint ? ` ${hint}` : ''}`);
  }
}

/** Formats a time; for a person, adds the time relative to now. */
export function when(context: Context, seconds: unknown): string {
  const text = moment(seconds);
  if (!context.terminal.interactive || text === '' || text === 'never') return text;
  return `${text} (${relative(seconds, nowSeconds(context))})`;
}

type Extra = Pick<Column<Fields>, 'rank' | 'shrinksTo'>;

/** Defines a column of times: relative to now for a person, unless `--utc` is given. */
export function timeColumn(
  context: Context,
  { utc, json }: RowsOptions,
  head: string,
  read: (record: Fields) => unknown,
  extra: Extra = {},
): Column<Fields> {
  const full = (record: Fields) => moment(read(record));
  if (utc || json) return { head, full, ...extra };
  const now = nowSeconds(context);
  return { head, full, short: (record) => relative(read(record), now), ...extra };
}

/** Defines a column of units: in USD for a person, in units and USD if there is room. */
export const unitsColumn = (
  head: string,
  read: (record: Fields) => unknown,
  extra: Extra = {},
): Column<Fields> => ({
  head,
  full: (record) => amount(read(record)),
  short: (record) => usd(read(record)),
  ...extra,
});
