import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKeyValue } from '../domain/format.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { aKey, anAccount, nothingUsed } from '../store/contract/engine.ts';
import type { KeyWithAccount } from '../store/store.ts';
import { Access, alone } from './access.ts';

/** Every value is the key of this row. */
const row: KeyWithAccount = {
  key: { ...aKey(1), ...nothingUsed, id: 1, accessedAt: 1 },
  account: {
    ...anAccount('owner'),
    ...nothingUsed,
    id: 1,
    requestCount: 0,
  },
};

test('more keys at once than memory holds are all found', async () => {
  let reads = 0;
  const access = new Access({
    store: {
      async findKeyByDigest() {
        reads += 1;
        if (reads > 100_000) throw new Error('read again and again');
        return row;
      },
      findKeyById: async () => row,
    },
    clock: systemClock,
    onUnknownKey: () => undefined,
    lease: alone,
    mode: 'leased',
    recordsMax: 100,
    selectableGroups: [],
    inFlight: 'abort',
  });
  const find = async (): Promise<number> => {
    let found = access.find(makeKeyValue(systemRandom).value, {}, '192.0.2.1');
    while (found instanceof Promise) found = access.refresh(await found);
    return found.record.keyId;
  };
  const found = await Promise.all(Array.from({ length: 1000 }, find));
  assert.ok(found.every((id) => id === 1));
});
