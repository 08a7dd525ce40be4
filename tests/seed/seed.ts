/** Fills an empty database with lifelike data: accounts, keys, channels, prices and ninety days of usage. */
import { bootstrap, type FirstSecrets } from '../../src/accounts/bootstrap.ts';
import { noPassword, Passwords } from '../../src/accounts/passwords.ts';
import { demoModels } from '../../src/demo/models.ts';
import { periodAt } from '../../src/domain/budget.ts';
import { digestOf } from '../../src/domain/digest.ts';
import { keyHint, makeKeyValue } from '../../src/domain/format.ts';
import { plainMultiplier } from '../../src/domain/rates.ts';
import { seal } from '../../src/domain/seal.ts';
import { PriceBook } from '../../src/ledger/price-book.ts';
import { fillPrices } from '../../src/ledger/price-list.ts';
import { freshChannel } from '../../src/management/channels/fields.ts';
import { sealChannelKeys } from '../../src/management/channels/sealed-keys.ts';
import { freshKey } from '../../src/management/tokens/fields.ts';
import type { Clock } from '../../src/platform/clock.ts';
import { limits } from '../../src/platform/limits.ts';
import type { RandomBytes } from '../../src/platform/random.ts';
import type { OpenedStore } from '../../src/store/open-store.ts';
import { demoBaseUrl } from '../../src/upstreams/dialling.ts';
import { channelKinds } from '../../src/upstreams/kinds/kinds.ts';
import { type AccountPlan, accountPlans, channelPlans, type KeyPlan } from './cast.ts';
import { Dice } from './dice.ts';
import { ownerOrigin, rootOrigin } from './origins.ts';
import { type DraftRecord, daysOfTraffic, trafficOf } from './traffic.ts';

export interface SeedOptions extends Pick<OpenedStore, 'store' | 'secrets'> {
  readonly clock: Clock;
  /** For secrets. Everything else is the same in every run. */
  readonly random: RandomBytes;
  readonly bootstrapToken: string | undefined;
}

export interface Seeded {
  /** Root's, unless it has a token of the settings. */
  readonly rootSecrets: FirstSecrets | undefined;
  readonly accounts: number;
  readonly keys: number;
  readonly records: number;
}

const daySeconds = 86_400;
/** Settled in one transaction, as the ledger does under load. */
const batchSize = 512;
const usd = limits.quota_units_per_usd;

/** A request of a key before its account and key exist. */
interface KeyTraffic {
  readonly plan: KeyPlan;
  readonly records: readonly DraftRecord[];
}

/** @throws Error when the database holds an account already */
export async function seedDemo(options: SeedOptions): Promise<Seeded> {
  const { store, clock, random, bootstrapToken } = options;
  if ((await store.countAccounts()) > 0)
    throw new Error('The database has accounts already. Demo data goes into an empty one only.');
  const now = Math.floor(clock.now() / 1000);
  const passwords = new Passwords(random);
  const { secrets: rootSecrets } = await bootstrap({ store, clock, random, passwords, bootstrapToken });
  await insertChannels(options, now - daysOfTraffic * daySeconds);
  await fillPrices(store, clock);
  for (const [group, share] of [
    ['production', 1.1],
    ['research', 0.8],
  ] as const)
    await store
      .by(rootOrigin)
      .setMultiplier({ group, effectiveFrom: 0, multiplier: share * plainMultiplier });
  const prices = new PriceBook({ store, clock });
  await prices.load();
  const dice = new Dice(14);
  const settlements = [];
  for (const account of accountPlans) {
    const traffic = account.keys.map((plan): KeyTraffic => {
      const subject = { plan, username: account.username, group: account.group, prices };
      return { plan, records: trafficOf(subject, dice, now) };
    });
    const accountId = await insertAccount(options, account, traffic, now);
    for (const { plan, records } of traffic) {
      const keyId = await insertKey(options, { accountId, username: account.username }, plan, records, now);
      settlements.push(
        ...records.map((record) => ({ record: { ...record, accountId, keyId }, reserved: false })),
      );
    }
  }
  settlements.sort((a, b) => a.record.createdAt - b.record.createdAt);
  for (let at = 0; at < settlements.length; at += batchSize)
    await store.settle(settlements.slice(at, at + batchSize), false);
  await disableAccounts(options);
  const keys = accountPlans.flatMap((account) => account.keys).length;
  return { rootSecrets, accounts: accountPlans.length, keys, records: settlements.length };
}

