/** What charts draw, before it is drawn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChartSeries, ChartValue } from '../../console/components/charts/chart-data.ts';
import {
  changeFrom,
  colourAt,
  differenceFrom,
  highestOf,
  labelledPlaces,
  runsOf,
  stackedBars,
  withoutFuture,
} from '../../console/components/charts/prepare.ts';
import { formatStretch, formatTick } from '../../console/format/stretch.ts';
import { daysOf, startOfDay } from '../../console/format/zoned-days.ts';
import { bucketOf, bucketsFor } from '../../console/pages/usage/periods.ts';
import { limits } from '../../src/platform/limits.ts';
import { nonEmpty } from '../support/non-empty.ts';

const series = (id: string, values: readonly ChartValue[]): ChartSeries => ({
  id,
  label: id,
  colour: 1,
  values,
});

test('null, zero and a gap are three things: only zero is a bar, of no height', () => {
  const stacked = stackedBars([series('a', [0, null, undefined, 2]), series('b', [1, 1, 1, 3])], 4);
  assert.deepEqual(stacked, [
    [
      { series: 0, from: 0, to: 0 },
      { series: 1, from: 0, to: 1 },
    ],
    [{ series: 1, from: 0, to: 1 }],
    [{ series: 1, from: 0, to: 1 }],
    [
      { series: 0, from: 0, to: 2 },
      { series: 1, from: 2, to: 5 },
    ],
  ]);
  assert.equal(highestOf([series('a', [0, 2]), series('b', [1, 3])], 2, true), 5);
  assert.equal(highestOf([series('a', [0, 2]), series('b', [1, 3])], 2, false), 3);
  assert.equal(highestOf([], 2, true), 0);
});

test('a line breaks where there is no value, and does not fall to zero', () => {
  assert.deepEqual(runsOf([1, 2, null, 0, undefined, 5]), [
    [
      { at: 0, value: 1 },
      { at: 1, value: 2 },
    ],
    [{ at: 3, value: 0 }],
    [{ at: 5, value: 5 }],
  ]);
  assert.deepEqual(runsOf([null, undefined]), []);
});

test('what has not begun is not known, whatever the gateway counted', () => {
  const stretches = [0, 10, 20].map((start) => ({ start, end: start + 10 }));
  assert.deepEqual(withoutFuture([1, 0, 0], stretches, 15), [1, 0, undefined]);
});

test('labels are evenly spaced and no more than fit', () => {
  assert.deepEqual(labelledPlaces(7, 10), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(labelledPlaces(30, 4), [0, 8, 16, 24]);
  for (const most of nonEmpty([0, 1, 3, 9])) assert.ok(labelledPlaces(100, most).length <= Math.max(1, most));
  assert.deepEqual(labelledPlaces(0, 4), []);
});

test('growth from nothing is none, and shares change by a difference', () => {
  assert.deepEqual(
    [changeFrom(5, 4), changeFrom(5, 0), changeFrom(null, 4), changeFrom(0, 4)],
    [0.25, null, null, -1],
  );
  assert.deepEqual(
    [differenceFrom(1, 0.5), differenceFrom(0.5, 0), differenceFrom(1, null)],
    [0.5, 0.5, null],
  );
});

test('seven series have a colour of their own, further ones look like the rest', () => {
  assert.deepEqual([0, 6, 7, 50].map(colourAt), [1, 7, 'other', 'other']);
});

test('each period has a few bars, and a chosen length only where it fits', () => {
  assert.deepEqual(bucketsFor('24h'), ['quarter', 'hour']);
  assert.deepEqual(bucketsFor('7d'), ['hour', 'day']);
  assert.deepEqual(bucketsFor('30d'), ['day', 'week']);
  assert.deepEqual(bucketsFor('2027-01-01..2027-01-01'), ['quarter', 'hour']);
  assert.deepEqual(bucketsFor('2025-01-01..2026-12-31'), ['week', 'month']);
  assert.equal(bucketOf('30d', undefined), 'day');
  assert.equal(bucketOf('30d', 'week'), 'week');
  assert.equal(bucketOf('30d', 'quarter'), 'day');
  assert.deepEqual(daysOf('2027-01-01..2027-01-31'), { first: '2027-01-01', last: '2027-01-31' });
  assert.equal(daysOf('7d'), undefined);
});

test('no period is offered with more bars than one response may hold', () => {
  const perDay = { quarter: 96, hour: 24, day: 1, week: 1 / 7, month: 1 / 28 } as const;
  for (const days of nonEmpty([1, 2, 3, 10, 11, 60, 400, 401, limits.usage_series_days_max])) {
    for (const size of nonEmpty(bucketsFor(`${days}d`))) {
      assert.ok(days * perDay[size] <= limits.usage_buckets_max, `${days} days by ${size}`);
    }
  }
});

test('times of charts are those of the zone, and the first hour of a day shows the day', () => {
  const midnight = Date.UTC(2027, 0, 14, 18, 15) / 1000;
  const zone = 'Asia/Kathmandu';
  assert.equal(formatTick(midnight, 'hour', 'en-GB', zone), '15 Jan');
  assert.equal(formatTick(midnight + 3600, 'hour', 'en-GB', zone), '01:00');
  assert.equal(formatTick(midnight, 'month', 'en-GB', zone), 'Jan 2027');
  const day = formatStretch(midnight, midnight + 86_400, 'day', 'en-GB', zone);
  assert.match(day, /^Fri,? 15 Jan 2027$/);
  assert.match(formatStretch(midnight, midnight + 900, 'quarter', 'en-GB', zone), /15 Jan.*00:00.*00:15/);
  assert.match(formatStretch(midnight, midnight + 7 * 86_400, 'week', 'en-GB', zone), /^15.+21 Jan 2027$/);
});

test('a day begins at midnight of its zone, also where clocks change or skip midnight', () => {
  const starts = [
    ['2026-11-29', 'Asia/Shanghai', '2026-11-28T16:00:00Z'],
    ['2026-11-29', 'UTC', '2026-11-29T00:00:00Z'],
    ['2026-03-08', 'America/New_York', '2026-03-08T05:00:00Z'],
    ['2026-03-09', 'America/New_York', '2026-03-09T04:00:00Z'],
    ['2026-04-05', 'Pacific/Auckland', '2026-04-04T11:00:00Z'],
    ['2026-09-27', 'Pacific/Auckland', '2026-09-26T12:00:00Z'],
    ['2026-09-06', 'America/Santiago', '2026-09-06T04:00:00Z'],
    ['2026-11-29', 'Asia/Kolkata', '2026-11-28T18:30:00Z'],
  ] as const;
  for (const [day, zone, start] of starts) {
    assert.equal(startOfDay(day, zone), Date.parse(start) / 1000, `${day} ${zone}`);
  }
  assert.equal(daysOf('2026-13-01..2026-13-02'), undefined);
});
