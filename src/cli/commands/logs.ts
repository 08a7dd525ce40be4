/** `halley logs`: lists and follows request records. */
import { type Command, Option } from 'commander';
import { pause } from '../../platform/clock.ts';
import { limits } from '../../platform/limits.ts';
import type { Request } from '../client.ts';
import { type Context, connect, examples, nowSeconds } from '../context.ts';
import { visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import { follow } from '../follow.ts';
import { type Fields, type ListOptions, listOptions, printList } from '../listing.ts';
import { logColumns, recordTypes } from '../log-record.ts';
import { Table } from '../table.ts';
import { parseId, parseTime } from '../values.ts';

interface LogOptions extends ListOptions {
  readonly follow?: true;
  readonly key?: string;
  readonly model?: string;
  readonly type?: string;
  readonly since?: number;
  readonly until?: number;
  readonly request?: string;
  readonly allUsers?: true;
  readonly user?: string;
  readonly channel?: string;
}

const poll_ms = 1000;

/** The option that sets each query parameter. Error messages name the option. */
const flags = {
  token_id: '--key',
  token_name: '--key',
  model_name: '--model',
  type: '--type',
  start_timestamp: '--since',
  end_timestamp: '--until',
  request_id: '--request',
  user_id: '--user',
  channel: '--channel',
};

function queryOf(options: LogOptions): NonNullable<Request['query']> {
  const { key, model, type, since, until, request, user, channel } = options;
  const isId = key !== undefined && /^\d+$/.test(key);
  return {
    token_id: isId ? key : undefined,
    token_name: isId ? undefined : key,
    model_name: model,
    type: type === undefined ? undefined : recordTypes[type],
    start_timestamp: since,
    end_timestamp: until,
    request_id: request,
    user_id: user,
    channel,
  };
}

export function addLogs(program: Command, context: Context): void {
  const time = (text: string) => parseTime(text, nowSeconds(context));
  const command = listOptions(
    program.command('logs').description('list the requests of your keys, newest first'),
    'records',
  )
    .option(
      '-f, --follow',
      'print new records as they arrive, until Ctrl-C; with --json one record on each line',
    )
    .option('--key <id|name>', 'only those of this key; digits are an id')
    .option('--model <id>', 'only those for this model; % stands for any text')
    .addOption(new Option('--type <type>', 'only those of this type').choices(Object.keys(recordTypes)))
    .option('--since <when>', '2h, 7d, 2027-01-01 (UTC) or 2027-01-01T12:00Z', time)
    .option('--until <when>', 'the same, for the end', time)
    .option('--request <id>', 'only this request: the id in the header x-request-id')
    .option('--all-users', 'those of all accounts, for administrators')
    .option('--user <id>', 'only those of this account, for administrators', parseId)
    .option('--channel <id>', 'only those of this channel, for administrators', parseId)
    .action(async (options: LogOptions) => {
      const { allUsers, user, channel } = options;
      const ofAll = allUsers === true || user !== undefined || channel !== undefined;
      const listing = {
        path: ofAll ? '/api/log' : '/api/log/self',
        query: queryOf(options),
        flags,
        byCursor: true,
        countedMax: limits.records_counted_max,
        nouns: 'records',
        columns: logColumns(context, options, ofAll),
      };
      if (options.follow) await followLogs(context, listing, options);
      else await printList(context, connect(context, options), listing, options);
    });
  examples(
    command,
    'halley logs --since 24h --key website',
    'halley logs --follow --type error',
    'halley logs --all-users --model "gpt-%" --all --json > requests.json',
  );
}

async function followLogs(
  context: Context,
  listing: Pick<Parameters<typeof printList>[2], 'path' | 'query' | 'columns'>,
  options: LogOptions,
): Promise<void> {
  if (
    options.all ||
    options.page !== undefined ||
    options.pageSize !== undefined ||
    options.until !== undefined
  ) {
    throw usageError('--follow cannot be combined with --all, --page, --page-size or --until.');
  }
  const { terminal } = context;
  const table = new Table<Fields>(terminal, listing.columns, options);
  await follow({
    client: connect(context, options),
    path: listing.path,
    query: listing.query ?? {},
    flags,
    pollMs: poll_ms,
    show: (records) => {
      if (!options.json) table.add(records);
      else for (const record of records) terminal.print(JSON.stringify(record));
    },
    notify: (text) => terminal.warn(`halley: ${visible(text)}`),
    wait: pause,
    isOver: () => terminal.closed,
  });
}
