import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maybeEmpty, nonEmpty } from '../../tests/support/non-empty.ts';
import { demoModels } from '../demo/models.ts';
import { longCacheWriteRate } from '../domain/rates.ts';
import { ManualClock } from '../platform/clock.ts';
import type { NewPrice } from '../store/ledger-store.ts';
import { cardOf, fillPrices, shippedPrices } from './price-list.ts';
import { priceListSchema } from './price-schema.ts';

test('the list that ships is whole: dated, with its source, each model once and at a price', () => {
  const { date, source, entries } = shippedPrices();
  assert.match(date, /^\d{4}-\d{2}-\d{2}$/);
  assert.notEqual(source, '');
  assert.ok(entries.length >= 100);
  assert.equal(new Set(entries.map(({ model }) => model)).size, entries.length);
  for (const { model, rates, effectiveFrom } of nonEmpty(entries)) {
    const { input, output, image, imageOutput, character, audioSecond, searchUnit } = rates;
    const sum = input + output + image + (imageOutput ?? 0) + character + audioSecond + searchUnit;
    // Moderation is free.
    assert.equal(sum > 0, cardOf(model)?.modelType !== 'moderation', model);
    // Dearer than anything on sale: a slip of the point.
    assert.ok(input <= 1_000_000_000 && output <= 1_000_000_000, model);
    assert.ok((rates.cachedInput ?? 0) <= input, `${model}: cached input is not more expensive`);
    const { cacheWrite } = rates;
    if (cacheWrite !== null)
      assert.ok(longCacheWriteRate(rates) > cacheWrite, `${model}: an hour is more expensive`);
    assert.equal(effectiveFrom, undefined);
    for (const [tier, own] of maybeEmpty(Object.entries(rates.tiers))) {
      assert.equal(own.input < input, tier === 'flex', `${model}, ${tier}`);
      assert.equal(own.output < output, tier === 'flex', `${model}, ${tier}`);
    }
  }
});

test('the models of the demo upstream have a price, of a unit a token', () => {
  const { entries } = shippedPrices();
  const types = new Set(['chat', 'image', 'embedding']);
  const byToken = demoModels.filter((model) => types.has(cardOf(model)?.modelType ?? 'chat'));
  for (const model of nonEmpty(byToken)) {
    assert.equal(entries.find((entry) => entry.model === model)?.rates.input, 2_000_000, model);
  }
});

test('every realtime model that ships has rates for sound, without which it is refused', () => {
  const { entries } = shippedPrices();
  const spoken = entries.filter(({ model }) => cardOf(model)?.modelType === 'realtime');
  const named = nonEmpty(spoken).map(({ model }) => model);
  assert.ok(named.includes('gpt-realtime') && named.includes('gpt-realtime-2.1-mini'));
  for (const { model, rates } of nonEmpty(spoken)) {
    assert.ok((rates.audioInput ?? 0) > rates.input, model);
    assert.ok((rates.audioOutput ?? 0) > rates.output, model);
    assert.notEqual(rates.cachedInput, null, model);
  }
});

test('a card says what is known of a model', () => {
  const card = cardOf('gpt-4o');
  assert.deepEqual(
    [card?.name, card?.provider, card?.modelType, card?.contextLength, card?.maxCompletionTokens],
    ['GPT-4o', 'OpenAI', 'chat', 128_000, 16_384],
  );
  assert.equal(cardOf('no such model'), undefined);
  assert.equal(cardOf('demo-chat')?.maxCompletionTokens, undefined);
});

test('a store that never had prices is filled with the list; one that had is left alone', async () => {
  const written: NewPrice[] = [];
  const store = {
    everHadPrices: async () => written.length > 0,
    by: () => ({ insertPrices: async (prices: readonly NewPrice[]) => void written.push(...prices) }),
  };
  const clock = new ManualClock();
  assert.equal(await fillPrices(store, clock), shippedPrices().entries.length);
  assert.equal(written.length, shippedPrices().entries.length);
  assert.ok(
    nonEmpty(written).every(({ effectiveFrom, source }) => effectiveFrom === 0 && source.includes('ships')),
  );
  assert.equal(await fillPrices(store, clock), 0);
});

test('the JSON form refuses what it does not know, numbers instead of texts, and faulty values', () => {
  const refused = (model: object) => !priceListSchema.safeParse({ models: [model] }).success;
  const fine = { id: 'a', input: '1', output: '2' };
  assert.equal(refused(fine), false);
  assert.equal(refused({ ...fine, effective_from: '2027-01-01', source: 'me', per_image: '0.04' }), false);
  assert.equal(refused({ ...fine, effective_from: 1_800_000_000 }), false);
  assert.equal(refused({ ...fine, tiers: { flex: { input: '1', output: '2', reasoning: '3' } } }), false);
  for (const wrong of [
    { input: 1 },
    { output: undefined },
    { price: '1' },
    { id: 'a*b' },
    { effective_from: '2027-02-30' },
    { effective_from: -1 },
    { per_image: '1001' },
    { source: 'two\nlines' },
    { tiers: { standard: { input: '1', output: '2' } } },
    { tiers: { flex: { input: '1' } } },
    { tiers: { flex: { input: '1', output: '2', per_request: '1' } } },
    { tiers: Object.fromEntries([...'abcdefghi'].map((name) => [name, { input: '1', output: '2' }])) },
  ]) {
    assert.equal(refused({ ...fine, ...wrong }), true, JSON.stringify(wrong));
  }
  assert.equal(priceListSchema.safeParse({ models: [] }).success, false);
});
