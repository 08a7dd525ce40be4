/** Lists, exports and counts of records by one and the same filter, from any place; and the wallet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTypes } from '../../src/domain/accounting/terms.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { aRecord, settleAll } from './records.ts';
import { type Account, createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const now = () => Math.floor(rig.clock.now() / 1000);

interface Found {
  readonly items: readonly { readonly request_id: string; readonly state: string }[];
  readonly next: string;
  readonly newest: string;
  readonly searched_to: number;
}

interface Histogram {
  readonly width: number;
  readonly total: number;
  readonly counted_from: number;
  readonly slots: readonly {
    readonly at: number;
    readonly requests: number;
    readonly errors: number;
    readonly quota: number;
  }[];
}

async function read<Data>(path: string, token: string): Promise<Data> {
  return dataOf(await rig.call('GET', path, { token })) as unknown as Data;
}

/** Thirty requests of two keys, a minute apart: answered, failed and aborted in turn. */
async function thirtyRequests(): Promise<{ user: Account; keys: number[]; ids: string[] }> {
  const user = await createAccount(rig);
  const keys = [
    (await createKey(rig, { name: 'one' }, user.token)).id,
    (await createKey(rig, { name: 'two' }, user.token)).id,
  ];
  const endings = [
    { outcome: 'done', status: 200, errorCode: '' },
    { outcome: 'error', status: 502, errorCode: 'upstream_unreachable' },
    { outcome: 'client_gone', status: 499, errorCode: '' },
  ];
  const records = Array.from({ length: 30 }, (_, index) => {
    const ending = endings[index % 3] ?? { outcome: '', status: 0, errorCode: '' };
    return aRecord(
      {
        accountId: user.id,
        keyId: keys[index % 2] ?? 0,
        createdAt: now() - (29 - index) * 60,
        units: index,
        model: index < 15 ? 'early' : 'late',
        type: ending.outcome === 'error' ? recordTypes.error : recordTypes.consume,
      },
      { ...ending, totalMs: index * 10, keyName: index % 2 === 0 ? 'one' : 'two' },
    );
  });
  await settleAll(rig.store, records);
  return { user, keys, ids: records.map(({ requestId }) => requestId).reverse() };
}

const idsIn = ({ items }: Found) => items.map(({ request_id }) => request_id);

