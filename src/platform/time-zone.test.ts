import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { timeZoneName } from './time-zone.ts';

test('accepts IANA zone names in any case; refuses offsets, times and other texts', () => {
  assert.equal(timeZoneName('europe/berlin'), 'Europe/Berlin');
  assert.equal(timeZoneName('utc'), 'UTC');
  for (const name of [
    '',
    'Z',
    '+02:00',
    '-0500',
    'Mars/Olympus',
    '2027-01-01T00:00Z',
    '2027-01-01T00:00[Europe/Berlin]',
    'Europe/Berlin ',
    'x'.repeat(100_000),
  ]) {
    assert.equal(timeZoneName(name), undefined, name.slice(0, 40));
  }
  for (const name of nonEmpty(Intl.supportedValuesOf('timeZone'))) assert.equal(timeZoneName(name), name);
});
