/** Creations and deletions of keys that arrive together: one transaction, and for each what it would have got alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { maybeEmpty, nonEmpty } from '../../../tests/support/non-empty.ts';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import { testStore, testStoreAt } from '../../../tests/support/postgres-store.ts';
import { testOrigin } from '../../../tests/support/test-store.ts';
import type { KeyRow } from '../../domain/key.ts';
import {
  aDigest,
  addAccount,
  addKey,
  aKey,
  anAccount,
  assertInvariants,
  keysMax,
} from '../contract/engine.ts';
import type { CommittedChange, Store } from '../store.ts';
import { Database } from './connection.ts';

type Ending = { after(run: () => Promise<void>): void };
type Opened = Awaited<ReturnType<typeof testStore>>;

const by = (store: Store, actorName: string) => store.by({ ...testOrigin, actorName });

/** What a caller was told, in the order in which it was told. */
interface Told<Result> {
  readonly committed: readonly (readonly CommittedChange[])[];
  readonly result: Result;
}

/** Checks that a write announces its commit once, before its result. */
async function told<Result>(
  write: (onCommitted: (changes: readonly CommittedChange[]) => void) => Promise<Result>,
): Promise<Told<Result>> {
  const committed: (readonly CommittedChange[])[] = [];
  let hasResult = false;
  const result = await write((changes) => {
    assert.equal(hasResult, false);
    committed.push(changes);
  });
  hasResult = true;
  return { committed, result };
}

const deletion = (store: Store, actorName: string, accountId: number, ids: readonly number[]) =>
  told((onCommitted) => by(store, actorName).deleteKeys(accountId, ids, onCommitted));

async function keysOf(store: Opened['store'], accountId: number, count: number): Promise<readonly KeyRow[]> {
  const keys: KeyRow[] = [];
  while (keys.length < count) keys.push(await addKey(store, aKey(accountId)));
  return keys;
}

const isRow = (created: KeyRow | string): created is KeyRow => typeof created !== 'string';

const logOf = ({ database }: Opened) =>
  database.all('SELECT seq, last_seq, kind, key_id, deleted FROM revocations ORDER BY seq');

async function assertCounts({ store, database }: Opened): Promise<void> {
  await assertInvariants(store);
  const counted = await database.all(
    'SELECT key_count, (SELECT count(*) FROM keys WHERE account_id = a.id) AS real FROM accounts AS a',
  );
  for (const { key_count: count, real } of nonEmpty(counted)) assert.equal(count, real);
}

