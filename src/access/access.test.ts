import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeKeyValue } from '../domain/format.ts';
import { systemClock } from '../platform/clock.ts';
import { systemRandom } from '../platform/random.ts';
import { aKey, anAccount, nothingUsed } from '../store/contract/engine.ts';
import type { KeyWithAccount } from '../store/store.ts';
import { Access, alone } from './access.ts';
import { KeyValues } from './key-values.ts';

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

test('finds more keys at once than the cache holds', async () => {
  let reads = 0;
  const access = new Access({
    values: new KeyValues({ importedDigests: async () => [] }),
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
    const reading = access.find(makeKeyValue(systemRandom).value, {}, '192.0.2.1');
    return access.whenCurrent(reading, ({ record }) => record.keyId);
  };
  const found = await Promise.all(Array.from({ length: 1000 }, find));
  assert.ok(found.every((id) => id === 1));
});

test('a change between the end of a read and its use is seen before the result is used', async () => {
  const value = makeKeyValue(systemRandom).value;
  let stored: KeyWithAccount | undefined = row;
  const access = new Access({
    values: new KeyValues({ importedDigests: async () => [] }),
    store: { findKeyByDigest: async () => stored, findKeyById: async () => stored },
    clock: systemClock,
    onUnknownKey: () => undefined,
    lease: alone,
    mode: 'leased',
    recordsMax: 100,
    selectableGroups: [],
    inFlight: 'abort',
  });
  const reading = access.find(value, {}, '192.0.2.1');
  assert.ok(reading instanceof Promise);
  // Registered first, so that it runs in the same turn, before the caller continues.
  const revoked = reading.then(({ digest }) => {
    stored = undefined;
    access.evict({ kind: 'key', keyId: 1, digest });
  });
  let acted = false;
  const act = access.whenCurrent(reading, () => {
    acted = true;
  });
  await assert.rejects(async () => act, { code: 'invalid_api_key' });
  await revoked;
  assert.equal(acted, false);
});
