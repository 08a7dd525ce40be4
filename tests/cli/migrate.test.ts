/** Migration of an install from SQLite to PostgreSQL: everything works there as before. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { createAccount } from '../support/accounts.ts';
import { onlyOn } from '../support/engine.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { shareTestPostgres } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { halley } from './halley.ts';

type Ending = { after(run: () => Promise<void> | void): void };

type Row = Readonly<Record<string, unknown>>;

const messages = [{ role: 'user', content: 'hi' }];
const openai = { model: 'test-model', max_tokens: 20, messages };

/** Responses of each protocol with their usage. */
function script(upstream: FakeUpstream): void {
  const usage = { input_tokens: 11, output_tokens: 4 };
  const text = [{ type: 'text', text: 'hello' }];
  upstream.on('/v1/messages', upstreams.json({ id: 'm', type: 'message', content: text, usage }));
  const usageMetadata = { promptTokenCount: 8, candidatesTokenCount: 5, totalTokenCount: 13 };
  upstream.on('/v1beta', upstreams.json({ candidates: [], usageMetadata }));
}

/** Receives budget alerts. */
async function receiver(t: Ending) {
  const received: string[] = [];
  const server = createServer((request, response) => {
    received.push(String(request.headers['webhook-id']));
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close());
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { received, url: `http://127.0.0.1:${address.port}/` };
}

const ask = (gateway: Gateway, key: TestKey, path = '/v1/chat/completions', body: object = openai) =>
  gateway.call('POST', path, { token: `Bearer ${key.value}`, body });

/** Uses the gateway in every way that stores data. */
async function live(gateway: Gateway, upstream: FakeUpstream) {
  await gateway.createChannel(upstream.origin, { extra_headers: { 'x-team': 'blue' } });
  const group = { group: 'vip', multiplier: '1.5' };
  dataOf(await gateway.call('PUT', '/api/price/group', { body: group }));
  dataOf(
    await gateway.call('PUT', '/api/price', { body: { models: [{ id: 'old', input: '1', output: '1' }] } }),
  );
  dataOf(await gateway.call('DELETE', '/api/price?model=old'));
  const ana = await createAccount(gateway, 'ana', { quota: 1_000_000 });
  const topup = { user_id: ana.id, quota: 500, reason: 'invoice', trade_no: 'n-1' };
  dataOf(await gateway.call('POST', '/api/user/topup', { body: topup }));
  const limits = { unlimited_quota: false, remain_quota: 100_000, content_log_days: 9, rpm_limit: 1000 };
  const kept = await ana.createKey({ ...limits, name: 'kept', budget_quota: 500, budget_soft_percent: 1 });
  const doomed = await ana.createKey({ name: 'doomed' });
  const id = String((await ask(gateway, kept)).headers.get('x-request-id'));
  const answers = [
    await ask(gateway, kept, '/v1/chat/completions', { ...openai, stream: true }),
    await ask(gateway, kept, '/v1/messages'),
    await ask(gateway, kept, '/v1beta/models/test-model:generateContent', {
      contents: [{ parts: [{ text: 'hi' }] }],
      generationConfig: { maxOutputTokens: 20 },
    }),
    await ask(gateway, doomed),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  upstream.on('/v1/messages', upstreams.json({ error: {} }, 400));
  assert.equal((await ask(gateway, kept, '/v1/messages')).status, 400);
  const gone = await ana.createKey({ name: 'gone unused' });
  for (const key of [doomed, gone]) {
    const deleted = await gateway.call('DELETE', `/api/token/${key.id}`, { token: ana.token });
    assert.equal(deleted.json?.success, true);
  }
  await until(async () => dataOf(await gateway.call('GET', '/api/log/')).total === 7);
  const [{ created_at } = { created_at: 0 }] = dataOf(await gateway.call('GET', '/api/log/')).items as Row[];
  return { ana, kept, dead: [doomed, gone], contentId: id, from: Number(created_at) - 3600 };
}

/** Returns everything that the API shows about it. */
async function shown(gateway: Gateway, { ana, kept, contentId, from }: Awaited<ReturnType<typeof live>>) {
  const asked: [string, string][] = [
    [gateway.token, '/api/user/'],
    [gateway.token, '/api/user/journal'],
    [gateway.token, '/api/user/topup'],
    [gateway.token, '/api/channel/'],
    [gateway.token, '/api/price?all=1'],
    [gateway.token, '/api/price/group'],
    [gateway.token, '/api/log/'],
    [gateway.token, '/api/log/stat'],
    [gateway.token, `/api/data?start_timestamp=${from}&end_timestamp=${from + 90_000}`],
    [ana.token, '/api/token/'],
    [ana.token, `/api/token/${kept.id}/key`],
    [ana.token, `/api/log/content?request_id=${contentId}`],
  ];
  const all: Record<string, unknown> = {};
  for (const [token, path] of asked) {
    const method = path.endsWith('/key') ? 'POST' : 'GET';
    all[path.split('?')[0] ?? ''] = dataOf(await gateway.call(method, path, { token }));
  }
  return all;
}

test(
  'migrates a stopped install with its keys, records and balances unchanged',
  onlyOn('sqlite', 'it is the one that is moved from'),
  async (t) => {
    const [upstream, { received, url: webhook }] = [await startFakeUpstream(), await receiver(t)];
    t.after(() => upstream.close());
    script(upstream);
    const dataDir = await mkdtemp(join(tmpdir(), 'halley-migrate-'));
    t.after(() => rm(dataDir, { recursive: true }));
    const secret = { HALLEY_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 5).toString('base64')}` };
    const closed = await startFakeUpstream();
    await closed.close();
    const env = { ...secret, HALLEY_WEBHOOK_URL: closed.origin };
    const before = await startGateway({ dataDir, env });
    t.after(() => void before.process.kill('SIGKILL'));
    const lived = await live(before, upstream);
    const seen = await shown(before, lived);

    const url = await freshDatabase();
    const migrate = (...args: string[]) =>
      halley(['migrate', '--from', 'sqlite', '--to', 'postgres', '--data-dir', dataDir, ...args], {
        HALLEY_DATABASE_URL: url,
      });
    const refused = await migrate();
    assert.equal(refused.code, exitCodes.failure);
    assert.match(refused.stderr, /uses the data directory/);
    await before.stop();
    const moved = await migrate();
    assert.equal(moved.code, exitCodes.ok, moved.stderr);
    assert.match(moved.stdout, /^records\t7$/m);
    assert.match(moved.stdout, /^notices\t1$/m);
    assert.match(moved.stdout, /^contents\t5$/m);
    assert.match(moved.stdout, /Moved \d+ rows in [\d.]+ s \([\d,]+ rows a second\)/);
    assert.match(moved.stderr, /Never start a gateway on the SQLite database/);

    // Avoid waiting for the backoff of a failed delivery.
    await (await shareTestPostgres()).query(url, 'UPDATE notices SET next_attempt_at = 0');
    const after = await startGateway({
      dataDir,
      env: {
        ...secret,
        HALLEY_WEBHOOK_URL: webhook,
        HALLEY_DATABASE_URL: url,
        HALLEY_BOOTSTRAP_TOKEN: before.token,
        HALLEY_FLEET_LEASE_MS: '10000',
      },
    });
    t.after(() => after.stop());
    assert.deepEqual(await shown(after, lived), seen);
    for (const key of nonEmpty(lived.dead)) assert.equal((await ask(after, key)).status, 401);
    assert.equal((await ask(after, lived.kept)).status, 200);
    const password = { username: 'ana', password: 'password of ana' };
    dataOf(await after.call('POST', '/api/user/login', { body: password, token: undefined }));
    await until(() => received.length === 1);
    const verified = await halley(['ledger', 'verify'], { HALLEY_DATABASE_URL: url });
    assert.equal(verified.code, exitCodes.ok, verified.stdout);
  },
);

test('refuses other directions, and a missing target', async () => {
  const run = (from: string, to: string) => halley(['migrate', '--from', from, '--to', to]);
  for (const [from, to] of [
    ['postgres', 'sqlite'],
    ['sqlite', 'sqlite'],
    ['mysql', 'postgres'],
  ] as const) {
    const { code, stderr } = await run(from, to);
    assert.equal(code, exitCodes.usage);
    assert.match(stderr, /Only --from sqlite --to postgres is supported/);
  }
  const { code, stderr } = await run('sqlite', 'postgres');
  assert.equal(code, exitCodes.usage);
  assert.match(stderr, /HALLEY_DATABASE_URL/);
});