async function insertChannels({ store, secrets, random }: SeedOptions, createdAt: number): Promise<void> {
  await store.by(rootOrigin).insertChannel({
    ...freshChannel,
    name: 'demo',
    protocols: ['openai', 'anthropic', 'gemini'],
    baseUrl: demoBaseUrl,
    models: demoModels,
    createdAt,
  });
  for (const { kind: kindName, disabled, ...plan } of channelPlans) {
    const { baseUrl, protocols, options, streamUsage } = channelKinds[kindName];
    await store.by(rootOrigin).insertChannel({
      ...freshChannel,
      ...plan,
      kind: kindName,
      protocols,
      options,
      streamUsage: streamUsage ?? true,
      baseUrl: baseUrl ?? '',
      state: disabled ? 'disabled' : 'enabled',
      sealedKeys: sealChannelKeys(secrets, random, ['opens-nothing']),
      createdAt,
    });
  }
}

const unitsIn = (records: readonly DraftRecord[]) => records.reduce((sum, { units }) => sum + units, 0);

/** @returns its id */
async function insertAccount(
  { store }: SeedOptions,
  plan: AccountPlan,
  traffic: readonly KeyTraffic[],
  now: number,
): Promise<number> {
  const { username, displayName, email, role, group, topups } = plan;
  const root = username === 'root' ? await store.findAccountByUsername(username) : undefined;
  if (root) return root.id;
  const createdAt = now - daysOfTraffic * daySeconds;
  const account = await store.by(rootOrigin).insertAccount({
    username,
    displayName,
    email,
    role,
    group,
    state: 'enabled',
    // What was spent comes on top of the top-ups, so that every balance is above zero whatever the prices are.
    quota: topups ? traffic.reduce((sum, { records }) => sum + unitsIn(records), 0) : 0,
    unlimitedQuota: topups === undefined,
    passwordHash: noPassword,
    accessTokenDigest: null,
    budget: null,
    createdAt,
  });
  if (account === 'username_taken') throw new Error(`There is an account ${username} already.`);
  for (const [at, [amount, reason]] of (topups ?? []).entries()) {
    await store.by(rootOrigin).topUp(
      {
        accountId: account.id,
        units: amount * usd,
        reason,
        actorId: 1,
        reference: null,
        createdAt: createdAt + (at * 45 + 1) * daySeconds,
        requestId: `demo-topup-${username}-${at}`,
      },
      () => undefined,
    );
  }
  return account.id;
}

/** @returns its id */
async function insertKey(
  { store, secrets, random }: SeedOptions,
  { accountId, username }: { readonly accountId: number; readonly username: string },
  plan: KeyPlan,
  records: readonly DraftRecord[],
  now: number,
): Promise<number> {
  const { value, body } = makeKeyValue(random);
  const digest = digestOf(body);
  const { quotaSpent, expiresIn } = plan;
  const firstDay = (plan.days?.[0] ?? daysOfTraffic - 1) + 1;
  const row = await store.by(ownerOrigin(accountId, username)).insertKey(
    {
      ...freshKey,
      name: plan.name,
      unlimitedQuota: quotaSpent === undefined,
      remainQuota: quotaSpent === undefined ? 0 : Math.ceil(unitsIn(records) / quotaSpent),
      expiresAt: expiresIn === undefined ? -1 : now + expiresIn * daySeconds,
      budget: budgetOf(plan, records, now),
      ...plan.fields,
      accountId,
      digest,
      sealed: seal(secrets, random, value, digest),
      hint: keyHint(body),
      createdAt: now - firstDay * daySeconds,
    },
    Number.MAX_SAFE_INTEGER,
    () => undefined,
  );
  if (typeof row === 'string') throw new Error(`The key "${plan.name}" cannot be made: ${row}`);
  return row.id;
}

/** A monthly budget of which the plan's share is spent now. */
function budgetOf({ budgetSpent }: KeyPlan, records: readonly DraftRecord[], now: number) {
  if (budgetSpent === undefined) return null;
  const budget = { period: 'monthly', timeZone: 'UTC', softPercent: 80 } as const;
  const { start } = periodAt({ ...budget, units: 1 }, now);
  const spent = unitsIn(records.filter(({ createdAt }) => createdAt >= start));
  return { ...budget, units: Math.max(usd / 10, Math.ceil(spent / budgetSpent)) };
}

/** Last: the keys of a disabled account cannot be made. */
async function disableAccounts({ store }: SeedOptions): Promise<void> {
  for (const { username, disabled } of accountPlans) {
    const account = disabled ? await store.findAccountByUsername(username) : undefined;
    if (account)
      await store.by(rootOrigin).updateAccount(account.id, { state: 'disabled' }, 1, () => undefined);
  }
}
