import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTypes } from '../../src/domain/accounting/terms.ts';
import { readCsv } from '../../src/domain/csv.ts';
import { roles } from '../../src/store/store.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { aRecord, settleAll } from './records.ts';
import { createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();

interface Figures {
  readonly quota: number;
  readonly requests: number;
  readonly errors: number;
  readonly success_rate: number | null;
  readonly first_byte_ms: number | null;
  readonly first_byte_p50_ms: number | null;
  readonly first_byte_p95_ms: number | null;
  readonly tokens_per_second: number | null;
}
interface Line {
  readonly totals: Figures;
  readonly points: readonly Figures[];
}
interface Series extends Line {
  readonly id: number | null;
  readonly name: string | null;
  readonly username: string | null;
  readonly is_other: boolean;
  readonly previous: Figures | null;
}
interface Usage {
  readonly time_zone: string;
  readonly start: number;
  readonly end: number;
  readonly complete_from: number;
  readonly buckets: readonly { readonly start: number; readonly end: number }[];
  readonly total: Line;
  readonly series: readonly Series[];
  readonly others: number;
  readonly previous: (Line & { readonly start: number; readonly end: number }) | null;
}

const seconds = (text: string) => Date.parse(text) / 1000;

async function seriesOf(path: string, query: object, token?: string): Promise<Usage> {
  const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const reply = await rig.call(
    'GET',
    `/api/usage/series${path}?${text}`,
    token === undefined ? {} : { token },
  );
  return dataOf(reply) as unknown as Usage;
}

const quotas = ({ points }: Line) => points.map(({ quota }) => quota);

test('a day is that of the zone that was asked for, to the second, at every offset', async () => {
  const user = await createAccount(rig);
  // Midnight in Kathmandu (+05:45), and an hour in which New York's day begins.
  const times = [
    '2027-01-10T18:14:59Z',
    '2027-01-10T18:15:00Z',
    '2027-01-11T04:59:59Z',
    '2027-01-11T05:00:00Z',
  ];
  await settleAll(
    rig.store,
    times.map((time, at) => aRecord({ accountId: user.id, createdAt: seconds(time), units: 10 ** at })),
  );
  const days = async (zone: string, start: string, end: string) => {
    const query = { start: seconds(start), end: seconds(end), time_zone: zone, bucket: 'day' };
    const usage = await seriesOf('/self', query, user.token);
    assert.equal(usage.time_zone, zone);
    return quotas(usage.total);
  };
  assert.deepEqual(await days('Asia/Kathmandu', '2027-01-09T18:15Z', '2027-01-11T18:15Z'), [1, 1110]);
  assert.deepEqual(await days('America/New_York', '2027-01-10T05:00Z', '2027-01-12T05:00Z'), [111, 1000]);
  assert.deepEqual(await days('UTC', '2027-01-10T00:00Z', '2027-01-12T00:00Z'), [11, 1100]);
});

test('a period is named by hours, days of the zone up to now, or its first and last day', async () => {
  // The rig's clock stands at 2027-01-15 08:00 UTC.
  const spanOf = async (period: string, zone: string) => {
    const { start, end } = await seriesOf('/self', { period, time_zone: zone, bucket: 'day' });
    return [start, end].map((at) => new Date(at * 1000).toISOString().slice(0, 16));
  };
  assert.deepEqual(await spanOf('24h', 'UTC'), ['2027-01-14T08:00', '2027-01-15T08:00']);
  assert.deepEqual(await spanOf('1d', 'Asia/Kathmandu'), ['2027-01-14T18:15', '2027-01-15T08:00']);
  assert.deepEqual(await spanOf('7d', 'UTC'), ['2027-01-09T00:00', '2027-01-15T08:00']);
  assert.deepEqual(await spanOf('2027-01-01..2027-01-31', 'Asia/Kathmandu'), [
    '2026-12-31T18:15',
    '2027-01-31T18:15',
  ]);
  for (const period of ['7', '0d', '2027-02-30..2027-03-01', '2027-01-02..2027-01-01', '99999h']) {
    refusalOf(
      await rig.call('GET', `/api/usage/series/self?period=${period}`),
      400,
      /"period" must be like 24h/,
    );
  }
});

test('the highest are kept apart, the rest is one series, and all of it is the total', async () => {
  const user = await createAccount(rig);
  const keys = await Promise.all(
    ['=first', 'second', 'third'].map((name) => createKey(rig, { name }, user.token)),
  );
  const at = seconds('2027-01-12T10:00Z');
  const previously = at - 86_400;
  const [one, two, three] = keys.map(({ id }) => id);
  const record = (keyId = 0, units = 0, createdAt = at) =>
    aRecord({ accountId: user.id, keyId, units, createdAt });
  await settleAll(rig.store, [
    record(one, 5),
    record(two, 70),
    record(two, 1, at + 900),
    record(three, 600, at + 900),
  ]);
  await settleAll(rig.store, [
    { ...record(one, 0), type: recordTypes.error },
    record(two, 9, previously),
    record(one, 4, previously),
  ]);
  const span = { start: at, end: at + 1800, bucket: 'quarter', by: 'key', top: 2, compare: 'previous' };
  const usage = await seriesOf('/self', { ...span, start: at, end: at + 86_400, bucket: 'day' }, user.token);
  assert.equal(usage.others, 1);
  const rows = usage.series.map(({ id, name, is_other, totals, previous }) => [
    id,
    name,
    is_other,
    totals.quota,
    previous?.quota,
  ]);
  assert.deepEqual(rows, [
    [three, 'third', false, 600, 0],
    [two, 'second', false, 71, 9],
    [null, null, true, 5, 4],
  ]);
  assert.deepEqual([usage.previous?.totals.quota, usage.previous?.end], [13, at]);
  const quarters = await seriesOf('/self', span, user.token);
  assert.deepEqual(quarters.series.map(quotas), [
    [0, 600],
    [70, 1],
    [5, 0],
  ]);
  assert.deepEqual(quotas(quarters.total), [75, 601]);
  assert.deepEqual(quarters.series.at(-1)?.totals.errors, 1);
  const byRequests = await seriesOf('/self', { ...span, order: 'requests', top: 1 }, user.token);
  assert.deepEqual(
    byRequests.series.map(({ name }) => name),
    ['second', null],
  );
  const ofOne = await seriesOf('/self', { ...span, token_id: one }, user.token);
  assert.deepEqual([ofOne.total.totals.quota, ofOne.series.length, ofOne.others], [5, 1, 0]);
});

test('a mean of nothing is null, a sum of nothing 0; times are those of requests that brought a byte', async () => {
  const user = await createAccount(rig);
  const at = seconds('2027-01-13T10:00Z');
  const none = {
    success_rate: null,
    first_byte_ms: null,
    first_byte_p50_ms: null,
    first_byte_p95_ms: null,
    tokens_per_second: null,
  };
  const record = (firstByteMs: number, more = {}) =>
    aRecord({ accountId: user.id, createdAt: at }, { firstByteMs, ...more });
  await settleAll(rig.store, [
    ...Array.from({ length: 18 }, () => record(60)),
    record(300, { stream: true, totalMs: 2300, outputTokens: 100 }),
    record(40_000),
    record(-1),
    aRecord({ accountId: user.id, createdAt: at, type: recordTypes.error, units: 0 }),
  ]);
  const usage = await seriesOf('/self', { start: at - 900, end: at + 900, bucket: 'quarter' }, user.token);
  const [before, during] = usage.total.points;
  assert.deepEqual(
    { ...before },
    { quota: 0, requests: 0, errors: 0, prompt_tokens: 0, completion_tokens: 0, cached_tokens: 0, ...none },
  );
  assert.equal(during?.success_rate, 21 / 22);
  assert.equal(during?.first_byte_ms, 2069);
  // The tenth of eighteen that took up to 100 ms; the nineteenth of twenty, in the class from 250 to 500.
  assert.equal(during?.first_byte_p50_ms, 55.56);
  assert.equal(during?.first_byte_p95_ms, 500);
  assert.equal(during?.tokens_per_second, 50);
});

test('administrators see their own usage and that of lower roles, as if there were no other', async () => {
  const [user, admin] = [await createAccount(rig), await createAccount(rig, { role: roles.admin })];
  const other = await createAccount(rig, { role: roles.admin });
  const key = await createKey(rig, { name: 'theirs' }, user.token);
  const at = seconds('2027-01-14T10:00Z');
  const record = (accountId: number, units: number, keyId = 0) =>
    aRecord({ accountId, units, keyId, createdAt: at });
  await settleAll(rig.store, [record(user.id, 1, key.id), record(admin.id, 20), record(other.id, 300)]);
  const span = { start: at, end: at + 900, bucket: 'hour' };
  const names = async (query: object, token?: string) => {
    const { series } = await seriesOf('', { ...span, ...query }, token);
    return series.map(({ name, username, totals }) => [name, username, totals.quota]);
  };
  assert.deepEqual(await names({ by: 'account' }, admin.token), [
    [admin.username, null, 20],
    [user.username, null, 1],
  ]);
  assert.deepEqual(await names({ by: 'key' }, admin.token), [
    ['', null, 20],
    ['theirs', user.username, 1],
  ]);
  const ofRoot = await names({ by: 'account' });
  assert.deepEqual(ofRoot[0], [other.username, null, 300]);
  const total = async (query: object) =>
    (await seriesOf('', { ...span, ...query }, admin.token)).total.totals.quota;
  assert.deepEqual(
    [await total({}), await total({ user_id: other.id }), await total({ user_id: user.id })],
    [21, 0, 1],
  );
  const hidden = await rig.call('GET', `/api/usage/series?username=${other.username}`, {
    token: admin.token,
  });
  const missing = await rig.call('GET', '/api/usage/series?username=nobody', { token: admin.token });
  assert.equal(hidden.text, missing.text);
  refusalOf(await rig.call('GET', '/api/usage/series', { token: user.token }), 403);
  assert.equal((await seriesOf('/self', { ...span, token_id: key.id }, other.token)).total.totals.quota, 0);
});

test('what is too much for one response is refused, with what to do', async () => {
  const call = (query: string) => rig.call('GET', `/api/usage/series/self?${query}`);
  refusalOf(await call('start=100&end=100'), 400, /"start" must be before "end"/);
  refusalOf(await call('start=1'), 400, /at most 1830 days/);
  refusalOf(
    await call('start=86400&end=1000000&bucket=quarter'),
    400,
    /more than 800 buckets: choose a longer one/,
  );
  refusalOf(await call('time_zone=Mars/Olympus'), 400, /"time_zone" must be a time zone by its IANA name/);
  refusalOf(await call('by=account'), 400, /"by" must be/);
  refusalOf(await call('top=51'), 400, /"top" must be a number from 1 to 50/);
  const user = await createAccount(rig);
  const at = seconds('2026-12-01T00:00Z');
  await settleAll(
    rig.store,
    Array.from({ length: 30 }, (_, model) =>
      aRecord({ accountId: user.id, createdAt: at, model: `m${model}` }),
    ),
  );
  const many = `start=${at}&end=${at + 790 * 3600}&bucket=hour&by=model&top=30`;
  refusalOf(
    await rig.call('GET', `/api/usage/series/self?${many}`, { token: user.token }),
    200,
    /20000 points. Choose a longer/,
  );
});

test('the CSV has every bucket of every series in local time, with unknown figures empty', async () => {
  const user = await createAccount(rig);
  const key = await createKey(rig, { name: '=1+1,"x"' }, user.token);
  const at = seconds('2027-01-11T18:15Z');
  await settleAll(rig.store, [aRecord({ accountId: user.id, keyId: key.id, createdAt: at + 86_400 })]);
  const query = `start=${at}&end=${at + 2 * 86_400}&bucket=day&by=key&time_zone=Asia/Kathmandu`;
  const reply = await fetch(`http://127.0.0.1:${rig.port}/api/usage/series/self/export?${query}`, {
    headers: { authorization: user.token },
  });
  assert.match(String(reply.headers.get('content-type')), /^text\/csv/);
  const [head, ...lines] = readCsv(await reply.text()).map(({ cells }) => cells);
  const cells = lines.map((line) => Object.fromEntries(line.map((cell, at) => [head?.[at], cell])));
  assert.deepEqual(
    nonEmpty(cells).map(({ line, name, start, quota, success_rate }) => [
      line,
      name,
      start,
      quota,
      success_rate,
    ]),
    [
      ['total', '', '2027-01-12T00:00:00+05:45', '0', ''],
      ['total', '', '2027-01-13T00:00:00+05:45', '10', '1'],
      ['series', '=1+1,"x"', '2027-01-12T00:00:00+05:45', '0', ''],
      ['series', '=1+1,"x"', '2027-01-13T00:00:00+05:45', '10', '1'],
    ],
  );
});