test('writes that arrive together share a transaction, and each gets its own result, notes and receipt', async (t) => {
  const opened = await testStore(t);
  const { store, database } = opened;
  const [ana, bob] = [
    await addAccount(store, anAccount('ana')),
    await addAccount(store, anAccount('bob', { accessTokenDigest: new Uint8Array(32).fill(7) })),
  ];
  const [one, two, three] = (await keysOf(store, ana.id, 3)) as [KeyRow, KeyRow, KeyRow];
  const foreign = await addKey(store, aKey(bob.id));
  const before = (await logOf(opened)).length;
  const create = (actor: string, accountId: number, most: number, digest = aDigest()) =>
    told((onCommitted) =>
      by(store, actor).insertKey(
        aKey(accountId, { name: actor, digest, remainQuota: 5 }),
        most,
        onCommitted,
        {
          kind: 'token',
          digest: new Uint8Array(32).fill(actor === 'liar' ? 8 : 7),
        },
      ),
    );
  const [first, second, nothing, created, liar, full, last] = await Promise.all([
    deletion(store, 'first', ana.id, [two.id, one.id, two.id, foreign.id, 1.5]),
    deletion(store, 'second', ana.id, [three.id]),
    deletion(store, 'nobody', bob.id, [one.id, 999_999]),
    create('maker', bob.id, keysMax),
    create('liar', bob.id, keysMax),
    create('full', bob.id, 1),
    create('last', bob.id, 3),
  ]);
  assert.deepEqual(first.result, [one.id, two.id]);
  assert.deepEqual(second.result, [three.id]);
  assert.deepEqual(nothing, { committed: [[]], result: [] });
  assert.deepEqual(
    [liar, full].map(({ result }) => result),
    ['no_account', 'account_full'],
  );
  assert.deepEqual(
    [liar, full].flatMap(({ committed }) => committed),
    [],
  );
  for (const { result } of [created, last]) assert.ok(isRow(result));
  const log = (await logOf(opened)).slice(before);
  assert.equal(new Set(log.map((entry) => entry.last_seq)).size, 1, 'one transaction, one wait');
  const seq = log.at(-1)?.seq;
  for (const [{ committed }, keys, actor] of [
    [first, [one, two], 'first'],
    [second, [three], 'second'],
  ] as const) {
    const [changes = []] = committed;
    assert.deepEqual(
      changes.map(({ change }) => change.kind === 'key' && change.keyId),
      keys.map(({ id }) => id),
    );
    for (const each of nonEmpty(changes)) {
      assert.equal(each.seq, seq);
      assert.equal(each.receipt?.origin.actorName, actor);
      assert.deepEqual(each.tombstone?.digest, each.receipt?.digest);
    }
  }
  const events = await database.all(
    "SELECT actor_name, object_id FROM audit_events WHERE actor_name <> 'tester' ORDER BY id",
  );
  const createdIds = [created, last].map(({ result }) => isRow(result) && result.id);
  assert.deepEqual(
    events.map(({ actor_name: actor, object_id: id }) => [actor, id]),
    [
      ['first', one.id],
      ['first', two.id],
      ['second', three.id],
      ['maker', createdIds[0]],
      ['last', createdIds[1]],
    ],
  );
  await assertCounts(opened);
});

test('a write that fails, or whose value exists, takes none of the others with it', async (t) => {
  const opened = await testStore(t);
  const { store } = opened;
  const { id } = await addAccount(store, anAccount('owner'));
  const [gone, taken] = (await keysOf(store, id, 2)) as [KeyRow, KeyRow];
  const create = (fields: Parameters<typeof aKey>[1], most = keysMax) =>
    told((onCommitted) => store.insertKey(aKey(id, fields), most, onCommitted));
  const digest = aDigest();
  const results = await Promise.allSettled([
    create({}),
    create({ name: 'not a text for the database: \0' }),
    deletion(store, 'other', id, [gone.id]),
    create({ digest: taken.digest }),
    create({ digest }),
    create({ digest }),
    create({ digest: gone.digest }),
    // There is room for it, as the values that are taken need none: one key is left, and two are created.
    create({}, 4),
  ]);
  const shown = results.map((each) => {
    if (each.status === 'rejected')
      return /invalid byte sequence/.test(String(each.reason)) ? 'failed' : each.reason;
    const { result } = each.value;
    return typeof result === 'object' ? 'done' : result;
  });
  assert.deepEqual(shown, [
    ...['done', 'failed', 'done', 'digest_taken', 'done'],
    ...['digest_taken', 'digest_taken', 'done'],
  ]);
  await assertCounts(opened);
});