async function exported(query: string, token: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${rig.port}/api/log/self/export?${query}`, {
    headers: { authorization: token },
  });
  return (await response.text()).trimEnd().split('\r\n').length - 1;
}

test('a page, the export and the histogram mean the same records by the same filter', async () => {
  const { user, keys } = await thirtyRequests();
  const expected: Readonly<Record<string, number>> = {
    'state=ok': 10,
    'state=error,aborted': 20,
    'outcome=client_gone': 10,
    'error_code=upstream_unreachable,other': 10,
    [`token_ids=${keys.join(',')}`]: 30,
    [`token_ids=${keys[0]}&state=ok`]: 5,
    'models=early,late': 30,
    'models=early': 15,
    'min_quota=20': 10,
    'min_ms=150': 15,
    'type=5': 10,
    'models=late&state=aborted&min_quota=20': 4,
  };
  for (const [query, count] of nonEmpty(Object.entries(expected))) {
    const found = await read<Found>(`/api/log/self/records?page_size=100&${query}`, user.token);
    assert.equal(found.items.length, count, query);
    assert.equal(found.next, '');
    assert.equal(await exported(query, user.token), count, query);
    const histogram = await read<Histogram>(
      `/api/log/self/histogram?start_timestamp=${now() - 3600}&${query}`,
      user.token,
    );
    assert.equal(histogram.total, count, query);
    assert.ok(nonEmpty(histogram.slots).every(({ at }) => at % histogram.width === 0));
  }
});

test('pages follow each other from place to place, and what is new is found by the same filter', async () => {
  const { user, ids } = await thirtyRequests();
  const first = await read<Found>('/api/log/self/records?page_size=20', user.token);
  const second = await read<Found>(`/api/log/self/records?page_size=20&before=${first.next}`, user.token);
  assert.deepEqual([...idsIn(first), ...idsIn(second)], ids);
  assert.equal(second.next, '');
  const since = `after=${first.newest}`;
  assert.deepEqual(idsIn(await read<Found>(`/api/log/self/records?${since}`, user.token)), []);
  const fresh = aRecord({ accountId: user.id, createdAt: now() }, { outcome: 'cut', status: 200 });
  await settleAll(rig.store, [
    fresh,
    aRecord({ accountId: user.id, createdAt: now() }, { outcome: 'done', status: 200 }),
  ]);
  const live = await read<Found>(`/api/log/self/records?${since}&state=aborted`, user.token);
  assert.deepEqual(idsIn(live), [fresh.requestId]);
  assert.equal(live.items[0]?.state, 'aborted');
});

test('records of others are neither found nor hinted at, whatever place is named', async () => {
  const { user } = await thirtyRequests();
  const other = await createAccount(rig);
  const { newest } = await read<Found>('/api/log/self/records', user.token);
  const found = await read<Found>('/api/log/self/records', other.token);
  assert.deepEqual(found, { items: [], next: '', newest: '', searched_to: 0 });
  const from = await read<Found>(`/api/log/self/records?before=${newest}`, other.token);
  assert.deepEqual(from.items, []);
  const all = await read<Found>(`/api/log/records?user_id=${user.id}&page_size=100`, rig.rootToken);
  assert.equal(all.items.length, 30);
  for (const path of ['/api/log/records', '/api/log/histogram']) {
    assert.equal((await rig.call('GET', path, { token: other.token })).status, 403);
  }
});

test('a filter of a wrong form is named', async () => {
  const { token } = await createAccount(rig);
  const wrong = [
    'state=done',
    'token_ids=1,,2',
    'token_ids=x',
    'before=1',
    'min_ms=-1',
    `models=${'m,'.repeat(60)}m`,
  ];
  for (const query of wrong) {
    const answer = await rig.call('GET', `/api/log/self/records?${query}`, { token });
    assert.ok(refusalOf(answer, 400).includes(`"${query.split('=')[0]}"`), query);
  }
});

test('a long span is counted by whole hours, also where records are gone', async () => {
  const { user } = await thirtyRequests();
  const month = `/api/log/self/histogram?start_timestamp=${now() - 30 * 86_400}`;
  const before = await read<Histogram>(month, user.token);
  assert.equal(before.total, 30);
  assert.equal(before.width % 3600, 0);
  assert.equal(
    before.slots.reduce((sum, { quota }) => sum + quota, 0),
    [...Array(30).keys()].reduce((a, b) => a + b) -
      [...Array(10).keys()].reduce((sum, at) => sum + at * 3 + 1, 0),
  );
  const filtered = await read<Histogram>(`${month}&models=late`, user.token);
  assert.equal(filtered.total, 15);
  await rig.store.deleteRecordsBefore(now() + 1, 100_000);
  assert.deepEqual(await read<Histogram>(month, user.token), before);
  assert.equal((await read<Histogram>(`${month}&state=ok`, user.token)).total, 0);
});

test('what a group, a channel or a model used is counted by quarter hours, also where records are gone', async () => {
  const { user } = await thirtyRequests();
  const details = [
    { group: 'gold', channelId: 7001 },
    { group: 'gold', channelId: 7002 },
    { group: 'silver', channelId: 7001 },
  ];
  const createdAt = now() - 3 * 3600;
  const of = { accountId: user.id, createdAt, units: 5, model: 'only here' };
  await settleAll(rig.store, [
    ...details.map((detail) => aRecord(of, detail)),
    aRecord({ ...of, units: 0, type: recordTypes.error }, { group: 'gold', channelId: 7001 }),
  ]);
  const filters = {
    'group=gold': 3,
    'group=gold&channel=7001': 2,
    'model_name=only+here': 4,
    'group=never': 0,
  };
  const histogramOf = (query: string, seconds: number) =>
    read<Histogram>(`/api/log/histogram?start_timestamp=${now() - seconds}&${query}`, rig.rootToken);
  const counted = async () => {
    const found: Histogram[] = [];
    for (const query of nonEmpty(Object.keys(filters))) {
      for (const seconds of [86_400, 30 * 86_400]) found.push(await histogramOf(query, seconds));
    }
    return found;
  };
  const before = await counted();
  assert.deepEqual(
    before.map(({ total }) => total),
    Object.values(filters).flatMap((total) => [total, total]),
  );
  const [ofDay, ofMonth] = before;
  const slotOf = (width: number) => ({
    at: createdAt - (createdAt % width),
    requests: 2,
    errors: 1,
    quota: 10,
  });
  assert.deepEqual([ofDay?.width, ofDay?.slots], [900, [slotOf(900)]]);
  assert.deepEqual(ofMonth?.slots, [slotOf(ofMonth?.width ?? 0)]);
  assert.equal(ofMonth?.counted_from, now() - 30 * 86_400 - (now() % 900));
  await rig.store.deleteRecordsBefore(now() + 1, 100_000);
  assert.deepEqual(await counted(), before);
  // What the totals do not know is counted by the records.
  assert.equal((await histogramOf('group=gold&min_quota=1', 86_400)).total, 0);
});

interface Wallet {
  readonly quota: number;
  readonly added_quota: number;
  readonly charged_quota: number;
  readonly used_quota: number;
  readonly spent: { readonly hours_24: number; readonly days_7: number; readonly days_30: number };
  readonly forecast: { readonly per_day: number } | null;
}

test('a wallet adds up: added minus charged is the balance, by the journal and the records', async () => {
  const user = await createAccount(rig, { quota: 1000, unlimited_quota: false });
  const topup = { user_id: user.id, quota: 500, reason: 'paid' };
  dataOf(await rig.call('POST', '/api/user/topup', { token: rig.rootToken, body: topup }));
  const units = [100, 200, 50];
  const days = [1, 5, 20];
  await settleAll(
    rig.store,
    units.map((each, index) =>
      aRecord({ accountId: user.id, createdAt: now() - (days[index] ?? 0) * 86_400 + 3600, units: each }),
    ),
  );
  const wallet = await read<Wallet>('/api/user/self/wallet', user.token);
  const { quota, added_quota, charged_quota, used_quota, spent, forecast } = wallet;
  assert.deepEqual([quota, added_quota, charged_quota, used_quota], [1150, 1500, 350, 350]);
  assert.deepEqual(spent, { hours_24: 100, days_7: 300, days_30: 350 });
  assert.ok(forecast && forecast.per_day > 0);
  const journal = dataOf(await rig.call('GET', '/api/user/self/journal?kind=topup', { token: user.token }));
  assert.deepEqual(
    (journal.items as { quota: number }[]).map((entry) => entry.quota),
    [500],
  );
});

const warningsOf = ({ json }: { readonly json: Readonly<Record<string, unknown>> }) =>
  (json.warnings ?? []) as readonly string[];

test('a list and a sum that searched a part say from when on, and the list goes on from there', async () => {
  const { user, ids, keys } = await thirtyRequests();
  const { value, id: keyId } = await createKey(rig, { name: 'three' }, user.token);
  const of = { accountId: user.id, keyId, createdAt: now() - 7200 };
  const hidden = aRecord({ ...of, model: 'old', units: 4 }, { responseId: 'wanted' });
  const since = Array.from({ length: 20 }, (_, at) => aRecord({ ...of, createdAt: now() - 40 * 60 + at }));
  await settleAll(rig.store, [hidden, ...since]);
  const { listRecords, sumRecords } = rig.store;
  rig.store.listRecords = (filter, page, countMax) => listRecords.call(rig.store, filter, page, countMax, 10);
  rig.store.sumRecords = (filter) => sumRecords.call(rig.store, filter, 10);
  try {
    type Page = { items: { request_id: string }[]; total: number; searched_from?: number; next?: string };
    const query = 'response_id=wanted&page_size=5';
    let page = await read<Page>(`/api/log/self?${query}`, user.token);
    assert.deepEqual([page.items, page.total], [[], 0]);
    assert.equal(page.searched_from, now() - 9 * 60);
    for (let calls = 0; page.next !== undefined && page.items.length === 0; calls += 1) {
      assert.ok(calls < 10);
      page = await read<Page>(`/api/log/self?${query}&before=${page.next}`, user.token);
    }
    assert.deepEqual(
      page.items.map(({ request_id: id }) => id),
      [hidden.requestId],
    );
    // A full page goes on after its last record, not after what was searched for the total.
    const full = await read<Page>('/api/log/self?state=&token_name=nobody&page_size=5', user.token);
    assert.deepEqual([full.items, full.total, full.searched_from], [[], 0, now() - 9 * 60]);
    const listed = await read<Page>('/api/log/self?token_name=one&page_size=3', user.token);
    const rest = await read<Page>(
      `/api/log/self?token_name=one&page_size=3&before=${listed.next}`,
      user.token,
    );
    const ofOne = ids.filter((_, at) => (29 - at) % 2 === 0);
    assert.deepEqual(
      [...listed.items, ...rest.items].map(({ request_id: id }) => id),
      ofOne.slice(0, 6),
    );
    // Where an index or a total decides, all is searched: the filter of a key, and of a model that is rare.
    for (const decided of [`token_id=${keys[0]}`, 'model_name=old', 'model_name=never', 'type=1']) {
      const found = await read<Page>(`/api/log/self?${decided}`, user.token);
      assert.ok(!('searched_from' in found), decided);
    }
    const sums = await read<Page>('/api/log/self/stat?response_id=wanted', user.token);
    // Where exactly it stops is up to the database.
    const { searched_from: summedFrom = 0 } = sums;
    assert.ok(summedFrom > of.createdAt && summedFrom < now(), `${summedFrom}`);
    const known = { quota: 4, rpm: 0, tpm: 0 };
    assert.deepEqual(await read('/api/log/self/stat?model_name=old', user.token), known);
    const answer = await rig.call('GET', '/api/log/token?response_id=wanted', { token: `Bearer ${value}` });
    const [warning = ''] = warningsOf(answer);
    const [, before] = /searched\. before=([0-9.]+) goes on/.exec(warning) ?? [];
    let path = `/api/log/token?response_id=wanted&before=${before}`;
    for (let found: unknown[] = []; found.length === 0; ) {
      const next = await rig.call('GET', path, { token: `Bearer ${value}` });
      found = dataOf(next) as unknown as unknown[];
      const [told] = warningsOf(next);
      const [, onward] = /before=([0-9.]+)/.exec(told ?? '') ?? [];
      assert.ok(found.length > 0 || onward);
      path = `/api/log/token?response_id=wanted&before=${onward}`;
    }
  } finally {
    Object.assign(rig.store, { listRecords, sumRecords });
  }
});
