import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BucketSpan, boundsBefore, bucketBounds, startOfZonedDay } from './usage-buckets.ts';

const seconds = (text: string) => Date.parse(text) / 1000;
const times = (bounds: readonly number[] | undefined) =>
  bounds?.map((bound) => new Date(bound * 1000).toISOString().slice(0, 16));

const span = (from: string, to: string, size: BucketSpan['size'], timeZone: string) => ({
  from: seconds(from),
  to: seconds(to),
  size,
  timeZone,
});

const cases: readonly (readonly [string, BucketSpan, readonly string[]])[] = [
  [
    'days of a zone whose offset has a quarter hour',
    span('2027-01-14T18:15Z', '2027-01-16T18:15Z', 'day', 'Asia/Kathmandu'),
    ['2027-01-14T18:15', '2027-01-15T18:15', '2027-01-16T18:15'],
  ],
  [
    'a day of 23 hours',
    span('2027-03-27T23:00Z', '2027-03-29T22:00Z', 'day', 'Europe/Berlin'),
    ['2027-03-27T23:00', '2027-03-28T22:00', '2027-03-29T22:00'],
  ],
  [
    'a day of 25 hours',
    span('2027-10-30T22:00Z', '2027-11-01T23:00Z', 'day', 'Europe/Berlin'),
    ['2027-10-30T22:00', '2027-10-31T23:00', '2027-11-01T23:00'],
  ],
  [
    'a day that does not begin at midnight',
    span('2026-09-05T04:00Z', '2026-09-07T03:00Z', 'day', 'America/Santiago'),
    ['2026-09-05T04:00', '2026-09-06T04:00', '2026-09-07T03:00'],
  ],
  [
    'a day that the zone left out',
    span('2011-12-29T10:00Z', '2011-12-31T10:00Z', 'day', 'Pacific/Apia'),
    ['2011-12-29T10:00', '2011-12-30T10:00', '2011-12-31T10:00'],
  ],
  [
    'a span that begins and ends within days',
    span('2027-01-14T10:07Z', '2027-01-15T10:31Z', 'day', 'UTC'),
    ['2027-01-14T10:00', '2027-01-15T00:00', '2027-01-15T10:45'],
  ],
  [
    'weeks from Monday, months from the first',
    span('2027-01-28T00:00Z', '2027-02-02T00:00Z', 'week', 'UTC'),
    ['2027-01-28T00:00', '2027-02-01T00:00', '2027-02-02T00:00'],
  ],
  [
    'months',
    span('2027-01-28T00:00Z', '2027-03-02T00:00Z', 'month', 'UTC'),
    ['2027-01-28T00:00', '2027-02-01T00:00', '2027-03-01T00:00', '2027-03-02T00:00'],
  ],
  [
    'hours as the clock of the zone shows them',
    span('2027-01-14T10:00Z', '2027-01-14T12:00Z', 'hour', 'Asia/Kathmandu'),
    ['2027-01-14T10:00', '2027-01-14T10:15', '2027-01-14T11:15', '2027-01-14T12:00'],
  ],
  [
    'quarter hours',
    span('2027-01-14T10:01Z', '2027-01-14T10:30Z', 'quarter', 'UTC'),
    ['2027-01-14T10:00', '2027-01-14T10:15', '2027-01-14T10:30'],
  ],
];

for (const [what, given, expected] of cases) {
  test(`buckets: ${what}`, () => assert.deepEqual(times(bucketBounds(given, 100)), expected));
}

test('more buckets than are allowed are refused, as many are not', () => {
  const hours = span('2027-01-01T00:00Z', '2027-01-02T00:00Z', 'hour', 'UTC');
  assert.equal(bucketBounds(hours, 23), undefined);
  assert.equal(bucketBounds(hours, 24)?.length, 25);
});

test('the period before has as many buckets, whole ones and the part of the last alike', () => {
  const zone = 'Europe/Berlin';
  // Wednesday noon; the clocks went forward on Sunday the 28th.
  const days = bucketBounds(span('2027-03-26T23:00Z', '2027-03-31T10:00Z', 'day', zone), 100) ?? [];
  assert.deepEqual(times(boundsBefore(days, 'day', zone)), [
    '2027-03-21T23:00',
    '2027-03-22T23:00',
    '2027-03-23T23:00',
    '2027-03-24T23:00',
    '2027-03-25T23:00',
    '2027-03-26T11:00',
  ]);
  const month = bucketBounds(span('2027-03-01T00:00Z', '2027-03-31T10:00Z', 'month', 'UTC'), 100) ?? [];
  assert.deepEqual(times(boundsBefore(month, 'month', 'UTC')), ['2027-02-01T00:00', '2027-02-28T10:00']);
});

test('a period that begins within a day is compared with the one that ends where it begins', () => {
  const days = bucketBounds(span('2027-01-12T10:00Z', '2027-01-13T10:00Z', 'day', 'UTC'), 100) ?? [];
  assert.deepEqual(times(boundsBefore(days, 'day', 'UTC')), [
    '2027-01-11T10:00',
    '2027-01-12T00:00',
    '2027-01-12T10:00',
  ]);
});

test('the first second of today and of days before is that of the zone', () => {
  const now = seconds('2027-03-29T21:59Z');
  const starts = [0, 1, 2].map((days) => startOfZonedDay(now, 'Europe/Berlin', days));
  assert.deepEqual(times(starts), ['2027-03-28T22:00', '2027-03-27T23:00', '2027-03-26T23:00']);
});
