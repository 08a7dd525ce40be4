/** Tests of the rule of stored objects, on a real database. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withChanges } from '../../../tests/support/test-store.ts';
import { systemClock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { anObject } from '../../store/contract/an-object.ts';
import { aPayer } from '../../store/contract/payer.ts';
import { openSqliteStore } from '../../store/sqlite/open.ts';
import { temporaryDirectory } from '../../store/sqlite/test-database.ts';
import type { UpstreamTarget } from '../../upstreams/upstreams.ts';
import { OwnedObjects } from './owned-objects.ts';

const codeOf = (thrown: unknown) => thrown instanceof HalleyError && thrown.code;
const refused = (code: string) => (thrown: unknown) => codeOf(thrown) === code;

test("an object is its key's, and by setting its account's; to anybody else it does not exist", async (t) => {
  const store = withChanges(openSqliteStore({ dir: temporaryDirectory(t), clock: systemClock }));
  t.after(() => store.close());
  const upstreams = { pinned: () => undefined };
  const [payer, stranger] = [await aPayer(store), await aPayer(store)];
  const sister = { ...payer, keyId: payer.keyId + 1000 };
  const session = { ...payer, keyId: undefined };
  const own = new OwnedObjects({ store: store.objects, upstreams, share: 'key' });
  const shared = new OwnedObjects({ store: store.objects, upstreams, share: 'account' });
  const object = anObject(payer);
  const { kind, publicId } = object;
  const others = [anObject(payer), anObject(sister), { ...object, ...stranger }];
  assert.deepEqual(await Promise.all([object, ...others].map((each) => own.note(each))), [
    true,
    true,
    true,
    false,
  ]);
  assert.equal((await own.find(kind, publicId, payer)).keyId, payer.keyId);
  for (const caller of [sister, session]) {
    await assert.rejects(own.find(kind, publicId, caller), refused('object_not_found'));
    assert.equal((await shared.find(kind, publicId, caller)).keyId, payer.keyId);
  }
  for (const book of [own, shared]) {
    await assert.rejects(book.find(kind, publicId, stranger), refused('object_not_found'));
    await assert.rejects(book.find('file', publicId, payer), refused('object_not_found'));
    await assert.rejects(book.find(kind, 'x'.repeat(513), payer), refused('object_not_found'));
    await assert.rejects(book.find(kind, '', payer), refused('object_not_found'));
  }
  await own.remove(await own.find(kind, publicId, payer));
  await assert.rejects(own.find(kind, publicId, payer), refused('object_not_found'));
});

test('an object goes to its channel alone, while that is enabled and serves a group of the caller', () => {
  const row = { id: 1, ...anObject({ accountId: 1, keyId: 1 }) };
  const asked: unknown[] = [];
  const bookOf = (fields: Partial<UpstreamTarget> | undefined) =>
    new OwnedObjects({
      store: {} as never,
      upstreams: {
        pinned(...given) {
          asked.push(given);
          return fields && ({ isEnabled: true, groups: new Set(['default']), ...fields } as UpstreamTarget);
        },
      },
      share: 'key',
    });
  assert.equal(bookOf({ channelId: 3 }).targetOf(row, ['vip', 'default']).channelId, 3);
  assert.deepEqual(asked, [[row.channelId, row.channelKey, row.upstreamModel]]);
  for (const gone of [undefined, { isEnabled: false }, { groups: new Set(['vip']) }])
    assert.throws(() => bookOf(gone).targetOf(row, ['default']), refused('object_channel_gone'));
});
