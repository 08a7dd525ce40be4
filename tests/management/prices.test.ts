import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccount, dataOf, type Reply, refusalOf, useRig } from './rig.ts';

const rig = useRig();

const rows = (reply: Reply) => dataOf(reply) as unknown as Record<string, unknown>[];
const now = () => Math.floor(rig.clock.now() / 1000);
const set = (...models: object[]) => rig.call('PUT', '/api/price', { body: { models } });
const listed = async (query = '') => rows(await rig.call('GET', `/api/price${query}`));
const pricesOf = async (model: string) => listed(`?all=1&model=${encodeURIComponent(model)}`);

test('sets a price, shows it as written, and removes it', async () => {
  const price = { id: 'm-1', input: '2.50', cached_input: '0.000001', output: '10', per_image: '0.04' };
  assert.deepEqual(dataOf(await set(price)), { set: 1 });
  const [row, ...others] = await listed('?model=m-1');
  assert.deepEqual(others, []);
  assert.deepEqual(row, {
    ...price,
    input: '2.5',
    price_id: row?.price_id,
    effective_from: now(),
    in_force: true,
    source: 'set by root',
    created_time: now(),
  });
  dataOf({ ...(await rig.call('DELETE', '/api/price?model=m-1')) });
  assert.deepEqual(await pricesOf('m-1'), []);
  refusalOf(await rig.call('DELETE', '/api/price?model=m-1'), 200, /no such record/);
  refusalOf(await rig.call('DELETE', '/api/price'), 200, /no such record/);
});

test('a future price waits for its time; one for the same time replaces the other', async () => {
  const later = now() + 60;
  dataOf(
    await set(
      { id: 'm-2', input: '1', output: '1' },
      { id: 'm-2', input: '2', output: '2', effective_from: later },
    ),
  );
  const inForce = async () => (await listed('?model=m-2')).map(({ input }) => input);
  assert.deepEqual(await inForce(), ['1']);
  assert.deepEqual(
    (await pricesOf('m-2')).map(({ input, in_force }) => [input, in_force]),
    [
      ['1', true],
      ['2', false],
    ],
  );
  dataOf(await set({ id: 'm-2', input: '3', output: '3', effective_from: later }));
  rig.clock.advance(60_000);
  assert.deepEqual(await inForce(), ['3']);
  assert.equal((await pricesOf('m-2')).length, 2);
});

test('a new price applies to the next request, without a restart', async () => {
  const channel = { name: 'c', protocols: ['openai'], base_url: 'https://upstream.example', models: ['m-3'] };
  dataOf(await rig.call('POST', '/api/channel/', { body: channel }));
  const pricing = async () => dataOf(await rig.call('GET', '/api/model/m-3', { token: null })).pricing;
  assert.deepEqual(await pricing(), { currency: 'USD' });
  dataOf(await set({ id: 'm-*', input: '5', output: '6' }));
  assert.deepEqual(await pricing(), { currency: 'USD', input: 5, output: 6 });
  dataOf(await set({ id: 'm-3', input: '7', output: '8' }));
  assert.deepEqual(await pricing(), { currency: 'USD', input: 7, output: 8 });
  dataOf(await rig.call('DELETE', '/api/price?model=m-3'));
  assert.deepEqual(await pricing(), { currency: 'USD', input: 5, output: 6 });
  dataOf(await rig.call('DELETE', '/api/price?model=m-*'));
  assert.deepEqual(await pricing(), { currency: 'USD' });
});

test('refuses an invalid price with its position, and stores nothing of the call', async () => {
  const fine = { id: 'm-4', input: '1', output: '1' };
  refusalOf(
    await set(fine, { ...fine, id: 'm-5', input: '0.0000001' }),
    400,
    /"models\[1\]\.input" must be USD/,
  );
  refusalOf(await set({ ...fine, input: 1 }), 400, /"models\[0\]\.input" must be a string/);
  refusalOf(await set({ id: 'm-4', input: '1' }), 400, /"models\[0\]\.output" is missing/);
  refusalOf(await set({ ...fine, id: 'm*4' }), 400, /"models\[0\]\.id" has a \*/);
  refusalOf(
    await set({ ...fine, effective_from: '2027-02-30' }),
    400,
    /"models\[0\]\.effective_from" must be seconds/,
  );
  refusalOf(await set({ ...fine, outptu: '1' }), 400, /"outptu" in "models\[0\]" is unknown/);
  refusalOf(await set(fine, { ...fine, input: '2' }), 400, /"m-4" has two prices from the same moment/);
  refusalOf(await set(), 400, /at least 1/);
  assert.deepEqual(await pricesOf('m-4'), []);
});

