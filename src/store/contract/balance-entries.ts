/** The contract of the journal: every change of a balance that is no charge, with its reason. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { limits } from '../../platform/limits.ts';
import type { BalanceEntry } from '../ledger-store.ts';

import {
  addAccount,
  addKey,
  addRecord,
  aKey,
  anAccount,
  announcements,
  assertInvariants,
  aTopup,
  type Suite,
} from './engine.ts';
import { heardBy } from './heard.ts';
import { keyLimitedTo } from './payer.ts';

async function entriesOf(store: TestStore, accountId: number): Promise<readonly BalanceEntry[]> {
  return (await store.listBalanceEntries({ accountId }, { offset: 0, limit: 100 })).items;
}

export const balanceEntriesSuite: Suite = (engine, open) => {
  test(`${engine}: an account's balance begins with an entry, is set with one, and unset with another`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('one', { quota: 70, createdAt: 5 }));
    const empty = await addAccount(store, anAccount('two', { quota: 0 }));
    await store.updateAccount(account.id, { quota: 50, displayName: 'x' }, 9, heardBy(store));
    await store.updateAccount(account.id, { quota: 50, displayName: 'y' }, 9, heardBy(store));
    await addRecord(store, { accountId: account.id, keyId: 0, units: 20 });
    // Set to what it was before the charge: the entry is what this changes, not what is set.
    await store.updateAccount(account.id, { quota: 50 }, 8, heardBy(store));
    const entries = await entriesOf(store, account.id);
    assert.deepEqual(
      entries.map(({ kind, units, actorId }) => [kind, units, actorId]),
      [
        ['set', 20, 8],
        ['set', -20, 9],
        ['opening', 70, 0],
      ],
    );
    assert.equal(entries[2]?.createdAt, 5);
    assert.deepEqual(await entriesOf(store, empty.id), []);
    await assertInvariants(store);
  });

  test(`${engine}: a key's balance has entries of its own`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('one', { quota: 0 }));
    const key = await addKey(store, aKey(account.id, keyLimitedTo(70)));
    await assertInvariants(store);
    await store.updateKey(account.id, key.id, { remainQuota: 30, unlimitedQuota: true }, heardBy(store));
    await assertInvariants(store);
    await store.updateKey(account.id, key.id, { remainQuota: 0 }, heardBy(store));
    await assertInvariants(store);
    assert.deepEqual(await entriesOf(store, account.id), []);
  });

  test(`${engine}: a top-up adds or takes, says why, is written to the log, and is announced`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('one', { quota: 10 }));
    const heard = announcements(store);
    const topup = aTopup(account.id, 500, { reason: 'invoice 7', actorId: 3, reference: 'inv-7' });
    const entry = await store.topUp(topup, heardBy(store));
    const { requestId, ...fields } = topup;
    const { id } = entry as BalanceEntry;
    assert.deepEqual(entry, { ...fields, id, kind: 'topup' });
    assert.deepEqual(heard.splice(0), [{ kind: 'account', accountId: account.id }]);
    assert.equal((await store.getAccount(account.id))?.quota, 510);
    await store.topUp(aTopup(account.id, -600), heardBy(store));
    assert.deepEqual(heard.splice(0), [{ kind: 'account', accountId: account.id }]);
    assert.equal((await store.getAccount(account.id))?.quota, -90);
    const { items } = await store.listRecords({ requestId }, { offset: 0, limit: 2 }, 2);
    assert.deepEqual(
      items.map(({ type, units, keyId, detail }) => [type, units, keyId, detail.content, detail.username]),
      [[recordTypes.topup, 500, 0, 'invoice 7', 'one']],
    );
    assert.equal((await store.getAccount(account.id))?.usedQuota, 0);
    await assertInvariants(store);
  });

  test(`${engine}: a top-up with a reference that is taken, or for nobody, changes and announces nothing`, async (t) => {
    const { store, reopen, dispose } = await open();
    t.after(dispose);
    const [one, two] = [await addAccount(store, anAccount('one')), await addAccount(store, anAccount('two'))];
    await store.topUp(aTopup(one.id, 5, { reference: 'r' }), heardBy(store));
    for (const unnamed of [1, 2])
      await store.topUp(aTopup(one.id, unnamed, { reference: null }), heardBy(store));
    const again = await reopen();
    const heard = announcements(again);
    assert.equal(await again.topUp(aTopup(one.id, 5, { reference: 'r' }), heardBy(again)), 'reference_taken');
    assert.equal(await again.topUp(aTopup(two.id, 6, { reference: 'r' }), heardBy(again)), 'reference_taken');
    assert.equal(await again.topUp(aTopup(999, 6), heardBy(again)), 'no_account');
    for (const units of [limits.quota_units_max, -limits.quota_units_max * 2]) {
      assert.equal(await again.topUp(aTopup(one.id, units), heardBy(again)), 'beyond_limit');
    }
    assert.deepEqual(heard, []);
    const quotas = [await again.getAccount(one.id), await again.getAccount(two.id)];
    assert.deepEqual(
      quotas.map((account) => account?.quota),
      [1008, 1000],
    );
    await assertInvariants(again);
  });

  test(`${engine}: entries outlive the account that they are about`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('one', { quota: 70 }));
    await addKey(store, aKey(account.id, keyLimitedTo(5)));
    await store.deleteAccount(account.id, heardBy(store));
    assert.deepEqual(
      (await entriesOf(store, account.id)).map(({ kind, units }) => [kind, units]),
      [['opening', 70]],
    );
    await assertInvariants(store);
  });
};
