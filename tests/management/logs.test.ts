import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { recordTypes } from '../../src/domain/accounting/terms.ts';
import { seal } from '../../src/domain/seal.ts';
import { contentContext } from '../../src/domain/seal-contexts.ts';
import { noPrice, noTokenPrice } from '../../src/ledger/test-rates.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { aRecord, settleAll } from './records.ts';
import { type Account, createAccount, createKey, dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig();
const now = () => Math.floor(rig.clock.now() / 1000);

const noPiecesUsed = {
  ...{ images: 0, characters: 0, audio_seconds: 0, search_units: 0, video_seconds: 0 },
  ...{ web_searches: 0, file_searches: 0, code_sessions: 0 },
};

interface Line {
  readonly id: number;
  readonly request_id: string;
  readonly other: string;
  readonly [name: string]: unknown;
}

async function linesOf(path: string, token: string): Promise<{ total: number; items: Line[] }> {
  const data = dataOf(await rig.call('GET', path, { token }));
  return { total: Number(data.total), items: data.items as Line[] };
}

/** Returns a response body that is not JSON. */
async function textOf(path: string, token: string) {
  const response = await fetch(`http://127.0.0.1:${rig.port}${path}`, { headers: { authorization: token } });
  return { response, text: await response.text() };
}

test('shows a record in the documented format, with the prices of its charge', async () => {
  const user = await createAccount(rig);
  const key = await createKey(rig, { name: 'shown' }, user.token);
  await rig.store.insertPrices([
    {
      ...noPrice,
      model: 'model-a',
      effectiveFrom: 0,
      input: 2_500_000,
      cachedInput: 625_000,
      output: 10_000_000,
      tiers: { priority: { ...noTokenPrice, input: 5_000_000, output: 20_000_000 } },
      source: 'a test',
      createdAt: 0,
    },
  ]);
  const price = (await rig.store.listPrices()).find(({ model }) => model === 'model-a');
  const record = aRecord(
    { accountId: user.id, keyId: key.id, createdAt: now(), units: 77 },
    {
      username: user.username,
      keyName: 'shown',
      channelName: 'hidden name',
      channelId: 3,
      group: 'default',
      clientAddress: '192.0.2.1',
      path: '/v1/chat/completions',
      stream: true,
      operation: 'chat.completions',
      images: 2,
      webSearches: 1,
      variant: 'hd',
      estimated: true,
      cachedTokens: 1,
      cacheWriteTokens: 2,
      longCacheWriteTokens: 1,
      firstByteMs: 120,
      totalMs: 2600,
      priceId: price?.id ?? 0,
      multiplier: 800_000,
      responseId: 'resp-1',
      tier: 'priority',
      outcome: 'done',
      status: 200,
      attempts: 2,
    },
  );
  await settleAll(rig.store, [record]);
  const { total, items } = await linesOf('/api/log/self/?p=1&page_size=10&type=0', user.token);
  assert.equal(total, 1);
  const { id, other, ...line } = items[0] as Line;
  assert.equal(typeof id, 'number');
  assert.deepEqual(line, {
    user_id: user.id,
    created_at: now(),
    type: 2,
    content: '',
    username: user.username,
    token_id: key.id,
    token_name: 'shown',
    model_name: 'model-a',
    quota: 77,
    prompt_tokens: 3,
    completion_tokens: 2,
    use_time: 3,
    is_stream: true,
    channel: 3,
    channel_name: '',
    group: 'default',
    ip: '192.0.2.1',
    request_id: record.requestId,
    response_id: 'resp-1',
    state: 'ok',
    status: 200,
    outcome: 'done',
    error_code: '',
    total_ms: 2600,
    first_byte_ms: 120,
    attempts: 2,
    operation: 'chat.completions',
    estimated: true,
    pieces: { ...noPiecesUsed, images: 2, web_searches: 1 },
    variant: 'hd',
  });
  const { model_ratio, completion_ratio, group_ratio, model_price, cache_tokens, cache_ratio, ...more } =
    JSON.parse(other);
  assert.deepEqual([model_ratio, completion_ratio, group_ratio], [2.5, 4, 0.8]);
  assert.deepEqual([model_price, cache_tokens, cache_ratio], [-1, 1, 1]);
  assert.deepEqual([more.cache_write_tokens, more.long_cache_write_tokens], [2, 1]);
  assert.deepEqual([more.frt, more.total_ms, more.request_path], [120, 2600, '/v1/chat/completions']);
  assert.deepEqual(more.prices, { input: '5', output: '20' });
  assert.equal(more.service_tier, 'priority');
  assert.deepEqual([more.estimated, more.images, more.web_searches], [true, 2, 1]);
  const admin = await linesOf(`/api/log/?request_id=${record.requestId}`, rig.rootToken);
  assert.equal(admin.items[0]?.channel_name, 'hidden name');
});

test('no ratio is null for a model without a price', async () => {
  const user = await createAccount(rig);
  await settleAll(rig.store, [aRecord({ accountId: user.id, createdAt: now() })]);
  const { items } = await linesOf('/api/log/self', user.token);
  const other = JSON.parse(items[0]?.other ?? '') as Record<string, unknown>;
  for (const [name, value] of nonEmpty(Object.entries(other))) assert.notEqual(value, null, name);
});

/** Creates ten records of a new account, a second apart. */
async function tenRecords(): Promise<{ user: Account; ids: string[] }> {
  const user = await createAccount(rig);
  const records = Array.from({ length: 10 }, (_, index) =>
    aRecord({
      accountId: user.id,
      createdAt: now() - 100 + index,
      model: index % 2 === 0 ? 'model-even' : 'model-odd',
      type: index === 9 ? recordTypes.error : recordTypes.consume,
      units: index,
    }),
  );
  await settleAll(rig.store, records);
  return { user, ids: records.map(({ requestId }) => requestId).reverse() };
}

test('pages, filters and continuation by cursor', async () => {
  const { user, ids } = await tenRecords();
  const read = async (query: string) => {
    const { total, items } = await linesOf(`/api/log/self?${query}`, user.token);
    return [total, items.map(({ request_id }) => request_id)] as const;
  };
  assert.deepEqual(await read('p=2&page_size=4'), [10, ids.slice(4, 8)]);
  assert.deepEqual(await read('model_name=model-od%25&page_size=2'), [5, [ids[0], ids[2]]]);
  assert.deepEqual(await read('type=5'), [1, [ids[0]]]);
  assert.deepEqual(await read('type=1'), [0, []]);
  assert.deepEqual(await read(`start_timestamp=${now() - 92}&end_timestamp=${now() - 91}`), [
    2,
    ids.slice(0, 2),
  ]);
  const { items } = await linesOf('/api/log/self?page_size=3', user.token);
  assert.deepEqual(await read(`before_id=${items[2]?.id}&page_size=2`), [7, ids.slice(3, 5)]);
  // A record of another account must not reveal its time.
  const other = await createAccount(rig);
  await settleAll(rig.store, [aRecord({ accountId: other.id, createdAt: now() })]);
  const [record] = (await linesOf('/api/log/self', other.token)).items;
  assert.deepEqual(await read(`before_id=${record?.id}`), [0, []]);
  for (const query of ['type=9', 'type=x', 'start_timestamp=-1', 'before_id=1.5', 'model_name=%25a%25b%25']) {
    refusalOf(await rig.call('GET', `/api/log/self?${query}`, { token: user.token }), 400);
  }
});

test('users read only their own records, and administrators those of all', async () => {
  const { ids } = await tenRecords();
  const stranger = await createAccount(rig);
  for (const query of ['', `?request_id=${ids[0]}`, '?user_id=1', '?username=root']) {
    assert.deepEqual(await linesOf(`/api/log/self${query}`, stranger.token), { total: 0, items: [] });
  }
  for (const path of ['/api/log/', '/api/log/stat', '/api/log/export', '/api/data/', '/api/user/topup']) {
    refusalOf(await rig.call('GET', path, { token: stranger.token }), 403);
  }
  const { total } = await linesOf(`/api/log?request_id=${ids[3]}`, rig.rootToken);
  assert.equal(total, 1);
  refusalOf(
    await rig.call('GET', '/api/log/self/search?keyword=a', { token: stranger.token }),
    200,
    /retired/,
  );
});

test('the sum is that of the filtered records; the rates are those of the last minute', async () => {
  const { user } = await tenRecords();
  await settleAll(rig.store, [aRecord({ accountId: user.id, createdAt: now() - 10, units: 5 })]);
  const stat = async (query: string) =>
    dataOf(await rig.call('GET', `/api/log/self/stat${query}`, { token: user.token }));
  assert.deepEqual(await stat(''), { quota: 36 + 5, rpm: 1, tpm: 5 });
  assert.deepEqual(await stat('?model_name=model-even'), { quota: 20, rpm: 0, tpm: 0 });
  const all = dataOf(await rig.call('GET', `/api/log/stat?username=${user.username}`));
  assert.equal(all.quota, 41);
});

test('a key reads its own records', async () => {
  const user = await createAccount(rig);
  const key = await createKey(rig, { unlimited_quota: false, remain_quota: 0 }, user.token);
  const others = await createKey(rig, {}, user.token);
  const records = [key.id, others.id, key.id].map((keyId) =>
    aRecord({ accountId: user.id, keyId, createdAt: now() }),
  );
  await settleAll(rig.store, records);
  const reply = await rig.call('GET', '/api/log/token', { token: `Bearer ${key.value}` });
  const lines = dataOf(reply) as unknown as Line[];
  assert.deepEqual(
    lines.map(({ request_id }) => request_id),
    [records[2]?.requestId, records[0]?.requestId],
  );
  refusalOf(await rig.call('GET', '/api/log/token', { token: user.token }), 401);
});

test('the export is CSV of exactly the filtered records, for any number of them', async () => {
  const user = await createAccount(rig);
  const evil = '=cmd|"x"';
  const records = Array.from({ length: 1203 }, (_, index) =>
    aRecord({ accountId: user.id, createdAt: now() - index }, { keyName: index === 0 ? evil : 'plain' }),
  );
  await settleAll(rig.store, records);
  const { response, text } = await textOf('/api/log/self/export', user.token);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const rows = text.split('\r\n');
  assert.equal(rows.pop(), '');
  assert.match(rows[0] ?? '', /^id,time,created_at,type,/);
  assert.equal(rows.length, 1204);
  for (const [index, { requestId }] of records.entries())
    assert.ok(rows[index + 1]?.includes(`,${requestId},`));
  assert.ok(rows[1]?.includes(`,"'=cmd|""x""",`));
  const filtered = await textOf(`/api/log/export?user_id=${user.id}&token_name=plain`, rig.rootToken);
  assert.equal(filtered.text.split('\r\n').length, 1204);
  const head = await rig.call('HEAD', '/api/log/self/export', { token: user.token });
  assert.equal(head.status, 200);
  refusalOf(await rig.call('GET', '/api/log/self/export?type=x', { token: user.token }), 400);
});

/** Waits until a number has not changed five times in a row. */
async function untilStill(read: () => number): Promise<void> {
  const seen: number[] = [];
  await until(() => {
    seen.push(read());
    return seen.length >= 5 && new Set(seen.slice(-5)).size === 1;
  }, 50);
}

test('an export follows the pace of its client, and ends with it', async () => {
  const user = await createAccount(rig);
  const content = 'x'.repeat(20_000);
  await settleAll(
    rig.store,
    Array.from({ length: 5000 }, () => aRecord({ accountId: user.id, createdAt: now() }, { content })),
  );
  let reads = 0;
  const list = rig.store.exportRecords.bind(rig.store);
  rig.store.exportRecords = (...given) => {
    reads += 1;
    return list(...given);
  };
  try {
    const request = httpRequest({
      host: '127.0.0.1',
      port: rig.port,
      path: '/api/log/self/export',
      headers: { authorization: user.token },
    });
    const begun = new Promise<void>((resolve, reject) => {
      request.on('response', (response) => {
        response.pause();
        resolve();
      });
      request.on('error', reject);
    });
    request.end();
    await begun;
    // The complete export would take ten reads of 10 MB each. A client that reads nothing gets what fits into
    // buffers.
    await untilStill(() => reads);
    assert.ok(reads < 6, `${reads} reads`);
    const whenLeft = reads;
    request.on('error', () => undefined);
    request.destroy();
    const other = await createAccount(rig);
    dataOf(await rig.call('GET', '/api/log/self', { token: other.token }));
    assert.ok(reads <= whenLeft + 2, `${reads} reads after ${whenLeft}`);
  } finally {
    rig.store.exportRecords = list;
  }
});

/** Starts an export of a new account without reading it. */
async function pausedExport(records: number, token: string, accountId: number) {
  const content = 'x'.repeat(20_000);
  await settleAll(
    rig.store,
    Array.from({ length: records }, () => aRecord({ accountId, createdAt: now() }, { content })),
  );
  const { port } = rig;
  const headers = { authorization: token };
  const request = httpRequest({ host: '127.0.0.1', port, path: '/api/log/self/export', headers });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject).end();
  });
  response.pause();
  const ended = new Promise<string>((resolve) => {
    response.on('end', () => resolve('whole')).on('error', () => resolve('broken off'));
  });
  return { response, ended };
}

