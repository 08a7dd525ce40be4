/** Jobs that keys of an account share, results that pass through the gateway, and signed paths for upstreams. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createAccount } from '../support/accounts.ts';
import { openDatabase } from '../support/database.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { type JobUpstream, startJobUpstream, videoBytes } from '../support/job-upstream.ts';
import { until } from '../support/until.ts';

const model = 'video-model';
const publicUrl = 'https://gateway.example';

let gateway: Gateway;
let upstream: JobUpstream;

before(async () => {
  upstream = await startJobUpstream({ takesMs: 0 });
  gateway = await startGateway({
    env: { HALLEY_JOBS_SHARE: 'account', HALLEY_JOBS_RESULTS: 'proxy', HALLEY_PUBLIC_URL: publicUrl },
  });
  await gateway.createChannel(upstream.origin, { models: [model] });
  const price = { id: model, input: '0', output: '0', per_video_second: '0.001' };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const as = (value: string) => ({ token: `Bearer ${value}` });
const submit = async ({ value }: TestKey, fields: object = {}) => {
  const body = { model, prompt: 'ok', ...fields };
  const answer = await gateway.call('POST', '/v1/videos', { ...as(value), body });
  assert.equal(answer.status, 200, answer.text);
  return String(answer.json?.id);
};

test('every key of the account sees its jobs, and a key of another account sees none', async () => {
  const [first, second] = [await gateway.createKey(), await gateway.createKey()];
  const id = await submit(first);
  const other = await createAccount(gateway, 'somebody');
  const foreign = dataOf(
    await gateway.call('POST', '/api/token/', {
      token: other.token,
      body: { name: 'foreign', unlimited_quota: true },
    }),
  );
  const fetched = (value: string) => gateway.call('GET', `/v1/videos/${id}`, as(value));
  assert.equal((await fetched(second.value)).status, 200);
  assert.equal((await fetched(String(foreign.key))).status, 404);
  const { json } = await gateway.call('GET', '/v1/videos', as(second.value));
  assert.ok(JSON.stringify(json).includes(id));
});

test('a result has a URL of the gateway, which needs the key', async () => {
  const key = await gateway.createKey();
  const id = await submit(key);
  const video = async () => (await gateway.call('GET', `/v1/videos/${id}`, as(key.value))).json;
  await until(async () => (await video())?.status === 'completed', 100);
  const url = String((await video())?.video_url);
  assert.equal(url, `${publicUrl}/v1/jobs/${id}/results/0`);
  const path = url.slice(publicUrl.length);
  const result = await gateway.call('GET', path, { ...as(key.value), headers: { range: 'bytes=0-3' } });
  assert.deepEqual([result.status, result.text], [206, videoBytes.toString().slice(0, 4)]);
  assert.equal((await gateway.call('GET', path, { token: undefined })).status, 401);
  assert.equal((await gateway.call('GET', path.replace(/0$/, '1'), as(key.value))).status, 404);
});

test('an upstream gets a signed path in place of the URL of the client, and what it says there is not believed', async () => {
  const key = await gateway.createKey();
  const id = await submit(key, { prompt: 'endless', callback_url: 'https://client.example/hook' });
  const given = String(upstream.submits.at(-1)?.callback_url);
  assert.ok(given.startsWith(`${publicUrl}/v1/jobs/${id}/callback/`), given);
  const path = given.slice(publicUrl.length);
  const call = (at: string) =>
    gateway.call('POST', at, {
      token: undefined,
      body: { id, status: 'completed', video_url: 'https://evil.example/x' },
    });
  assert.equal((await call(path)).status, 200);
  assert.equal((await call(`${path.slice(0, -2)}AA`)).status, 404);
  const [job] = [...upstream.accepted.values()].slice(-1);
  await until(() => (job?.seen.GET ?? 0) > 0);
  const status = async () => (await gateway.call('GET', `/v1/videos/${id}`, as(key.value))).json?.status;
  await until(async () => (await status()) !== 'queued');
  assert.equal(await status(), 'in_progress');
});

test('a submit whose client has left goes on, and a gateway that stops waits for its answer', async () => {
  const slow = await startJobUpstream({ takesMs: 0, answerMs: 1500 });
  const stopping = await startGateway();
  await stopping.createChannel(slow.origin, { models: [model] });
  const price = { id: model, input: '0', output: '0', per_video_second: '0.001' };
  dataOf(await stopping.call('PUT', '/api/price', { body: { models: [price] } }));
  const key = await stopping.createKey();
  const leaving = new AbortController();
  const lost = fetch(`${stopping.url}/v1/videos`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key.value}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, prompt: 'ok' }),
    signal: leaving.signal,
  });
  await until(() => slow.accepted.size === 1);
  leaving.abort();
  await assert.rejects(lost);
  const states = async () => {
    const book = await openDatabase(stopping.dataDir);
    return book.rows('SELECT state, upstream_id FROM jobs').finally(() => book.close());
  };
  assert.deepEqual(await states().then((rows) => rows.map(({ state }) => state)), ['submitting']);
  stopping.process.kill('SIGTERM');
  await until(async () => (await states())[0]?.state === 'running');
  await stopping.kill();
  await slow.close();
});
