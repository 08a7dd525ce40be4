import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Budget, budgetPeriods, periodAt, softUnits, usedAt } from './budget.ts';

const seconds = (text: string) => Date.parse(text) / 1000;
const budget = (fields: Partial<Budget> = {}): Budget => ({
  units: 1000,
  period: 'monthly',
  timeZone: 'UTC',
  softPercent: 80,
  ...fields,
});
const shown = (period: Budget['period'], timeZone: string, time: string) => {
  const { start, end } = periodAt(budget({ period, timeZone }), seconds(time));
  return [start, end].map((each) => new Date(each * 1000).toISOString().slice(0, 16));
};

test('periods begin at midnight of the zone: each day, on Monday, on the first', () => {
  for (const [period, zone, time, start, end] of [
    ['daily', 'UTC', '2027-03-05T12:00Z', '2027-03-05T00:00', '2027-03-06T00:00'],
    ['daily', 'Asia/Tokyo', '2027-03-05T16:00Z', '2027-03-05T15:00', '2027-03-06T15:00'],
    ['weekly', 'UTC', '2027-03-07T23:59Z', '2027-03-01T00:00', '2027-03-08T00:00'],
    ['weekly', 'UTC', '2027-03-08T00:00Z', '2027-03-08T00:00', '2027-03-15T00:00'],
    ['monthly', 'UTC', '2028-02-29T23:59:59Z', '2028-02-01T00:00', '2028-03-01T00:00'],
    ['monthly', 'America/New_York', '2027-01-01T04:00Z', '2026-12-01T05:00', '2027-01-01T05:00'],
    ['monthly', 'Asia/Kathmandu', '2027-01-31T18:15Z', '2027-01-31T18:15', '2027-02-28T18:15'],
  ] as const) {
    assert.deepEqual(shown(period, zone, time), [start, end], `${period} ${zone} ${time}`);
  }
});

test('days on which clocks are changed are 23 or 25 hours long, or begin after midnight', () => {
  for (const [zone, time, start, end] of [
    ['Europe/Berlin', '2027-03-28T12:00Z', '2027-03-27T23:00', '2027-03-28T22:00'],
    ['Europe/Berlin', '2027-10-31T12:00Z', '2027-10-30T22:00', '2027-10-31T23:00'],
    // Midnight itself is left out: the day begins at one.
    ['America/Sao_Paulo', '2018-11-04T12:00Z', '2018-11-04T03:00', '2018-11-05T02:00'],
    // Samoa went over the date line: 30 December 2011 was not there.
    ['Pacific/Apia', '2011-12-31T00:00Z', '2011-12-30T10:00', '2011-12-31T10:00'],
  ] as const) {
    assert.deepEqual(shown('daily', zone, time), [start, end], `${zone} ${time}`);
  }
});

test('periods follow each other without gap or overlap, in every zone', () => {
  const zones = Intl.supportedValuesOf('timeZone');
  fc.assert(
    fc.property(
      fc.constantFrom(...budgetPeriods),
      fc.constantFrom(...zones),
      fc.integer({ min: seconds('2000-01-01T00:00Z'), max: seconds('2100-01-01T00:00Z') }),
      (period, timeZone, time) => {
        const one = budget({ period, timeZone });
        const { start, end } = periodAt(one, time);
        assert.ok(start <= time && time < end);
        assert.deepEqual(periodAt(one, start), { start, end });
        assert.deepEqual(periodAt(one, end - 1), { start, end });
        assert.equal(periodAt(one, end).start, end);
        assert.equal(periodAt(one, start - 1).end, start);
      },
    ),
    { numRuns: 500 },
  );
});

test('what was spent counts in its own period only', () => {
  const time = seconds('2027-03-05T12:00Z');
  const { start, end } = periodAt(budget(), time);
  const state = { budget: budget(), budgetUsed: 700, budgetStart: start };
  assert.equal(usedAt(state, time), 700);
  assert.equal(usedAt(state, end - 1), 700);
  assert.equal(usedAt(state, end), 0);
  assert.equal(usedAt({ ...state, budget: budget({ period: 'daily' }) }, time), 0);
  assert.equal(usedAt({ ...state, budget: null }, time), 0);
});

test('the soft threshold is rounded up, so that it is never passed too early', () => {
  assert.equal(softUnits(budget({ units: 1000 })), 800);
  assert.equal(softUnits(budget({ units: 3, softPercent: 50 })), 2);
  assert.equal(softUnits(budget({ units: 7, softPercent: 100 })), 7);
  assert.equal(softUnits(budget({ units: 500_000_000_000_000, softPercent: 99 })), 495_000_000_000_000);
});
