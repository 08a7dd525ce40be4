/** Sends what an import takes over to a gateway, or asks the gateway what it would do with it. */
import { isDeepStrictEqual } from 'node:util';
import type { AccountItem, ImportPlan, KeyItem, PriceItem } from '../imports/plan.ts';
import type { Client } from './client.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { allPages, type Fields } from './listing.ts';

export const importKinds = ['prices', 'multipliers', 'accounts', 'keys', 'channels'] as const;
export type ImportKind = (typeof importKinds)[number];

/** What became of the items of a kind, or would become of them. */
export interface Tally {
  created: number;
  exists: number;
  deleted: number;
  refused: number;
  /** Reasons and warnings, each with the names of its items. */
  readonly messages: Map<string, string[]>;
}

const itemsPerCall = 100;

export interface ImportRun {
  readonly client: Client;
  readonly plan: ImportPlan;
  /** Of the prices: where they come from. */
  readonly source: string;
  readonly isDryRun: boolean;
}

/**
 * In an order in which nothing can be used before what restricts it is there. A run that was interrupted can be repeated:
 * what is there already stays as it is.
 * @throws CliError when the gateway cannot be reached or the caller is not root
 */
export async function runImport(run: ImportRun): Promise<ReadonlyMap<ImportKind, Tally>> {
  const tallies = new Map(importKinds.map((kind) => [kind, emptyTally()]));
  const tally = (kind: ImportKind) => tallies.get(kind) ?? emptyTally();
  await sendPrices(run, tally('prices'));
  await sendMultipliers(run, tally('multipliers'));
  const accounts = await sendItems(run, run.plan.accounts, tally('accounts'), ({ username }) => username);
  const keys = await sendItems(
    run,
    run.plan.keys,
    tally('keys'),
    ({ name, username }) => `${name || 'unnamed'} of ${username}`,
  );
  nameOwners(tally('accounts'), accounts, keys);
  await sendChannels(run, tally('channels'));
  return tallies;
}

const emptyTally = (): Tally => ({ created: 0, exists: 0, deleted: 0, refused: 0, messages: new Map() });

function note(tally: Tally, outcome: keyof Omit<Tally, 'messages'>, name: string, message?: string): void {
  tally[outcome] += 1;
  if (message === undefined) return;
  tally.messages.set(message, [...(tally.messages.get(message) ?? []), name]);
}

interface Outcome {
  readonly outcome: keyof Omit<Tally, 'messages'>;
  readonly message?: string;
}

interface Sent<Item> {
  readonly item: Item;
  readonly outcome: Outcome['outcome'];
}

async function sendItems<Item extends AccountItem | KeyItem>(
  { client, isDryRun }: ImportRun,
  all: readonly Item[],
  tally: Tally,
  nameOf: (item: Item) => string,
): Promise<readonly Sent<Item>[]> {
  const sent: Sent<Item>[] = [];
  for (let at = 0; at < all.length; at += itemsPerCall) {
    const items = all.slice(at, at + itemsPerCall);
    const body = { dry_run: isDryRun, items };
    const results = (await client.call({ method: 'POST', path: '/api/import', body })) as readonly Outcome[];
    for (const [index, { outcome, message }] of results.entries()) {
      const item = items[index];
      if (!item) continue;
      note(tally, outcome, nameOf(item), message);
      sent.push({ item, outcome });
    }
  }
  return sent;
}

/** An account here may be somebody else's of the same name: says which ones are given keys that are new here. */
function nameOwners(
  tally: Tally,
  accounts: readonly Sent<AccountItem>[],
  keys: readonly Sent<KeyItem>[],
): void {
  const fresh = new Set(
    accounts.flatMap(({ item, outcome }) => (outcome === 'created' ? item.username : [])),
  );
  const there = accounts.flatMap(({ item, outcome }) => (outcome === 'exists' ? item.username : []));
  const owners = new Set(keys.flatMap(({ item, outcome }) => (outcome === 'created' ? item.username : [])));
  const say = (message: string, names: readonly string[]) => {
    if (names.length > 0) tally.messages.set(message, [...names]);
  };
  say(
    'Was here before, stays as it is, and gets keys that are new here: make sure that it is the same one.',
    there.filter((name) => owners.has(name)),
  );
  say(
    'Is not among the imported accounts, and gets keys.',
    [...owners].filter((name) => !fresh.has(name) && !there.includes(name)),
  );
  say(
    'Was here before and stays as it is.',
    there.filter((name) => !owners.has(name)),
  );
}

const refusals = new Set<number>([exitCodes.usage, exitCodes.failure]);

/** Sends one request; a refusal counts, any other failure ends the run. */
async function send(tally: Tally, name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
    note(tally, 'created', name);
  } catch (error) {
    if (!(error instanceof CliError) || !refusals.has(error.exitCode)) throw error;
    note(tally, 'refused', name, error.message);
  }
}

async function sendPrices({ client, plan, source, isDryRun }: ImportRun, tally: Tally): Promise<void> {
  const query = { all: 1 };
  const present = (await client.call({ path: '/api/price', query })) as readonly Fields[];
  for (const price of plan.prices) {
    if (present.some((each) => isSame(price, each))) note(tally, 'exists', price.id);
    else if (isDryRun) note(tally, 'created', price.id);
    else {
      const body = { source, models: [price] };
      await send(tally, price.id, () => client.call({ method: 'PUT', path: '/api/price', body }));
    }
  }
}

/** Whether it is in force, or will be from the same moment on. */
const isSame = (price: PriceItem, present: Fields): boolean =>
  (price.effective_from !== undefined || present.in_force === true) &&
  Object.entries(price).every(([name, value]) => isDeepStrictEqual(present[name], value));

async function sendMultipliers({ client, plan, isDryRun }: ImportRun, tally: Tally): Promise<void> {
  const path = '/api/price/group';
  const present = (await client.call({ path, query: { all: 1 } })) as readonly Fields[];
  for (const body of plan.multipliers) {
    const isThere = present.some(
      ({ group, multiplier, in_force, effective_from }) =>
        group === body.group &&
        Number(multiplier) === Number(body.multiplier) &&
        (body.effective_from === undefined ? in_force === true : effective_from === body.effective_from),
    );
    if (isThere) note(tally, 'exists', body.group);
    else if (isDryRun) note(tally, 'created', body.group);
    else await send(tally, body.group, () => client.call({ method: 'PUT', path, body }));
  }
}

/** A channel of the same name stays as it is. */
async function sendChannels({ client, plan, isDryRun }: ImportRun, tally: Tally): Promise<void> {
  const path = '/api/channel';
  const names = new Set<unknown>();
  if (plan.channels.length > 0) {
    for await (const page of allPages(client, { path, byCursor: false }))
      for (const { name } of page.items) names.add(name);
  }
  for (const body of plan.channels) {
    if (names.has(body.name)) note(tally, 'exists', body.name);
    else if (isDryRun) note(tally, 'created', body.name);
    else await send(tally, body.name, () => client.call({ method: 'POST', path, body }));
  }
}