test('an export can be imported again, as CSV and as JSON, and changes nothing', async () => {
  dataOf(
    await set({
      id: '@cf/x',
      input: '0.1',
      output: '0.2',
      per_request: '0.01',
      reasoning: '3',
      source: 'a, "b"',
    }),
  );
  const shown = async () => (await listed()).map(({ price_id, created_time, ...rest }) => rest);
  const before = await shown();
  const ids = (await listed()).map(({ price_id }) => price_id);
  for (const format of ['csv', 'json']) {
    const file: unknown = dataOf(await rig.call('GET', `/api/price/export?format=${format}`));
    const text = typeof file === 'string' ? file : JSON.stringify(file);
    const reply = await rig.call('POST', '/api/price/import', { body: { format, text } });
    assert.deepEqual(dataOf(reply), { set: before.length });
    assert.deepEqual(await shown(), before);
  }
  assert.notDeepEqual(
    (await listed()).map(({ price_id }) => price_id),
    ids,
  );
});

test('an import reports each problem with its position, and stores all or nothing', async () => {
  const send = (format: string, text: string) =>
    rig.call('POST', '/api/price/import', { body: { format, text } });
  refusalOf(await send('csv', 'id,input,output\nm-6,1,1\nm-7,x,1\n'), 400, /Line 3, column "input"/);
  refusalOf(await send('json', '{"models":[{"id":"m-6"}]}'), 400, /"models\[0\]\.input" is missing/);
  refusalOf(await send('json', '{"models":'), 400, /not valid JSON/);
  refusalOf(await send('xml', 'x'), 400, /"csv" or "json"/);
  assert.deepEqual(await pricesOf('m-6'), []);
  const body = { format: 'csv', text: 'id,input,output,source\nm-6,1,1,\nm-7,1,1,mine\n', source: 'a file' };
  dataOf(await rig.call('POST', '/api/price/import', { body }));
  assert.equal((await pricesOf('m-6'))[0]?.source, 'a file');
  assert.equal((await pricesOf('m-7'))[0]?.source, 'mine');
  refusalOf(await rig.call('GET', '/api/price/export?format=xml'), 400, /csv or json/);
});

test("sets, dates, replaces and removes a group's multiplier", async () => {
  const path = '/api/price/group';
  const put = (body: object) => rig.call('PUT', path, { body });
  const shown = async (query = '') =>
    rows(await rig.call('GET', path + query)).map(({ group, multiplier }) => [group, multiplier]);
  dataOf(await put({ group: 'vip', multiplier: '0.80' }));
  dataOf(await put({ group: 'vip', multiplier: '0', effective_from: now() + 60 }));
  assert.deepEqual(await shown(), [['vip', '0.8']]);
  assert.deepEqual(await shown('?all=1'), [
    ['vip', '0.8'],
    ['vip', '0'],
  ]);
  rig.clock.advance(60_000);
  assert.deepEqual(await shown(), [['vip', '0']]);
  refusalOf(await put({ group: 'vip', multiplier: '1000.1' }), 400, /"multiplier" must be a number/);
  refusalOf(await put({ group: '', multiplier: '1' }), 400, /"group"/);
  dataOf(await rig.call('DELETE', `${path}?group=vip`));
  assert.deepEqual(await shown('?all=1'), []);
  refusalOf(await rig.call('DELETE', `${path}?group=vip`), 200, /no such record/);
});

