/** Every write of `Changes`, on objects that exist, for the tests of the audit log. */
import type { TestStore } from '../../../tests/support/test-store.ts';
import { credentialIdOf } from '../../domain/audit.ts';
import { preferencesDefault } from '../../domain/preferences.ts';
import { noPrice } from '../../ledger/test-rates.ts';
import { sessionIdBytes } from '../sign-in-store.ts';
import type { Changes } from '../store.ts';
import {
  aChannel,
  aDigest,
  addAccount,
  addKey,
  aKey,
  anAccount,
  aSession,
  aTopup,
  keysMax,
} from './engine.ts';

/** Of each entry that a write leaves: action, type, id, name, owner, and the names of the fields that changed. */
export type Left = readonly [string, string, number, string, number, ...string[]];

export interface AuditedWrite {
  readonly name: Exclude<keyof Changes, 'tombstones'>;
  readonly run: (changes: Changes) => Promise<unknown>;
  readonly leaves: (result: unknown) => readonly Left[];
}

const idIn = (result: unknown) => (result as { readonly id: number }).id;
const unheard = () => undefined;
const at = 1_800_000_000;

const receiptKey = (name: string) => ({
  name,
  publicKey: aDigest(),
  sealed: new Uint8Array([1]),
  createdAt: at,
});

