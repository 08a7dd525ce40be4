/** What the form of a key stands for, and which of its changes are sent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipLines } from '../../console/features/keys/ip-lines.ts';
import type { OwnKey } from '../../console/features/keys/key.ts';
import {
  changedFields,
  fieldsOf,
  formOf,
  type KeyForm,
  narrowings,
  newKeyForm,
  wholeNumber,
} from '../../console/features/keys/key-fields.ts';
import { unitsFromUsd } from '../../console/format/money.ts';
import { endOfDay } from '../../console/format/time.ts';
import { parseIpList } from '../../src/domain/ip-list.ts';
import { nonEmpty } from '../support/non-empty.ts';

const zone = 'Asia/Shanghai';
const context = { now: 1000, timeZone: zone, endOfDay: (date: string) => endOfDay(date, zone) };

const stored: OwnKey = {
  id: 7,
  user_id: 1,
  key: 'sk-abcd**********wxyz',
  revealable: true,
  status: 1,
  name: 'one',
  created_time: 1,
  accessed_time: 1,
  last_used_time: 0,
  expired_time: 5000,
  remain_quota: 123_457,
  unlimited_quota: false,
  model_limits_enabled: true,
  model_limits: 'a,b',
  allow_ips: '10.0.0.0/8',
  used_quota: 3,
  group: 'vip',
  cross_group_retry: false,
  budget_quota: 250_001,
  budget_period: 'weekly',
  budget_time_zone: 'Europe/Berlin',
  budget_soft_percent: 80,
  budget_used: 0,
  budget_resets_at: 9000,
  rpm_limit: 5,
  tpm_limit: 0,
  concurrency_limit: 2,
  content_log_days: 0,
};

test('a form that nobody touched changes nothing, to the last unit', () => {
  const form = formOf(stored);
  assert.deepEqual(changedFields(form, form, context), {});
  assert.equal(fieldsOf(form, context).remain_quota, stored.remain_quota);
  fc.assert(
    fc.property(fc.nat(500_000_000_000_000), (units) => {
      const { remain_quota } = fieldsOf(formOf({ ...stored, remain_quota: units }), context);
      assert.equal(remain_quota, units);
    }),
  );
});

test('only what was changed is sent; a budget is sent whole', () => {
  const before = formOf(stored);
  const changed = (change: Partial<KeyForm>) => changedFields(before, { ...before, ...change }, context);
  for (const [change, fields] of nonEmpty([
    [{ name: ' two ' }, { name: 'two' }],
    [{ requestsPerMinute: '' }, { rpm_limit: 0 }],
    [{ tokensPerMinute: '1,000' }, { tpm_limit: 1000 }],
    [{ isModelsLimited: false }, { model_limits_enabled: false, model_limits: '' }],
    [{ allowIps: '' }, { allow_ips: '' }],
    [{ expiry: 'never' }, { expired_time: -1 }],
    [{ expiry: 'day' }, { expired_time: 1000 + 86_400 }],
    [{ expiry: 'date', expiryDate: '2027-01-31' }, { expired_time: Date.UTC(2027, 0, 31, 16) / 1000 }],
    [{ budgetPeriod: 'none' }, { budget_quota: null }],
    [
      { budgetUsd: '1' },
      { budget_quota: 500_000, budget_period: 'weekly', budget_time_zone: 'Europe/Berlin' },
    ],
    [{ isUnlimited: true }, { unlimited_quota: true }],
    [{ quotaUsd: '0.5' }, { remain_quota: 250_000 }],
  ] as const)) {
    assert.deepEqual(changed(change), fields);
  }
});

test('a new key has no limits unless they were asked for', () => {
  assert.deepEqual(fieldsOf({ ...newKeyForm, name: 'x' }, context), {
    name: 'x',
    unlimited_quota: true,
    budget_quota: null,
    expired_time: -1,
    model_limits_enabled: false,
    model_limits: '',
    allow_ips: '',
    group: '',
    rpm_limit: 0,
    tpm_limit: 0,
    concurrency_limit: 0,
  });
});

test('what takes rights away is named, what gives them is not', () => {
  const before = formOf(stored);
  const narrows = (change: Partial<KeyForm>) => narrowings(before, { ...before, ...change });
  for (const [change, named] of nonEmpty([
    [{ models: ['a'] }, ['models']],
    [{ models: ['a', 'b', 'c'] }, []],
    [{ isModelsLimited: false }, []],
    [{ allowIps: '10.0.0.1' }, ['addresses']],
    [{ allowIps: '' }, []],
    [{ expiry: 'never' }, []],
    [{ expiry: 'day' }, ['expiry']],
    [{ group: '' }, ['group']],
    [{ quotaUsd: '0.01', budgetUsd: '900' }, ['spend']],
    [{ isUnlimited: true, budgetPeriod: 'none' }, []],
  ] as const)) {
    assert.deepEqual(narrows(change), named);
  }
  assert.deepEqual(narrowings(newKeyForm, { ...newKeyForm, isModelsLimited: true, models: ['a'] }), [
    'models',
  ]);
});

test('a line of addresses is what the gateway takes for one', () => {
  const lines = '10.0.0.7/8\n\n  ::1 \n10.0.0.300\n01.2.3.4\n::ffff:1.2.3.4\nname.example';
  const checked = ipLines(lines);
  assert.deepEqual(
    checked.map(({ line, range }) => [line, range]),
    [
      [1, '10.0.0.0/8'],
      [3, '::1'],
      [4, undefined],
      [5, undefined],
      [6, '1.2.3.4'],
      [7, undefined],
    ],
  );
  for (const { text, range } of nonEmpty(checked)) {
    if (range === undefined) assert.throws(() => parseIpList(text), text);
    else assert.equal(parseIpList(text)?.text, range);
  }
});

test('a day ends at midnight of its zone, also where clocks change', () => {
  for (const [date, name, end] of nonEmpty([
    ['2027-01-31', 'UTC', '2027-02-01T00:00:00Z'],
    ['2027-01-31', 'Asia/Kathmandu', '2027-01-31T18:15:00Z'],
    ['2027-03-27', 'Europe/Berlin', '2027-03-27T23:00:00Z'],
    ['2027-03-28', 'Europe/Berlin', '2027-03-28T22:00:00Z'],
    ['2027-10-31', 'Europe/Berlin', '2027-10-31T23:00:00Z'],
    ['2027-11-07', 'America/New_York', '2027-11-08T05:00:00Z'],
  ] as const)) {
    assert.equal(endOfDay(date, name), Date.parse(end) / 1000, `${date} ${name}`);
  }
  for (const wrong of ['', 'soon', '2027-13-01']) assert.ok(Number.isNaN(endOfDay(wrong, 'UTC')), wrong);
});

test('whole numbers are read as people type them', () => {
  for (const [text, value] of nonEmpty([
    ['60', 60],
    [' 1 000 ', 1000],
    ['1,000', 1000],
    ['1.5', undefined],
    ['-1', undefined],
    ['', undefined],
    ['9'.repeat(16), undefined],
  ] as const)) {
    assert.equal(wholeNumber(text), value, text);
  }
});

test('an amount with a comma is refused, since it would mean another amount to somebody else', () => {
  for (const text of nonEmpty(['12,50', '1,250', '1,250.00', '1.2.3', '', '-1', 'NaN'])) {
    assert.equal(unitsFromUsd(text), undefined, text);
  }
  assert.deepEqual(['12.50', '$ 0.000002', '.5', '3.'].map(unitsFromUsd), [6_250_000, 1, 250_000, 1_500_000]);
});