test('only administrators manage prices', async () => {
  const { token } = await createAccount(rig);
  const body = { models: [{ id: 'm-8', input: '0', output: '0' }] };
  const calls: [string, string, object?][] = [
    ['GET', '/api/price'],
    ['PUT', '/api/price', body],
    ['DELETE', '/api/price?model=m-6'],
    ['POST', '/api/price/import', { format: 'csv', text: 'id,input,output\nm-8,0,0\n' }],
    ['GET', '/api/price/export'],
    ['GET', '/api/price/group'],
    ['PUT', '/api/price/group', { group: 'default', multiplier: '0' }],
    ['DELETE', '/api/price/group?group=default'],
  ];
  for (const [method, path, sent] of calls) {
    refusalOf(await rig.call(method, path, { token, body: sent }), 403);
    refusalOf(await rig.call(method, path, { token: null, body: sent }), 401);
  }
  assert.deepEqual(await pricesOf('m-8'), []);
});

test('a preview is what a request would be charged: by the price in force, or one that is sent', async () => {
  dataOf(
    await set({ id: 'm-preview', input: '2', cached_input: '0.5', output: '10', per_web_search: '0.01' }),
  );
  dataOf(await rig.call('PUT', '/api/price/group', { body: { group: 'double', multiplier: '2' } }));
  const preview = async (body: object) =>
    dataOf(await rig.call('POST', '/api/price/preview', { body: { model: 'm-preview', ...body } }));
  const usage = { input: 1000, cached_input: 400, output: 50, web_searches: 2 };
  const cost = await preview({ usage });
  // 600 x 2 + 400 x 0.5 + 50 x 10 USD a million, and 2 x 0.01 USD: 0.0219 USD.
  assert.equal(cost.units, 10_950);
  assert.equal(cost.exact_usd, '0.0219');
  assert.deepEqual(
    (cost.lines as { kind: string; count: number }[]).map(({ kind, count }) => [kind, count]),
    [
      ['input', 600],
      ['cached_input', 400],
      ['output', 50],
      ['per_web_search', 2],
    ],
  );
  assert.equal((await preview({ usage, group: 'double' })).units, 21_900);
  const sent = await preview({ usage: { input: 1_000_000 }, price: { input: '3', output: '1' } });
  assert.deepEqual([sent.units, sent.price_id], [1_500_000, 0]);
  assert.equal((await preview({ usage: {} })).units, 0);
  const before = await pricesOf('m-preview');
  assert.equal(before.length, 1, 'nothing is stored');
});

test('a preview refuses what has no price, and costs beyond the largest charge; it is for administrators', async () => {
  const ask = (body: object, token?: string) =>
    rig.call('POST', '/api/price/preview', { body, ...(token !== undefined && { token }) });
  refusalOf(await ask({ model: 'no-such-model', usage: {} }), 200, /no price/);
  const most = { input: '1000', output: '1000' };
  refusalOf(
    await ask({ model: 'm', usage: { input: 1e12, output: 1e12 }, price: most }),
    200,
    /largest charge/,
  );
  refusalOf(await ask({ model: 'm', usage: { input: -1 } }), 400, /usage/);
  const { token } = await createAccount(rig);
  refusalOf(await ask({ model: 'm', usage: {} }, token), 403);
});

test('prices are searched by any part of their id, and paged', async () => {
  dataOf(
    await set(
      { id: 'find/Alpha-1', input: '1', output: '1' },
      { id: 'find/alpha-2*', input: '2', output: '2' },
      { id: 'find/beta', input: '3', output: '3', effective_from: now() + 60 },
    ),
  );
  const found = async (query: string) => {
    const { total, items } = dataOf(await rig.call('GET', `/api/price/search?${query}`));
    return [total, ...(items as { id: string }[]).map(({ id }) => id)];
  };
  assert.deepEqual(await found('keyword=FIND%2Falpha'), [2, 'find/Alpha-1', 'find/alpha-2*']);
  assert.deepEqual(await found('keyword=find&page_size=1&p=2'), [2, 'find/alpha-2*']);
  assert.deepEqual(await found('keyword=find/beta'), [0], 'it is not in force yet');
  const { token } = await createAccount(rig);
  refusalOf(await rig.call('GET', '/api/price/search', { token }), 403);
});