/** Fills the store, and returns writes that each succeed once, in this order. */
export async function auditedWrites(store: TestStore): Promise<readonly AuditedWrite[]> {
  const ana = await addAccount(store, anAccount('ana', { quota: 100, accessTokenDigest: aDigest() }));
  const bob = await addAccount(store, anAccount('bob'));
  const keys = [
    await addKey(store, aKey(ana.id, { name: 'one' })),
    await addKey(store, aKey(ana.id, { name: 'two' })),
  ];
  const [one, two] = keys.map(({ id }) => id) as [number, number];
  const bobsKey = await addKey(store, aKey(bob.id, { name: 'of bob' }));
  const channel = await store.insertChannel({ ...aChannel({ name: 'upstream' }), createdAt: at });
  const digest = aDigest();
  const ended = aSession(ana.id);
  for (const each of [ended, aSession(ana.id)]) await store.insertSession(each);
  const price = (input: number) => ({
    ...noPrice,
    input,
    model: 'gpt-5',
    effectiveFrom: at,
    source: 's',
    createdAt: at,
  });
  const session = credentialIdOf(digest);
  const made: number[] = [];
  await store.receipts.addKey(receiptKey('signer'));
  const [signer = { id: 0, name: '' }] = await store.receipts.listKeys();
  return [
    {
      name: 'insertKey',
      run: async (changes) => {
        const row = await changes.insertKey(aKey(ana.id, { name: 'new' }), keysMax, unheard);
        made.push(idIn(row));
        return row;
      },
      leaves: (row) => [
        [
          'created',
          'key',
          idIn(row),
          'new',
          ana.id,
          'name',
          'status',
          'expired_time',
          'remain_quota',
          'unlimited_quota',
          'model_limits_enabled',
          'cross_group_retry',
          'requests_per_minute',
          'tokens_per_minute',
          'concurrent_requests',
          'content_days',
        ],
      ],
    },
    {
      name: 'updateKey',
      run: (changes) =>
        changes.updateKey(ana.id, one, { name: 'uno', allowIps: '::1', remainQuota: 0 }, unheard),
      leaves: () => [['updated', 'key', one, 'uno', ana.id, 'name', 'allow_ips']],
    },
    {
      name: 'deleteKeys',
      run: (changes) => changes.deleteKeys(ana.id, [one, two, 999], unheard),
      leaves: () => [
        ['deleted', 'key', one, 'uno', ana.id],
        ['deleted', 'key', two, 'two', ana.id],
      ],
    },
    {
      name: 'insertSession',
      run: (changes) =>
        changes.insertSession(aSession(ana.id, { digest, createdAt: at, expiresAt: at + 60 })),
      leaves: () => [['signed_in', 'session', 0, session, ana.id]],
    },
    {
      name: 'deleteSession',
      run: (changes) => changes.deleteSession(digest),
      leaves: () => [['signed_out', 'session', 0, session, ana.id]],
    },
    {
      name: 'endSession',
      run: (changes) => changes.endSession(ana.id, ended.digest.subarray(0, sessionIdBytes)),
      leaves: () => [['signed_out', 'session', 0, credentialIdOf(ended.digest), ana.id]],
    },
    {
      name: 'endOtherSessions',
      run: (changes) => changes.endOtherSessions(ana.id, digest),
      leaves: () => [['revoked', 'session', 0, '', ana.id, 'sessions']],
    },
    {
      name: 'setPreferences',
      run: (changes) => changes.setPreferences(ana, { ...preferencesDefault, theme: 'dark' }),
      leaves: () => [['updated', 'account', ana.id, 'ana', ana.id, 'theme']],
    },
    {
      name: 'insertAccount',
      run: (changes) => changes.insertAccount(anAccount('carl')),
      leaves: (row) => [
        [
          'created',
          'account',
          idIn(row),
          'carl',
          idIn(row),
          'username',
          'role',
          'status',
          'group',
          'quota',
          'unlimited_quota',
          'password',
        ],
      ],
    },
    {
      name: 'updateAccount',
      run: (changes) =>
        changes.updateAccount(
          ana.id,
          { passwordHash: 'other', accessTokenDigest: aDigest(), role: 10 },
          bob.id,
          unheard,
        ),
      leaves: () => [['updated', 'account', ana.id, 'ana', ana.id, 'role', 'password', 'access_token']],
    },
    {
      name: 'topUp',
      run: (changes) => changes.topUp(aTopup(ana.id, 50, { reference: 'invoice 7' }), unheard),
      leaves: () => [['topped_up', 'account', ana.id, 'ana', ana.id, 'quota', 'reason', 'trade_no']],
    },
    {
      name: 'revokeCredentials',
      run: (changes) => changes.revokeCredentials(ana.id, unheard),
      leaves: () => [
        ['deleted', 'key', made[0] ?? 0, 'new', ana.id],
        ['revoked', 'account', ana.id, 'ana', ana.id, 'keys', 'access_token', 'sessions'],
      ],
    },
    {
      name: 'deleteAccount',
      run: (changes) => changes.deleteAccount(bob.id, unheard),
      leaves: () => [
        ['deleted', 'key', bobsKey.id, 'of bob', bob.id],
        ['deleted', 'account', bob.id, 'bob', bob.id, 'keys'],
      ],
    },
    {
      name: 'insertChannel',
      run: (changes) =>
        changes.insertChannel({
          ...aChannel({ name: 'second', sealedProxyAuth: null, proxy: null }),
          createdAt: at,
        }),
      leaves: (row) => [
        [
          'created',
          'channel',
          idIn(row),
          'second',
          0,
          'name',
          'status',
          'protocols',
          'base_url',
          'keys',
          'models',
          'model_mapping',
          'groups',
          'priority',
          'weight',
          'extra_headers',
          'connect_ms',
          'stream_usage',
          'kind',
          'options',
        ],
      ],
    },
    {
      name: 'updateChannel',
      run: (changes) =>
        changes.updateChannel(channel.id, { sealedKeys: aDigest(), weight: 7, priority: channel.priority }),
      leaves: () => [['updated', 'channel', channel.id, 'upstream', 0, 'keys', 'weight']],
    },
    {
      name: 'deleteChannel',
      run: (changes) => changes.deleteChannel(channel.id),
      leaves: () => [['deleted', 'channel', channel.id, 'upstream', 0]],
    },
    {
      name: 'insertPrices',
      run: (changes) => changes.insertPrices([price(1)]),
      leaves: () => [
        [
          'created',
          'price',
          0,
          'gpt-5',
          0,
          'effective_from',
          'input',
          'output',
          'request',
          'image',
          'character',
          'audio_second',
          'search_unit',
          'video_second',
          'source',
        ],
      ],
    },
    {
      name: 'insertPrices',
      run: (changes) => changes.insertPrices([price(2)]),
      leaves: () => [['updated', 'price', 0, 'gpt-5', 0, 'input']],
    },
    {
      name: 'removePrices',
      run: (changes) => changes.removePrices('gpt-5'),
      leaves: () => [['deleted', 'price', 0, 'gpt-5', 0, 'prices']],
    },
    {
      name: 'setMultiplier',
      run: (changes) => changes.setMultiplier({ group: 'vip', effectiveFrom: at, multiplier: 900_000 }),
      leaves: () => [['created', 'price_group', 0, 'vip', 0, 'multiplier', 'effective_from']],
    },
    {
      name: 'removeMultipliers',
      run: (changes) => changes.removeMultipliers('vip'),
      leaves: () => [['deleted', 'price_group', 0, 'vip', 0, 'multipliers']],
    },
    {
      name: 'replaceReceiptKey',
      run: (changes) => changes.replaceReceiptKey(receiptKey('later'), signer),
      leaves: () => [['updated', 'setting', 0, 'receipt key', 0, 'key_id']],
    },
    {
      name: 'note',
      run: (changes) =>
        changes.note([
          {
            action: 'revealed',
            object: 'content',
            objectId: 0,
            objectName: 'req-1',
            ownerId: 5,
            changes: [],
          },
        ]),
      leaves: () => [['revealed', 'content', 0, 'req-1', 5]],
    },
  ];
}

