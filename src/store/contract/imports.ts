/** The contract of what comes from other gateways: digests of key values, and usage from before the import. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { addAccount, addKey, aKey, anAccount, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';

export const importsSuite: Suite = (engine, open) => {
  test(`${engine}: usage from before an import adds to the totals, and the ledger is exact`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner', { carried: { requests: 12, units: 500 } }));
    assert.deepEqual([account.usedQuota, account.requestCount], [500, 12]);
    const key = await addKey(
      store,
      aKey(account.id, { remainQuota: 70, imported: { requests: 3, units: 40 } }),
    );
    assert.deepEqual([key.usedQuota, key.remainQuota], [40, 70]);
    const found = await store.findKeyById(key.id);
    assert.deepEqual(
      [found?.key.usedQuota, found?.account.usedQuota, found?.account.requestCount],
      [40, 540, 15],
    );
    assert.deepEqual(await store.findLedgerDifferences(100), []);
  });

  test(`${engine}: imported digests are listed in their order, also those of deleted keys`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const account = await addAccount(store, anAccount('owner'));
    await addKey(store, aKey(account.id));
    const digests: Uint8Array[] = [];
    for (let count = 0; count < 5; count += 1) {
      const key = await addKey(store, aKey(account.id, { imported: { requests: 0, units: 0 } }));
      digests.push(key.digest);
      if (count === 2) await store.deleteKeys(account.id, [key.id], heardBy(store));
    }
    const sorted = digests.toSorted(Buffer.compare).map((digest) => Buffer.from(digest));
    const all = await store.importedDigests(new Uint8Array(), 10);
    assert.deepEqual(
      all.map((digest) => Buffer.from(digest)),
      sorted,
    );
    for (const [index, after] of nonEmpty(sorted).entries()) {
      const page = await store.importedDigests(new Uint8Array(after), 2);
      assert.deepEqual(
        page.map((digest) => Buffer.from(digest)),
        sorted.slice(index + 1, index + 3),
      );
    }
    assert.deepEqual(await store.findLedgerDifferences(100), []);
  });
};
