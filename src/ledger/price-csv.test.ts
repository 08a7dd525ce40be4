import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ModelRates } from '../domain/rates.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { priceColumns, readPriceCsv, writePriceCsv } from './price-csv.ts';
import { modelFault, sourceFault } from './price-format.ts';
import { anyRatesOf, noPrice, noTokenPrice } from './test-rates.ts';

const plain: ModelRates = { ...noPrice, input: 1_000_000, output: 2_000_000 };

function assertRefused(text: string, why: RegExp): void {
  assert.throws(
    () => readPriceCsv(text),
    (error) => error instanceof HalleyError && error.code === 'invalid_value' && why.test(error.message),
    text,
  );
}

test('columns may come in any order, with what is not known left empty', () => {
  const text =
    '\ufeffoutput,id,input,per_image,effective_from\r\n10,gpt-4o,2.50,0.04,2027-01-01\n2,"a,""b""",1,,\n\n';
  assert.deepEqual(readPriceCsv(text), [
    {
      model: 'gpt-4o',
      effectiveFrom: Date.UTC(2027, 0, 1) / 1000,
      rates: { ...plain, input: 2_500_000, output: 10_000_000, image: 40_000_000_000 },
      source: undefined,
    },
    { model: 'a,"b"', effectiveFrom: undefined, rates: plain, source: undefined },
  ]);
});

test('an error names the line and the column', () => {
  const header = 'id,input,output,cached_input,effective_from,source\n';
  assertRefused('', /empty/);
  assertRefused(header, /no prices/);
  assertRefused('id,input\na,1\n', /Line 1: the column "output" is missing/);
  assertRefused('id,input,output,price\n', /Line 1: the column "price" is not known/);
  assertRefused('id,input,output,input\n', /Line 1: the column "input" appears twice/);
  assertRefused(`${header}a,1,2,,,\nb,1,2\n`, /Line 3 has 3 cells, the header has 6/);
  assertRefused(`${header}a,1,2,,,\n\nb,1,2.0000001,,,\n`, /Line 4, column "output": it must be USD/);
  assertRefused(`${header}a,,2,,,\n`, /Line 2, column "input": it is missing/);
  assertRefused(`${header}a,1,2,x,,\n`, /Line 2, column "cached_input"/);
  assertRefused(`${header}a,1,2,,2027-02-30,\n`, /Line 2, column "effective_from": it must be seconds/);
  assertRefused(`${header}a*b,1,2,,,\n`, /Line 2, column "id": it has a \*/);
  assertRefused(
    `${header}a,1,2,,,"two\nlines"\nb,1,2,,,\n`,
    /Line 2, column "source": it contains a control/,
  );
  assertRefused(`${header}"a,1,2,,,\nb,1,2,,,\n`, /Line 2, cell 1: its quotes/);
  assertRefused(`${header}a,1,2,,,\nb"c,1,2,,,\n`, /Line 3, cell 1: its quotes/);
  assertRefused(`${header}a,1,2,,,"x"y\n`, /Line 2, cell 6: its quotes/);
  assertRefused(`${header}${'a,1,2,,,\n'.repeat(limits.prices_per_call_max + 1)}`, /more than/);
});

test('a line may hold what sizes and qualities cost', () => {
  const header = 'id,input,output,variants\n';
  const [price] = readPriceCsv(
    `${header}a,0,0,hd:per_image=0.08  hd/16:9:per_image=0.12 hd:per_video_second=1\n`,
  );
  assert.deepEqual(price?.rates.variants, {
    hd: { image: 80_000_000_000, videoSecond: 1_000_000_000_000 },
    'hd/16:9': { image: 120_000_000_000, videoSecond: null },
  });
  for (const wrong of ['hd', 'hd:per_image', 'hd:per_image=x', 'hd:input=1', ':per_image=1']) {
    assertRefused(`${header}a,0,0,${wrong}\n`, /Line 2, column "variants": it must/);
  }
  assertRefused(`${header}a,0,0,a/b/c:per_image=1\n`, /Line 2, column "variants": it must name sizes/);
});

