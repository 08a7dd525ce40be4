/** The contract of stored objects: whose they are, how they are found, and when they are forgotten. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMs } from './a-job.ts';
import { anObject } from './an-object.ts';
import type { Suite } from './engine.ts';
import { aPayer } from './payer.ts';

export const objectsSuite: Suite = (engine, open) => {
  test(`${engine}: an object is what was written, is found by its kind and id, and is gone when removed`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const object = anObject(payer, {
      extra: { bytes: 9, isPublic: false, purpose: 'batch' },
      expiresMs: null,
    });
    assert.deepEqual(await store.objects.insert([object]), [true]);
    const [found] = await store.objects.find('response', object.publicId);
    assert.ok(found);
    assert.deepEqual(found, { id: found.id, ...object });
    assert.deepEqual(await store.objects.find('file', object.publicId), []);
    assert.deepEqual(await store.objects.find('response', 'resp_other'), []);
    await store.objects.setExtra(found.id, { bytes: 10 });
    assert.deepEqual((await store.objects.find('response', object.publicId))[0]?.extra, { bytes: 10 });
    await store.objects.remove(found.id);
    assert.deepEqual(await store.objects.find('response', object.publicId), []);
    assert.deepEqual(await store.objects.insert([]), []);
  });

  test(`${engine}: an id at a channel stays with the key that got it first; other channels have their own`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [first, second] = [await aPayer(store), await aPayer(store)];
    const publicId = 'resp_1';
    const again = anObject(first, { publicId, model: 'newer' });
    const written = await store.objects.insert([
      anObject(first, { publicId }),
      anObject(second, { publicId }),
      again,
      anObject(second, { publicId, channelId: 4 }),
    ]);
    assert.deepEqual(written, [true, false, true, true]);
    const rows = await store.objects.find('response', publicId);
    assert.deepEqual(
      rows.map(({ keyId, channelId, model, requestId }) => [keyId, channelId, model, requestId]),
      [
        [second.keyId, 4, 'gpt-5', rows[0]?.requestId],
        [first.keyId, 3, 'newer', again.requestId],
      ],
    );
  });

  test(`${engine}: lists are of one account and kind, of a key if one is named, page by page`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [payer, other] = [await aPayer(store), await aPayer(store)];
    const sister = { ...payer, keyId: payer.keyId + 1000 };
    const file = { kind: 'file' } as const;
    await store.objects.insert([
      anObject(payer, { ...file, publicId: 'a' }),
      anObject(sister, { ...file, publicId: 'b' }),
      anObject(payer, { ...file, publicId: 'c', protocol: 'anthropic' }),
      anObject(other, { ...file, publicId: 'd' }),
      anObject(payer, { publicId: 'e' }),
    ]);
    const ids = async (...[filter, page]: Parameters<typeof store.objects.list>) =>
      (await store.objects.list(filter, page)).map(({ publicId }) => publicId);
    const { accountId, keyId } = payer;
    const all = { ...file, accountId };
    assert.deepEqual(await ids(all, { limit: 10, order: 'desc' }), ['c', 'b', 'a']);
    assert.deepEqual(await ids({ ...all, keyId }, { limit: 10, order: 'asc' }), ['a', 'c']);
    assert.deepEqual(await ids({ ...all, protocol: 'anthropic' }, { limit: 10, order: 'asc' }), ['c']);
    const [last] = await store.objects.list(all, { limit: 1, order: 'desc' });
    assert.deepEqual(await ids(all, { limit: 1, order: 'desc', afterId: last?.id }), ['b']);
  });

  test(`${engine}: what has expired is removed, a bounded number at a time; what never expires stays`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    await store.objects.insert([
      anObject(payer, { publicId: 'a', expiresMs: startMs + 2 }),
      anObject(payer, { publicId: 'b', expiresMs: startMs + 1 }),
      anObject(payer, { publicId: 'c', expiresMs: startMs + 3 }),
      anObject(payer, { publicId: 'd', expiresMs: null }),
    ]);
    assert.equal(await store.objects.deleteExpired(startMs + 2, 1), 1);
    assert.deepEqual(await store.objects.find('response', 'b'), []);
    assert.equal(await store.objects.deleteExpired(startMs + 2, 10), 1);
    assert.equal(await store.objects.deleteExpired(startMs + 2, 10), 0);
    const left = await store.objects.list(
      { kind: 'response', accountId: payer.accountId },
      { limit: 10, order: 'asc' },
    );
    assert.deepEqual(
      left.map(({ publicId }) => publicId),
      ['c', 'd'],
    );
  });
};
