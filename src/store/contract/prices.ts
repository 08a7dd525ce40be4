/** The contract of prices and multipliers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestStore } from '../../../tests/support/test-store.ts';
import type { NewPrice } from '../ledger-store.ts';

import type { Suite } from './engine.ts';

const aPrice = (model: string, fields: Partial<NewPrice> = {}): NewPrice => ({
  model,
  effectiveFrom: 1_800_000_000,
  input: 2_500_000,
  cachedInput: null,
  cacheWrite: null,
  longCacheWrite: null,
  audioInput: null,
  imageInput: null,
  output: 10_000_000,
  reasoning: null,
  audioOutput: null,
  imageOutput: null,
  request: 0,
  image: 0,
  character: 0,
  audioSecond: 0,
  searchUnit: 0,
  videoSecond: 0,
  webSearch: null,
  fileSearch: null,
  codeSession: null,
  tiers: {},
  variants: {},
  source: 'a list',
  createdAt: 1_800_000_001,
  ...fields,
});

/** Every field another number, zero and the largest among them. */
const full: Partial<NewPrice> = {
  effectiveFrom: 0,
  input: 1,
  cachedInput: 2,
  cacheWrite: 0,
  longCacheWrite: 3,
  audioInput: 4,
  imageInput: 5,
  output: 1_000_000_000_000_000,
  reasoning: 7,
  audioOutput: 8,
  imageOutput: 9,
  request: 10,
  image: 11,
  character: 17,
  audioSecond: 18,
  searchUnit: 19,
  videoSecond: 20,
  webSearch: 12,
  fileSearch: 0,
  codeSession: 13,
  tiers: {
    priority: {
      input: 0,
      cachedInput: null,
      cacheWrite: 12,
      longCacheWrite: 13,
      audioInput: 14,
      imageInput: null,
      output: 1_000_000_000_000_000,
      reasoning: 15,
      audioOutput: null,
      imageOutput: 16,
    },
  },
  variants: { 'hd/1792x1024': { image: 21, videoSecond: null }, hd: { image: null, videoSecond: 22 } },
  source: 'ключ "🗝"',
};

const withoutIds = (rows: Awaited<ReturnType<TestStore['listPrices']>>) =>
  rows.map(({ id: _, ...price }) => price);

export const pricesSuite: Suite = (engine, open) => {
  test(`${engine}: prices are listed as they were written, by model and date`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    assert.equal(await store.everHadPrices(), false);
    const given = [aPrice('b*', full), aPrice('a', { effectiveFrom: 2 }), aPrice('a', { effectiveFrom: 1 })];
    await store.insertPrices(given);
    assert.deepEqual(withoutIds(await store.listPrices()), [given[2], given[1], given[0]]);
    assert.equal(await store.everHadPrices(), true);
  });

  test(`${engine}: a price from the same moment takes the other's place, which is still found by its id`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    await store.insertPrices([aPrice('a'), aPrice('b')]);
    const [first] = await store.listPrices();
    assert.ok(first);
    await store.insertPrices([aPrice('a', { input: 7 }), aPrice('a', { input: 8 })]);
    const now = await store.listPrices();
    assert.deepEqual(
      now.map(({ model, input }) => [model, input]),
      [
        ['a', 8],
        ['b', 2_500_000],
      ],
    );
    const ids = new Set(now.map(({ id }) => id));
    assert.ok(!ids.has(first.id), 'the row is another');
    assert.deepEqual(await store.getPrices([first.id, 999_999]), [first]);
  });

  test(`${engine}: taking back a price takes all dates of its model, and nothing from records`, async (t) => {
    const { store, dispose, reopen } = await open();
    t.after(dispose);
    await store.insertPrices([
      aPrice('a', { effectiveFrom: 1 }),
      aPrice('a', { effectiveFrom: 2 }),
      aPrice('ab'),
    ]);
    const before = await store.listPrices();
    assert.equal(await store.removePrices('a'), 2);
    assert.equal(await store.removePrices('a'), 0);
    assert.equal(await store.removePrices('*'), 0);
    const again = await reopen();
    assert.deepEqual(
      (await again.listPrices()).map(({ model }) => model),
      ['ab'],
    );
    assert.deepEqual(await again.getPrices(before.map(({ id }) => id)), before);
    await again.removePrices('ab');
    assert.equal(await again.everHadPrices(), true);
    await again.insertPrices([aPrice('a', { effectiveFrom: 1 })]);
    assert.equal((await again.listPrices()).length, 1);
  });

  test(`${engine}: prices that cannot all be written are not written at all`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const broken = aPrice('b', { input: null as unknown as number });
    await assert.rejects(store.insertPrices([aPrice('a'), broken]));
    assert.deepEqual(await store.listPrices(), []);
    assert.equal(await store.everHadPrices(), false);
  });

  test(`${engine}: multipliers are kept by group and date, replaced and removed`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const vip = { group: 'vip', effectiveFrom: 5, multiplier: 800_000 };
    const later = { group: 'vip', effectiveFrom: 9, multiplier: 0 };
    const free = { group: 'free', effectiveFrom: 0, multiplier: 1_000_000_000 };
    for (const row of [later, vip, free]) await store.setMultiplier(row);
    assert.deepEqual(await store.listMultipliers(), [free, vip, later]);
    await store.setMultiplier({ ...vip, multiplier: 1 });
    assert.deepEqual(await store.listMultipliers(), [free, { ...vip, multiplier: 1 }, later]);
    assert.equal(await store.removeMultipliers('vip'), 2);
    assert.equal(await store.removeMultipliers('vip'), 0);
    assert.deepEqual(await store.listMultipliers(), [free]);
  });
};
