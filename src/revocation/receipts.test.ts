import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { testOrigin } from '../../tests/support/test-store.ts';
import { until } from '../../tests/support/until.ts';
import { type ReceiptDocument, receiptType } from '../domain/receipt.ts';
import { SecretRing } from '../domain/secret-ring.ts';
import { systemClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { systemRandom } from '../platform/random.ts';
import { aJob } from '../store/contract/a-job.ts';
import { addAccount, addKey, aKey, anAccount } from '../store/contract/engine.ts';
import type { OpenReceipt, ReceiptStore } from '../store/receipt-store.ts';
import { testDatabase } from '../store/sqlite/test-database.ts';
import { roles } from '../store/store.ts';
import type { ConfirmedDeletion } from './receipt-document.ts';
import { signatureOf, verifyReceipt } from './receipt-signature.ts';
import { Receipts } from './receipts.ts';

const root = { id: 0, role: roles.root };

type Ending = { after(run: () => Promise<void> | void): void };

/** Receipts on a store of which `count` keys were just deleted. */
async function rig(
  t: Ending,
  count: number,
  change: (store: ReceiptStore) => ReceiptStore = (store) => store,
) {
  const { store } = testDatabase(t);
  const account = await addAccount(store, anAccount('owner'));
  const ids: number[] = [];
  for (let index = 0; index < count; index += 1) ids.push((await addKey(store, aKey(account.id))).id);
  const opened: OpenReceipt[] = [];
  await store.by(testOrigin).deleteKeys(account.id, ids, (changes) => {
    opened.push(...changes.flatMap(({ receipt }) => receipt ?? []));
  });
  const warnings: string[] = [];
  const receipts = new Receipts({
    store: change(store.receipts),
    secrets: new SecretRing(systemRandom(32)),
    random: systemRandom,
    clock: systemClock,
    log: { warn: (_, message) => void warnings.push(message) },
    self: { name: 'this', nodeId: '' },
    inFlight: 'abort',
    openJobs: (keyIds) => store.jobs.countOpenOf(keyIds),
    node: undefined,
  });
  t.after(() => receipts.stop());
  for (const { id } of opened) receipts.begin(id);
  await receipts.start();
  const listed = async () => (await store.receipts.list({ scope: root }, { offset: 0, limit: 1000 })).items;
  return { store, receipts, opened, warnings, listed };
}

const confirmed = (receipt: OpenReceipt): ConfirmedDeletion => ({
  receipt,
  committedAt: receipt.recordedAt + 1,
  confirmedAt: receipt.recordedAt + 9,
  own: {
    keyId: receipt.keyId,
    appliedAt: receipt.recordedAt + 2,
    ended: 3,
    lastAdmittedAt: 7,
    knownSince: 5,
  },
  confirmation: undefined,
});

test('many deletions at once: each receipt is signed with the one key, and none is left open', async (t) => {
  const { store, receipts, opened, listed } = await rig(t, 250);
  await Promise.all(opened.map((receipt) => receipts.complete(confirmed(receipt))));
  await until(async () => (await listed()).every(({ state }) => state === 'complete'));
  const keys = (await store.receipts.listKeys()).map(({ name, publicKey }) => ({
    kid: name,
    x: Buffer.from(publicKey).toString('base64url'),
  }));
  for (const { document, signature, signedBy } of nonEmpty(await listed())) {
    const receipt = JSON.parse(document) as ReceiptDocument;
    assert.equal(receipt.type, receiptType);
    const signed = { receipt, signature: signatureOf(signedBy, signature ?? new Uint8Array()) };
    assert.equal(verifyReceipt(signed, keys), undefined);
  }
});

test('what a process that ended has left open is completed as partial, and claims nothing that is lost', async (t) => {
  const { receipts, opened, listed } = await rig(t, 2);
  for (const { id } of opened) receipts.giveUp(id);
  await receipts.recover();
  for (const { state, document } of nonEmpty(await listed())) {
    assert.equal(state, 'partial');
    const { committed_at_ms, confirmed_at_ms, nodes } = JSON.parse(document) as ReceiptDocument;
    assert.equal(committed_at_ms, null);
    assert.notEqual(confirmed_at_ms, null);
    assert.deepEqual(
      nodes.map(({ way, ended, last_admission }) => [way, ended, last_admission.kind]),
      [['interrupted', null, 'not_after']],
    );
  }
});

test('a deletion of this process is never taken for one that was interrupted', async (t) => {
  const { receipts, listed } = await rig(t, 1);
  await receipts.recover();
  assert.deepEqual(
    (await listed()).map(({ state }) => state),
    ['open'],
  );
});

test('a receipt that cannot be written keeps what is known of it, and is written later', async (t) => {
  let isBroken = true;
  const { receipts, opened, listed, warnings } = await rig(t, 1, (store) => ({
    list: (...query) => store.list(...query),
    find: (...query) => store.find(...query),
    ofKey: (...query) => store.ofKey(...query),
    listOpen: (limit) => store.listOpen(limit),
    reports: (ids) => store.reports(ids),
    listKeys: () => store.listKeys(),
    addKey: (key) => store.addKey(key),
    async close(closed) {
      if (isBroken) throw new HalleyError('store_unavailable', { log: 'the disk is full' });
      await store.close(closed);
    },
  }));
  const [receipt = assert.fail()] = opened;
  const completing = receipts.complete(confirmed(receipt));
  await until(() => warnings.length > 0);
  isBroken = false;
  await receipts.recover();
  await completing;
  const [row] = await listed();
  assert.equal(row?.state, 'complete');
  const { nodes } = JSON.parse(row?.document ?? '') as ReceiptDocument;
  assert.deepEqual(
    nodes.map(({ way, ended, last_admission }) => [way, ended, last_admission]),
    [['made', 3, { kind: 'at', ms: 7 }]],
  );
});

test('a receipt says how many jobs of the key run on', async (t) => {
  const { store, receipts, opened, listed } = await rig(t, 2);
  const [first, second] = opened;
  assert.ok(first && second);
  const payer = { accountId: first.accountId, keyId: first.keyId };
  await store.jobs.insert(aJob(payer));
  await store.jobs.insert(aJob(payer));
  await Promise.all(opened.map((receipt) => receipts.complete(confirmed(receipt))));
  await until(async () => (await listed()).every(({ state }) => state === 'complete'));
  const jobs = (await listed()).map(({ keyId, document }) => [keyId, JSON.parse(document).open_jobs]);
  assert.deepEqual(
    jobs.toSorted(),
    [
      [first.keyId, 2],
      [second.keyId, 0],
    ].toSorted(),
  );
});