test('a line may hold the rates of a service tier, before or after the line of its price', () => {
  const header = 'id,effective_from,tier,input,output,per_image\n';
  const text = `${header}a,5,flex,0.5,1,\na,5,,1,2,0.04\na,,,1,2,\na,5,priority,2,4,\n`;
  const tier = (input: number, output: number) => ({ ...noTokenPrice, input, output });
  const tiers = { flex: tier(500_000, 1_000_000), priority: tier(2_000_000, 4_000_000) };
  const one = { model: 'a', source: undefined };
  assert.deepEqual(readPriceCsv(text), [
    { ...one, effectiveFrom: 5, rates: { ...plain, image: 40_000_000_000, tiers } },
    { ...one, effectiveFrom: undefined, rates: plain },
  ]);
  assertRefused(`${header}a,5,,1,2,\na,6,flex,1,2,\n`, /Line 3: "a" has no line without a tier/);
  assertRefused(
    `${header}a,,,1,2,\na,,flex,1,2,\na,,flex,1,2,\n`,
    /Line 4: the tier "flex" of "a" appears twice/,
  );
  assertRefused(`${header}a,,,1,2,\na,,default,1,2,\n`, /Line 3, column "tier": it must name/);
  assertRefused(
    `${header}a,,,1,2,\na,,flex,1,2,1\n`,
    /Line 3, column "per_image": it is the same in all tiers/,
  );
  const lines = Array.from({ length: limits.price_tiers_max + 1 }, (_, at) => `a,,tier${at},1,2,\n`);
  assertRefused(`${header}a,,,1,2,\n${lines.join('')}`, /Line 11: it must have at most 8 service tiers/);
});

test('a text that a spreadsheet would run is written with an apostrophe, and read without it', () => {
  for (const model of ['=1+1', '＝1+1', '+a', '-a', '@cf/meta/llama', "'a"]) {
    const price = { ...plain, model, effectiveFrom: 0, source: model };
    const text = writePriceCsv([price]);
    assert.ok(text.includes(`\r\n'${model},`), text);
    assert.doesNotMatch(text, /(^|[,\n])"?[=+\-@]/m);
    assert.equal(readPriceCsv(text)[0]?.model, model);
  }
  assert.equal(readPriceCsv('id,input,output\n@cf/a,1,2\n')[0]?.model, '@cf/a');
});

test('what is written is read back the same, whatever it is', () => {
  const max = limits.price_picodollars_max;
  const rate = fc.integer({ min: 0, max });
  const piece = fc.integer({ min: 0, max: max / 1_000_000 }).map((micros) => micros * 1_000_000);
  const awkward = fc.string({
    unit: fc.constantFrom('a', ',', '"', "'", '=', ' ', '-', '@', 'é', '🗝'),
    maxLength: 8,
  });
  const price = fc.record({
    model: fc.oneof(awkward, fc.string({ unit: 'binary' })).filter((text) => modelFault(text) === undefined),
    source: fc
      .oneof(awkward, fc.string({ unit: 'binary' }))
      .filter((text) => sourceFault(text) === undefined),
    effectiveFrom: fc.integer({ min: 0, max: 253_402_300_799 }),
    rates: anyRatesOf(rate, piece),
  });
  const distinct = fc.uniqueArray(price, {
    minLength: 1,
    maxLength: 5,
    selector: ({ model, effectiveFrom }) => `${effectiveFrom} ${model}`,
  });
  fc.assert(
    fc.property(distinct, (prices) => {
      const text = writePriceCsv(prices.map(({ rates, ...rest }) => ({ ...rest, ...rates })));
      const expected = prices.map(({ source, ...rest }) => ({ ...rest, source: source || undefined }));
      assert.deepEqual(readPriceCsv(text), expected);
    }),
  );
});

test('any text at all is either read or refused in words', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', '.'), maxLength: 40 });
  fc.assert(
    fc.property(cell, (text) => {
      for (const given of [text, `id,input,output\n${text}`]) {
        try {
          readPriceCsv(given);
        } catch (error) {
          assert.ok(error instanceof HalleyError && error.code === 'invalid_value', String(error));
        }
      }
    }),
  );
  assert.equal(new Set(priceColumns).size, priceColumns.length);
});
