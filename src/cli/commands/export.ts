/** `halley export`: prints everything that `halley import file` takes, as lines of JSON. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { AccountItem, KeyItem } from '../../imports/plan.ts';
import type { Client } from '../client.ts';
import { type Context, connect, examples, type RemoteOptions, remote } from '../context.ts';
import { count } from '../display.ts';
import { usageError } from '../exit-codes.ts';

/** Names of `--only`, and the types that the API has for them. */
const kinds = {
  accounts: ['account'],
  keys: ['key', 'deleted_key'],
  channels: ['channel'],
  prices: ['price'],
  multipliers: ['multiplier'],
} as const;
type Kind = keyof typeof kinds;

interface ExportOptions extends RemoteOptions {
  readonly to?: string;
  readonly secrets?: true;
  readonly only?: readonly Kind[];
}

interface Page {
  readonly items: readonly object[];
  readonly next: string | null;
}

interface Usage {
  readonly units: number;
  readonly requests: number;
}
const noUsage: Usage = { units: 0, requests: 0 };

const modeOfSecrets = 0o600;

export function addExport(program: Command, context: Context): void {
  const command = remote(
    program
      .command('export')
      .description(
        'print accounts, keys, channels and prices as lines of JSON for `halley import file`, as root',
      ),
  )
    .option('--to <file>', 'a new file (mode 600) rather than standard output')
    .option('--secrets', 'include values of keys, where they can be shown again, and keys of channels')
    .addOption(new Option('--only <kinds...>', 'only some of it').choices(Object.keys(kinds)))
    .action((options: ExportOptions) => run(context, options));
  examples(
    command,
    'halley export --to halley.jsonl',
    'halley export --secrets --only channels --to channels.jsonl',
  );
}

async function run(context: Context, options: ExportOptions): Promise<void> {
  const { terminal } = context;
  const client = connect(context, options);
  const file = options.to === undefined ? undefined : create(options.to);
  let lines = 0;
  try {
    const put = (item: object) => {
      const line = JSON.stringify(item);
      if (file === undefined) terminal.print(line);
      else writeSync(file, `${line}\n`);
    };
    for await (const item of allItems(client, options)) {
      put(item);
      lines += 1;
      if (terminal.closed) return;
    }
    // `halley import file` refuses a file without it: an export that failed leaves lines that look like all.
    put({ type: 'end', lines });
    if (file !== undefined) fsyncSync(file);
  } finally {
    if (file !== undefined) closeSync(file);
  }
  if (file !== undefined) terminal.warn(`${count(lines)} lines are in ${options.to}.`);
}

function create(path: string): number {
  try {
    return openSync(path, 'wx', modeOfSecrets);
  } catch (error) {
    throw usageError(`${path} cannot be made: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

async function* allItems(client: Client, options: ExportOptions): AsyncGenerator<object> {
  const withSecrets = options.secrets === true;
  for (const kind of options.only ?? (Object.keys(kinds) as Kind[])) {
    if (kind !== 'accounts') yield* itemsOf(client, kind, withSecrets);
    else {
      const usedByKeys = await usageOfKeys(client);
      for await (const item of itemsOf(client, kind, withSecrets))
        yield withOwnUsage(item as AccountItem, usedByKeys);
    }
  }
}

/** What the keys of each account used, which goes over with them. */
async function usageOfKeys(client: Client): Promise<ReadonlyMap<string, Usage>> {
  const used = new Map<string, Usage>();
  for await (const item of itemsOf(client, 'keys', false)) {
    const { username, used_quota = 0, request_count = 0 } = item as KeyItem;
    const { units, requests } = used.get(username) ?? noUsage;
    used.set(username, { units: units + used_quota, requests: requests + request_count });
  }
  return used;
}

/** The API counts what the keys used for the account too. In a file it is there once, whichever of both is imported. */
function withOwnUsage(account: AccountItem, usedByKeys: ReadonlyMap<string, Usage>): AccountItem {
  const { units, requests } = usedByKeys.get(account.username) ?? noUsage;
  return {
    ...account,
    used_quota: Math.max(0, (account.used_quota ?? 0) - units),
    request_count: Math.max(0, (account.request_count ?? 0) - requests),
  };
}

async function* itemsOf(client: Client, kind: Kind, secrets: boolean): AsyncGenerator<object> {
  for (const type of kinds[kind]) {
    let after: string | undefined;
    do {
      const body = { type, secrets, ...(after !== undefined && { after }) };
      const page = (await client.call({
        method: 'POST',
        path: '/api/export',
        body,
        flags: { type: '--only', secrets: '--secrets' },
      })) as Page;
      yield* page.items;
      after = page.next ?? undefined;
    } while (after !== undefined);
  }
}
