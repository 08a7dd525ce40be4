/** Lists of keys for people: filters, orders, pages, counts and risks, and no value in any response, log or URL. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleDays } from '../../src/domain/key-risk.ts';
import { once } from '../../src/platform/once.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type Account, createAccount, createKey, dataOf, type Reply, refusalOf, useRig } from './rig.ts';

const rig = useRig();

let ana: Account;
let admin: Account;
let bob: Account;
let website: Awaited<ReturnType<typeof createKey>>;

const forever = { unlimited_quota: true, expired_time: -1 };

const prepare = once(async () => {
  admin = await createAccount(rig, { role: 10 });
  ana = await createAccount(rig);
  bob = await createAccount(rig);
  website = await createKey(rig, { ...forever, name: 'Website' }, ana.token);
  await createKey(
    rig,
    {
      name: 'trial',
      unlimited_quota: false,
      remain_quota: 5,
      expired_time: -1,
      model_limits_enabled: true,
      model_limits: 'o3',
    },
    ana.token,
  );
  await createKey(rig, { ...forever, name: 'off', status: 2 }, ana.token);
  await createKey(rig, { name: 'empty', unlimited_quota: false }, ana.token);
  await createKey(rig, { ...forever, name: 'weekly', budget_quota: 9, budget_period: 'weekly' }, ana.token);
  await createKey(rig, { ...forever, name: 'of bob' }, bob.token);
  await createKey(rig, { ...forever, name: 'of root' });
});

const get = (path: string, token = ana.token) => rig.call('GET', path, { token });
const namesIn = (reply: Reply) => {
  const { items } = dataOf(reply) as { items: { name: string }[] };
  return items.map(({ name }) => name);
};
const list = async (query: string, token = ana.token) =>
  namesIn(await get(`/api/token/list?${query}`, token));

test('the own keys are filtered, ordered and paged as asked', async () => {
  await prepare();
  for (const [query, names] of nonEmpty([
    ['', ['weekly', 'empty', 'off', 'trial', 'Website']],
    ['order=asc&page_size=2&p=2', ['off', 'empty']],
    ['sort=name&order=asc', ['empty', 'off', 'trial', 'Website', 'weekly']],
    ['keyword=WE', ['weekly', 'Website']],
    ['status=2,4', ['empty', 'off']],
    ['status=1&model=gpt-4o', ['weekly', 'Website']],
    ['group=default&model=o3&sort=remaining&order=asc', ['empty', 'trial', 'Website', 'off', 'weekly']],
    ['group=vip', []],
    ['risk=no_limit', ['Website']],
    ['risk=never_expires&sort=created&order=asc', ['Website', 'trial', 'weekly']],
  ] as const)) {
    assert.deepEqual(await list(query), names, query);
  }
  const page = dataOf(await get('/api/token/list?page_size=2&p=3'));
  assert.deepEqual([page.page, page.page_size, page.total, page.complete], [3, 2, 5, true]);
  for (const end of [website.value.slice(0, 7), website.value.slice(-4)]) {
    assert.deepEqual(await list(`keyword=${end}`), ['Website'], end);
  }
  const masked = `${website.value.slice(0, 7)}**********${website.value.slice(-4)}`;
  assert.deepEqual(await list(`keyword=${masked}`), ['Website']);
});

test('counts say how many keys each filter lists', async () => {
  await prepare();
  const statuses = { enabled: 1, disabled: 2, expired: 3, exhausted: 4 };
  const filters = nonEmpty([
    ['total', ''],
    ...Object.entries(statuses).map(([name, status]) => [name, `status=${status}`] as const),
    ...['no_limit', 'never_expires', 'idle', 'removable'].map((risk) => [risk, `risk=${risk}`] as const),
  ] as const);
  const check = async () => {
    const counts = dataOf(await get('/api/token/stats'));
    assert.deepEqual(Object.keys(counts).sort(), [...filters.map(([name]) => name), 'complete'].sort());
    for (const [name, query] of filters) assert.equal(counts[name], (await list(query)).length, name);
    return counts;
  };
  const { total, idle, removable } = await check();
  assert.deepEqual([total, idle, removable], [5, 0, 0]);
  rig.clock.advance((idleDays + 1) * 86_400_000);
  const later = await check();
  assert.deepEqual([later.idle, later.removable], [3, 2]);
});

test('administrators list and count keys of lower roles and their own', async () => {
  await prepare();
  const ofAll = '/api/admin/token/list?sort=name&order=asc&risk=never_expires';
  assert.deepEqual(namesIn(await get(ofAll, admin.token)), ['of bob', 'trial', 'Website', 'weekly']);
  assert.deepEqual(namesIn(await get(`${ofAll}&user_id=${bob.id}`, admin.token)), ['of bob']);
  const [first] = dataOf(await get(ofAll, admin.token)).items as { username: string; hint: string }[];
  assert.equal(first?.username, bob.username);
  const counted = async (query: string) =>
    dataOf(await get(`/api/admin/token/stats${query}`, admin.token)).total;
  assert.deepEqual(
    [await counted(''), await counted(`?user_id=${bob.id}`), await counted('?user_id=1')],
    [6, 1, 0],
  );
  for (const path of ['/api/admin/token/list', '/api/admin/token/stats']) {
    refusalOf(await get(path), 403, /./);
  }
});

test('a key is found by its value, and a deleted one with the time of its deletion', async () => {
  await prepare();
  const find = (key: string, token = ana.token) =>
    rig.call('POST', '/api/token/find', { token, body: { key } });
  const gone = await createKey(rig, { ...forever, name: 'gone' }, ana.token);
  await rig.call('DELETE', `/api/token/${gone.id}`, { token: ana.token });
  for (const value of [website.value, website.value.slice(3)]) {
    const { id, name } = dataOf(await find(value));
    assert.deepEqual([id, name], [website.id, 'Website']);
  }
  for (const [value, token] of nonEmpty([
    [website.value, bob.token],
    [gone.value, bob.token],
    ['sk-nothing', ana.token],
    ['', ana.token],
  ] as const)) {
    const reply = await find(value, token);
    refusalOf(reply, 200, /./);
    assert.equal(reply.headers['x-halley-already-deleted'], undefined);
  }
  assert.match(String((await find(gone.value)).headers['x-halley-already-deleted']), /^20\d\d-/);
});

test('no response of a list or of a masked call holds a value, and no log does', async () => {
  await prepare();
  const { token } = ana;
  const masked = { id: website.id, name: 'Website' };
  const replies = [
    await get('/api/token/list'),
    await get('/api/admin/token/list', admin.token),
    await get(`/api/token/list?keyword=${website.value.slice(-4)}`),
    await rig.call('POST', '/api/token/find', { token, body: { key: website.value } }),
    await get(`/api/token/${website.id}?masked=1`),
    await rig.call('PUT', '/api/token/?masked=1', { token, body: masked }),
    await rig.call('PUT', '/api/token/?status_only=1&masked=1', { token, body: { ...masked, status: 1 } }),
  ];
  const secret = website.value.slice(8, -5);
  for (const { text, json } of nonEmpty(replies)) {
    assert.equal(json.success, true, text);
    assert.ok(!text.includes(secret), text);
  }
  assert.ok(!rig.logged().includes(secret));
  const hint = `${website.value.slice(0, 7)}**********${website.value.slice(-4)}`;
  assert.equal(dataOf(await get(`/api/token/${website.id}?masked=1`)).key, hint);
  assert.equal(dataOf(await get(`/api/token/${website.id}`)).key, website.value);
});

test('a filter that cannot be is refused by its name', async () => {
  await prepare();
  for (const [query, name] of nonEmpty([
    ['status=5', 'status'],
    ['status=1;2', 'status'],
    ['model=a,b', 'model'],
    ['risk=all', 'risk'],
    ['sort=digest', 'sort'],
    ['order=down', 'order'],
  ] as const)) {
    refusalOf(await get(`/api/token/list?${query}`), 400, new RegExp(`"${name}"`));
  }
});

test('several keys are disabled and enabled at once, and those that cannot be are named', async () => {
  await prepare();
  const { token } = ana;
  const one = await createKey(rig, { ...forever, name: 'one' }, token);
  const two = await createKey(rig, { name: 'two', unlimited_quota: false, status: 2 }, token);
  const ofBob = await createKey(rig, { ...forever, name: 'another of bob' }, bob.token);
  const set = async (status: number) => {
    const body = { ids: [one.id, two.id, ofBob.id, one.id, 999_999], status };
    return dataOf(await rig.call('POST', '/api/token/batch/status', { token, body }));
  };
  const statusOf = async ({ id }: { id: number }, by = token) =>
    dataOf(await rig.call('GET', `/api/token/${id}`, { token: by })).status;
  assert.deepEqual(await set(2), { changed: [one.id, two.id], refused: [] });
  assert.deepEqual([await statusOf(one), await statusOf(two), await statusOf(ofBob, bob.token)], [2, 2, 1]);
  const { changed, refused } = await set(1);
  assert.deepEqual(changed, [one.id]);
  assert.deepEqual(
    (refused as { id: number }[]).map(({ id }) => id),
    [two.id],
  );
  assert.match(JSON.stringify(refused), /no quota left/);
  assert.deepEqual([await statusOf(one), await statusOf(two)], [1, 2]);
  for (const { id } of [one, two]) await rig.call('DELETE', `/api/token/${id}`, { token });
  await rig.call('DELETE', `/api/token/${ofBob.id}`, { token: bob.token });
});