test('a write to an account that another transaction has locked holds up no other account', async (t) => {
  const opened = await testStore(t);
  const { store, url } = opened;
  const other = new Database(connectionOf(url));
  t.after(() => other.close());
  const [slow, quick] = [
    await addAccount(store, anAccount('slow')),
    await addAccount(store, anAccount('quick')),
  ];
  const held = (await keysOf(store, slow.id, 3)) as [KeyRow, KeyRow, KeyRow];
  const free = await keysOf(store, quick.id, 6);
  const waiting: Promise<Told<readonly number[]>>[] = [];
  const order: number[] = [];
  const deleteSlow = ({ id }: KeyRow) => {
    const deleting = deletion(store, 'slow', slow.id, [id]);
    void deleting.then(() => order.push(id));
    waiting.push(deleting);
  };
  await other.transaction(async (tx) => {
    await tx.run('SELECT 1 FROM accounts WHERE id = $1 FOR UPDATE', slow.id);
    deleteSlow(held[0]);
    for (const [index, { id }] of nonEmpty(free).entries()) {
      assert.deepEqual((await deletion(store, 'quick', quick.id, [id])).result, [id]);
      if (index === 2) deleteSlow(held[1]);
    }
    deleteSlow(held[2]);
    await turn();
    assert.deepEqual(order, []);
  });
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ result }) => result),
    held.map(({ id }) => [id]),
  );
  assert.deepEqual(
    order,
    held.map(({ id }) => id),
  );
  await assertCounts(opened);
});

/** Deletes each key from several callers of two processes at once, while others are created. */
async function contend(t: Ending, confirms: boolean) {
  const one = await testStore(t, { confirms });
  const two = await testStoreAt(t, one.url, { confirms });
  const accounts = [
    await addAccount(one.store, anAccount('ana')),
    await addAccount(one.store, anAccount('bob')),
  ];
  const keys: KeyRow[] = [];
  for (const { id } of accounts) keys.push(...(await keysOf(one.store, id, 8)));
  const stores = [one.store, two.store, one.store];
  const deletions = keys.flatMap(({ accountId, id }, index) =>
    stores.map((store) => deletion(store, 'any', accountId, index % 4 === 0 ? [id, id + 1] : [id])),
  );
  const creations = keys.map(({ accountId }, index) =>
    told((onCommitted) => (index % 2 ? one : two).store.insertKey(aKey(accountId), keysMax, onCommitted)),
  );
  const [deleted, created] = await Promise.all([Promise.all(deletions), Promise.all(creations)]);
  await assertCounts(one);
  return { one, keys, deleted, created };
}

test('each key is deleted once, however many ask for it at once, and the log has the order of the commits', async (t) => {
  const { one, keys, deleted, created } = await contend(t, false);
  const ids = deleted.flatMap(({ result }) => result).sort((left, right) => left - right);
  assert.deepEqual(
    ids,
    keys.map(({ id }) => id),
  );
  assert.ok(nonEmpty(created).every(({ result }) => isRow(result)));
  const log = await logOf(one);
  assert.deepEqual(
    log.map(({ seq }) => seq),
    log.map((_, index) => index + 1),
  );
  const gone = log.filter((entry) => entry.deleted).map((entry) => entry.key_id as number);
  assert.deepEqual(
    gone.toSorted((left, right) => left - right),
    ids,
  );
  // Each waits for the last entry of its transaction, which is not before its own.
  for (const { committed } of nonEmpty(deleted)) {
    for (const { change, seq } of maybeEmpty(committed.flat())) {
      const entry = log.find((each) => each.deleted && change.kind === 'key' && each.key_id === change.keyId);
      assert.equal(seq, entry?.last_seq);
      assert.ok(Number(seq) >= Number(entry?.seq));
    }
  }
});

test('repetitions that arrive with a deletion join it: they succeed, and wait for its place in the log', async (t) => {
  const { keys, deleted } = await contend(t, true);
  const committed = deleted.flatMap((each) => each.committed.flat());
  for (const { id } of nonEmpty(keys)) {
    const own = committed.filter(({ change }) => change.kind === 'key' && change.keyId === id);
    assert.equal(own.filter(({ tombstone }) => tombstone).length, 1, 'deleted once');
    assert.equal(own.filter(({ receipt }) => receipt).length, 1);
    assert.equal(new Set(own.map(({ seq }) => seq)).size, 1, 'one place');
    assert.ok(own.length >= 3, 'every caller was told');
  }
  for (const { result } of nonEmpty(deleted)) assert.ok(result.length > 0);
});
