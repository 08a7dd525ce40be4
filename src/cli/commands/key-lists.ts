/** `halley keys list` and `halley keys stats`: which keys there are, by filter and order, and how many of which kind. */
import { type Command, Option } from 'commander';
import { idleDays, keyRisks, removableDays } from '../../domain/key-risk.ts';
import { keySorts } from '../../store/key-list.ts';
import { asRecord } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { count, printFields, printJson } from '../display.ts';
import { usageError } from '../exit-codes.ts';
import { keyColumns, statusNames, type ValueOptions, valueOption, withoutValue } from '../key-record.ts';
import { type Fields, type ListOptions, listOptions, printList } from '../listing.ts';
import { accountOption, keysOf, managedPath } from './managed-keys.ts';

const path = '/api/token/';

interface FilterOptions {
  readonly text?: string;
  readonly status?: string;
  readonly group?: string;
  readonly model?: string;
  readonly risk?: string;
  readonly sort?: string;
  readonly ascending?: true;
}

interface KeyListOptions extends ListOptions, ValueOptions, FilterOptions {
  readonly search?: string;
  readonly account?: string;
}

const filterFlags = {
  keyword: '--text',
  status: '--status',
  group: '--group',
  model: '--model',
  risk: '--risk',
  sort: '--sort',
  user_id: '--account',
} as const;

const choice = (flags: string, description: string, choices: readonly string[]) =>
  new Option(flags, description).choices(choices);

const filterOptions = (command: Command): Command =>
  command
    .option('--text <text>', 'only keys with this text in the name or at the start or end of the value')
    .addOption(choice('--status <status>', 'only keys of this status', Object.values(statusNames)))
    .option('--group <group>', 'only keys of this group')
    .option('--model <model>', 'only keys that may use this model')
    .addOption(
      choice(
        '--risk <risk>',
        `only working keys without a limit, without an expiry, or unused for ${idleDays} days (idle); or keys that do not work and were not used for ${removableDays} days (removable)`,
        keyRisks,
      ),
    )
    .addOption(choice('--sort <order>', 'what the list is ordered by, the largest first', keySorts))
    .option('--ascending', 'the smallest first');

function isFiltered({ text, status, group, model, risk, sort, ascending }: FilterOptions): boolean {
  return [text, status, group, model, risk, sort, ascending].some((given) => given !== undefined);
}

/** @returns the request for a list by filter and order, which never has values of keys */
function filteredKeys(options: KeyListOptions) {
  const { text, status, group, model, risk, sort, ascending, account, search, all, showValues } = options;
  if (search !== undefined)
    throw usageError('Use --text instead of --search when you combine it with other filters.');
  if (showValues)
    throw usageError('Filtered or sorted lists show no values. Use: halley keys show <id> --show-values');
  if (all && (ascending || (sort ?? 'created') !== 'created')) {
    throw usageError('--all lists the newest first. Leave out --sort and --ascending.');
  }
  const number = Object.keys(statusNames).find((each) => statusNames[each] === status);
  return {
    path: `${account === undefined ? path : managedPath}list`,
    query: {
      keyword: text,
      status: number,
      group,
      model,
      risk,
      sort,
      order: ascending && 'asc',
      user_id: account,
    },
    flags: filterFlags,
    byCursor: false,
  };
}

function addList(keys: Command, context: Context): void {
  const listed = listOptions(keys.command('list').description('list the keys, newest first'), 'keys');
  const command = filterOptions(accountOption(valueOption(listed)))
    .option('--search <name>', 'only keys of this name; % stands for any text')
    .action(async (options: KeyListOptions) => {
      const { search, account } = options;
      const own = {
        path: search === undefined ? path : `${path}search`,
        query: { keyword: search },
        flags: { keyword: '--search' },
        byCursor: true,
      };
      const plain = account === undefined ? own : keysOf(account, search);
      const isPlain = !isFiltered(options);
      const listing = {
        ...(isPlain ? plain : filteredKeys(options)),
        nouns: 'keys',
        columns: keyColumns(context, options),
        shown: (key: Fields) => withoutValue(key, options),
        hint:
          isPlain && search === undefined && account === undefined
            ? 'Create one: halley keys create <name>'
            : '',
      };
      await printList(context, connect(context, options), listing, options);
    });
  examples(
    command,
    'halley keys list',
    'halley keys list --search "prod%" --wide',
    'halley keys list --risk idle --sort last_used --ascending',
    'halley keys list --account 7',
    'halley keys list --all --json > keys.json',
  );
}

function addStats(keys: Command, context: Context): void {
  const command = accountOption(
    remote(keys.command('stats').description('count the keys by status and risk')),
  )
    .option('--managed', 'the keys of all accounts that you manage; for administrators')
    .action(async (options: RemoteOptions & { account?: string; managed?: true }) => {
      const { account, managed } = options;
      const isManaged = managed || account !== undefined;
      const data = await connect(context, options).call({
        path: `${isManaged ? managedPath : path}stats`,
        query: { user_id: account },
        flags: filterFlags,
      });
      if (options.json) return printJson(context.terminal, data);
      printCounts(context, asRecord(data));
    });
  examples(
    command,
    'halley keys stats',
    'halley keys stats --managed',
    'halley keys stats --account 7 --json',
  );
}

function printCounts({ terminal }: Context, counts: Fields): void {
  const line = (name: string, label = name): [string, string] => [label, count(Number(counts[name]))];
  printFields(terminal, [
    line('total', 'keys'),
    ...Object.values(statusNames).map((name) => line(name)),
    line('no_limit', 'no limit'),
    line('never_expires', 'never expires'),
    line('idle'),
    line('removable'),
  ]);
  if (counts.complete === false) terminal.warn('There are more keys: only the newest were counted.');
}

export function addKeyLists(keys: Command, context: Context): void {
  addList(keys, context);
  addStats(keys, context);
}
