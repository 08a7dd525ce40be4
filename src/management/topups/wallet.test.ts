import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forecastOf } from './wallet.ts';

const day = 86_400;
/** At the beginning of an hour. */
const now = 1_800_000_000;
const spent = (daysAgo: number, units: number) => ({ hour: now - daysAgo * day, units });

test('a forecast goes by the average of the last 7 days', () => {
  const hours = [spent(20, 1_000_000), spent(7, 50), spent(3, 30), spent(1, 60)];
  assert.deepEqual(forecastOf(200, hours, now), {
    per_day: 20,
    days: 7,
    days_left: 10,
    ends_at: now + 10 * day,
  });
});

test('an account that began lately is judged by the days since, and by one at least', () => {
  assert.deepEqual(forecastOf(100, [spent(2, 20)], now), {
    per_day: 10,
    days: 2,
    days_left: 10,
    ends_at: now + 10 * day,
  });
  assert.equal(forecastOf(100, [spent(0.25, 10)], now)?.per_day, 10);
});

test('nothing left ends now; without spending, or beyond ten years, there is no forecast', () => {
  assert.deepEqual(forecastOf(-5, [spent(1, 10)], now)?.ends_at, now);
  assert.equal(forecastOf(100, [spent(8, 10), spent(1, 0)], now), null);
  assert.equal(forecastOf(100_000, [spent(1, 10)], now), null);
});