/** Writes that are refused, or change nothing. */
export async function idleWrites(store: TestStore): Promise<readonly AuditedWrite['run'][]> {
  const ana = await addAccount(store, anAccount('idle'));
  const key = await addKey(store, aKey(ana.id));
  const channel = await store.insertChannel({ ...aChannel(), createdAt: at });
  const { sealedKeys: _, ...sameChannel } = aChannel();
  return [
    (changes) => changes.insertKey(aKey(ana.id, { digest: key.digest }), keysMax, unheard),
    (changes) => changes.insertKey(aKey(ana.id), 1, unheard),
    (changes) => changes.insertKey(aKey(999_999), keysMax, unheard),
    (changes) => changes.updateKey(ana.id, key.id, { name: key.name, state: 'enabled' }, unheard),
    (changes) => changes.updateKey(ana.id, 999_999, { name: 'x' }, unheard),
    (changes) => changes.deleteKeys(ana.id, [999_999], unheard),
    (changes) => changes.insertAccount(anAccount('idle')),
    (changes) => changes.updateAccount(ana.id, { username: 'idle' }, 0, unheard),
    (changes) => changes.updateAccount(999_999, { email: 'x' }, 0, unheard),
    (changes) => changes.deleteAccount(999_999, unheard),
    (changes) => changes.revokeCredentials(999_999, unheard),
    (changes) => changes.topUp(aTopup(999_999, 5), unheard),
    (changes) => changes.insertSession(aSession(999_999)),
    (changes) => changes.deleteSession(aDigest()),
    (changes) => changes.endSession(ana.id, aDigest().subarray(0, sessionIdBytes)),
    (changes) => changes.endOtherSessions(ana.id, aDigest()),
    (changes) => changes.setPreferences(ana, preferencesDefault),
    (changes) =>
      changes.updateChannel(channel.id, { weight: sameChannel.weight, options: { ...sameChannel.options } }),
    (changes) => changes.updateChannel(999_999, { weight: 1 }),
    (changes) => changes.deleteChannel(999_999),
    (changes) => changes.insertPrices([]),
    (changes) => changes.removePrices('no such model'),
    (changes) => changes.removeMultipliers('no such group'),
    (changes) => changes.replaceReceiptKey(receiptKey('never'), { id: 999_999, name: 'no such key' }),
    (changes) => changes.note([]),
  ];
}
