import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CliError, exitCodes } from './exit-codes.ts';
import {
  parseCount,
  parseExpiry,
  parseId,
  parseIds,
  parseInteger,
  parseList,
  parsePair,
  parseUsd,
} from './values.ts';

function refuses(run: () => unknown): void {
  assert.throws(run, (error) => error instanceof CliError && error.exitCode === exitCodes.usage);
}

test('accepts only positive whole numbers as ids', () => {
  assert.equal(parseId('9223372036854775807'), '9223372036854775807');
  for (const text of ['', '0', '-1', '+5', '05', '1.5', '1e3', 'abc', '1 ', '9'.repeat(20)])
    refuses(() => parseId(text));
  assert.deepEqual(parseIds(['3', '1', '3']), ['3', '1']);
});

test('parses whole numbers exactly or refuses them', () => {
  assert.equal(parseCount('0'), 0);
  assert.equal(parseInteger('-7'), -7);
  for (const text of ['', '-1', '1.0', '1e3', '0x1', '9007199254740993']) refuses(() => parseCount(text));
  for (const text of ['', '--1', '1.0', '9007199254740993']) refuses(() => parseInteger(text));
});

test('an amount in USD is exact to the unit', () => {
  assert.equal(parseUsd('1'), 500_000);
  assert.equal(parseUsd('2.50'), 1_250_000);
  assert.equal(parseUsd('0.29'), 145_000);
  assert.equal(parseUsd('0.000002'), 1);
  assert.equal(parseUsd('1000000000'), 500_000_000_000_000);
  for (const text of ['', '-1', '1,5', '1.', '.5', '0.000001', '0.0000020', '1e3', '$1', '12345678901']) {
    refuses(() => parseUsd(text));
  }
});

test('units converted to USD and back are unchanged', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (units) => {
      const micros = String(units * 2).padStart(7, '0');
      assert.equal(parseUsd(`${micros.slice(0, -6)}.${micros.slice(-6)}`), units);
    }),
  );
});

test('an expiry is never, a duration from now, a day or a time', () => {
  assert.equal(parseExpiry('never', 1000), -1);
  assert.equal(parseExpiry('90m', 1000), 1000 + 5400);
  assert.equal(parseExpiry('12h', 1000), 1000 + 43_200);
  assert.equal(parseExpiry('30d', 1000), 1000 + 2_592_000);
  assert.equal(parseExpiry('2w', 1000), 1000 + 1_209_600);
  assert.equal(parseExpiry('2027-01-01', 0), Date.UTC(2027, 0, 1) / 1000);
  assert.equal(parseExpiry('2027-01-01T12:00Z', 0), Date.UTC(2027, 0, 1, 12) / 1000);
  assert.equal(parseExpiry('2027-01-01T12:00:30+02:00', 0), Date.UTC(2027, 0, 1, 10, 0, 30) / 1000);
  const wrong = [
    '',
    '30',
    '1.5d',
    '-1d',
    '2027-02-30',
    '2027-13-01',
    '2027-01-01T12:00',
    '01/02/2027',
    'tomorrow',
  ];
  for (const text of wrong) refuses(() => parseExpiry(text, 0));
});

test('lists drop empty items, and pairs split at the first separator', () => {
  assert.deepEqual(parseList(' a, ,b,'), ['a', 'b']);
  assert.deepEqual(parseList(''), []);
  assert.deepEqual(parsePair('a=b=c', '='), ['a', 'b=c']);
  assert.deepEqual(parsePair('X-Url: http://x', ':'), ['X-Url', 'http://x']);
  for (const text of ['', 'a', '=b', 'a=']) refuses(() => parsePair(text, '='));
});