test('disconnects a client that reads nothing for too long', async () => {
  const user = await createAccount(rig);
  const list = rig.store.exportRecords.bind(rig.store);
  let reads = 0;
  rig.store.exportRecords = (...given) => {
    reads += 1;
    return list(...given);
  };
  try {
    const { response, ended } = await pausedExport(5000, user.token, user.id);
    // If read, it would be complete.
    await untilStill(() => reads);
    rig.clock.advance(60_000);
    response.resume();
    assert.equal(await ended, 'broken off');
  } finally {
    rig.store.exportRecords = list;
  }
});

test('an export that fails is recognizable as incomplete', async () => {
  const user = await createAccount(rig);
  const list = rig.store.exportRecords.bind(rig.store);
  let reads = 0;
  rig.store.exportRecords = (...given) => {
    reads += 1;
    return reads === 2 ? Promise.reject(new Error('the disk is gone')) : list(...given);
  };
  try {
    const { response, ended } = await pausedExport(1500, user.token, user.id);
    response.resume();
    assert.equal(await ended, 'broken off');
    assert.match(rig.logged(), /the disk is gone/);
    reads = 1;
    refusalOf(await rig.call('GET', '/api/log/self/export', { token: user.token }), 500);
  } finally {
    rig.store.exportRecords = list;
  }
});

test('only the owner reads the stored content of a request, until it expires', async () => {
  const user = await createAccount(rig);
  const key = await createKey(rig, {}, user.token);
  const record = aRecord({ accountId: user.id, keyId: key.id, createdAt: now() });
  const text = JSON.stringify({ request: '{"messages":[]}', answer: 'yes' });
  const sealed = seal(rig.secretRing, systemRandom, text, contentContext(record.requestId));
  await rig.store.settle([{ record, reserved: false, content: { sealed, expiresAt: now() + 10 } }], false);
  const path = `/api/log/content?request_id=${record.requestId}`;
  assert.deepEqual(dataOf(await rig.call('GET', path, { token: user.token })), {
    request_id: record.requestId,
    request: '{"messages":[]}',
    answer: 'yes',
  });
  refusalOf(await rig.call('GET', path), 200);
  refusalOf(await rig.call('GET', '/api/log/content', { token: user.token }), 400);
  rig.clock.advance(11_000);
  refusalOf(await rig.call('GET', path, { token: user.token }), 200);
});
