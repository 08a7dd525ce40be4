import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rateNames } from '../domain/rates.ts';
import { limits } from '../platform/limits.ts';
import {
  amountsOf,
  formatAmount,
  formatMoment,
  isByThePiece,
  modelFault,
  parseAmount,
  parseMoment,
  parseMultiplier,
  ratesOf,
} from './price-format.ts';
import { anyRatesOf } from './test-rates.ts';

const max = limits.price_picodollars_max;

test('amounts are USD for a million tokens or for one piece, read exactly', () => {
  assert.equal(parseAmount('2.50', 'input'), 2_500_000);
  assert.equal(parseAmount('0.000001', 'cachedInput'), 1);
  assert.equal(parseAmount('0.04', 'image'), 40_000_000_000);
  assert.equal(parseAmount('1000', 'request'), max);
  assert.equal(parseAmount('1000.000001', 'request'), undefined);
  assert.equal(parseAmount('1000000000', 'output'), max);
  assert.equal(parseAmount('1000000000.000001', 'output'), undefined);
});

test('what is no plain decimal, or finer than a picodollar, is refused', () => {
  const wrong = [
    '',
    ' 1',
    '1 ',
    '.5',
    '1.',
    '01',
    '1,5',
    '-1',
    '+1',
    '1e3',
    '0x1',
    '0.0000001',
    '١',
    '1_0',
    'NaN',
  ];
  for (const text of wrong) assert.equal(parseAmount(text, 'input'), undefined, JSON.stringify(text));
});

test('any rate is read back from what is written of it, which has no zeros too many', () => {
  const token = fc.integer({ min: 0, max });
  fc.assert(
    fc.property(fc.constantFrom(...rateNames), token, (rate, any) => {
      const picodollars = isByThePiece(rate) ? any - (any % 1_000_000) : any;
      const text = formatAmount(picodollars, rate);
      assert.equal(parseAmount(text, rate), picodollars);
      assert.doesNotMatch(text, /\.\d*0$|\.$/);
    }),
  );
});

test('rates go through amounts and back; what is not said falls back or costs nothing', () => {
  const rate = fc.integer({ min: 0, max });
  const piece = fc.integer({ min: 0, max: max / 1_000_000 }).map((micros) => micros * 1_000_000);
  const rates = anyRatesOf(rate, piece);
  fc.assert(fc.property(rates, (given) => assert.deepEqual(ratesOf(amountsOf(given)), given)));
  assert.equal(ratesOf({ input: '1' }), undefined);
  assert.equal(ratesOf({ input: '1', output: '2', reasoning: 'x' }), undefined);
});

test('times are days or times in UTC, or seconds; days that do not exist are refused', () => {
  assert.equal(parseMoment('1970-01-02'), 86_400);
  assert.equal(parseMoment('2027-01-01T12:00Z'), Date.UTC(2027, 0, 1, 12) / 1000);
  assert.equal(parseMoment('1800000000'), 1_800_000_000);
  const wrong = [
    '',
    '2027-02-30',
    '2027-01-01T25:00Z',
    '2027-01-01T12:00',
    '1969-12-31',
    '-1',
    '1.5',
    'now',
    '9'.repeat(13),
  ];
  for (const text of wrong) assert.equal(parseMoment(text), undefined, text);
  const seconds = fc.integer({ min: 0, max: 253_402_300_799 });
  fc.assert(fc.property(seconds, (time) => assert.equal(parseMoment(formatMoment(time)), time)));
});

test('multipliers have at most six digits after the point and end at a thousandfold', () => {
  assert.equal(parseMultiplier('0.8'), 800_000);
  assert.equal(parseMultiplier('0'), 0);
  assert.equal(parseMultiplier('1000'), 1_000_000_000);
  assert.equal(parseMultiplier('1000.1'), undefined);
  assert.equal(parseMultiplier('-1'), undefined);
});

test('a model is an id, or a beginning with one * at its end', () => {
  for (const model of ['gpt-4o', '*', 'gpt-*', '@cf/meta/llama', 'ключ', 'x'.repeat(256)]) {
    assert.equal(modelFault(model), undefined, model);
  }
  for (const model of ['', '*a', 'a*b*', '**', ' a', 'a\n', 'x'.repeat(257)]) {
    assert.equal(typeof modelFault(model), 'string', model);
  }
});
