import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Coding, chooseCoding } from './content-coding.ts';

const all = mapOf('br', 'gzip');

const cases: readonly (readonly [accepted: string | undefined, expected: Coding])[] = [
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip', 'gzip'],
  ['gzip, deflate, br, zstd', 'br'],
  ['GZIP;Q=0.5', 'gzip'],
  ['br;q=0.1, gzip;q=0.9', 'gzip'],
  ['br;q=0, *', 'gzip'],
  ['*', 'br'],
  ['*;q=0', 'identity'],
  ['identity, br;q=0.5', 'identity'],
  ['identity;q=0, deflate', 'identity'],
  ['br;q=nonsense, gzip', 'gzip'],
  ['br;q=2, gzip;q=-1', 'identity'],
];

for (const [accepted, expected] of cases) {
  test(`Accept-Encoding ${accepted ?? 'missing'} gets ${expected}`, () => {
    assert.equal(chooseCoding(accepted, all), expected);
  });
}

test('a coding in which the file does not exist is not chosen', () => {
  assert.equal(chooseCoding('br, gzip;q=0.1', mapOf('gzip')), 'gzip');
  assert.equal(chooseCoding('br', mapOf()), 'identity');
});

function mapOf(...codings: readonly Coding[]): ReadonlyMap<Coding, true> {
  return new Map(codings.map((coding) => [coding, true]));
}
