/** `halley jobs` on a held job: finding it, and each way to resolve it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { differencesIn } from '../support/database.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { type JobUpstream, startJobUpstream } from '../support/job-upstream.ts';
import { until } from '../support/until.ts';
import { halley } from './halley.ts';

const model = 'video-model';
const cost = 4 * 500;

let gateway: Gateway;
let upstream: JobUpstream;

before(async () => {
  upstream = await startJobUpstream({ takesMs: 0 });
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin, { models: [model] });
  const price = { id: model, input: '0', output: '0', per_video_second: '0.001' };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
});

after(async () => {
  assert.deepEqual(await differencesIn(gateway.dataDir, 10), []);
  await gateway.stop();
  await upstream.close();
});

const run = (...args: readonly string[]) =>
  halley(['jobs', ...args], { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token });

/** @returns the id of a job that is held, and its key, which can pay for one */
async function held(): Promise<{ readonly id: string; readonly key: TestKey }> {
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: cost });
  const body = { model, prompt: 'reset it' };
  const lost = await gateway.call('POST', '/v1/videos', { token: `Bearer ${key.value}`, body });
  assert.equal(lost.status, 502, lost.text);
  const { code, stdout, stderr } = await run('list', '--state', 'held', '--key', String(key.id), '--json');
  assert.equal(code, 0, stderr);
  const [job] = JSON.parse(stdout) as readonly Record<string, unknown>[];
  assert.deepEqual([job?.status, job?.quota, job?.has_reservation], ['UNKNOWN', 0, true]);
  return { id: String(job?.task_id), key };
}

const leftOf = async ({ id }: TestKey) =>
  Number(dataOf(await gateway.call('GET', `/api/token/${id}`)).remain_quota);

test('a held job that the upstream does not have is free, and what it reserved can be spent', async () => {
  const { id, key } = await held();
  const { stdout } = await run('show', id);
  assert.match(stdout, /state +held/);
  assert.match(stdout, /why +\S/);
  const resolved = await run('resolve', id, '--failed');
  assert.deepEqual([resolved.code, resolved.stdout], [0, `Job ${id} is failed now.\n`]);
  const again = await run('resolve', id, '--succeeded');
  assert.equal(again.code, 1);
  assert.match(again.stderr, /is not held: it is failed/);
  const body = { model, prompt: 'ok' };
  assert.equal(
    (await gateway.call('POST', '/v1/videos', { token: `Bearer ${key.value}`, body })).status,
    200,
  );
});

test('a held job that was made is charged what was reserved for it', async () => {
  const { id, key } = await held();
  assert.equal((await run('resolve', id, '--succeeded')).code, 0);
  assert.equal(await leftOf(key), 0);
});

test('a held job that runs under an id of the upstream is watched from then on, for its client too', async () => {
  const { id, key } = await held();
  const [upstreamId = ''] = [...upstream.accepted.keys()].slice(-1);
  assert.equal((await run('resolve', id, '--running', upstreamId)).code, 0);
  await until(async () => (await leftOf(key)) === 0, 100);
  const job = await gateway.call('GET', `/v1/videos/${id}`, { token: `Bearer ${key.value}` });
  assert.deepEqual([job.status, job.json?.status], [200, 'completed']);
});

test('what cannot be meant is refused', async () => {
  for (const args of [['--failed', '--succeeded'], []]) {
    const { code, stderr } = await run('resolve', 'job_x', ...args);
    assert.equal(code, 2);
    assert.match(stderr, /Give one of/);
  }
  assert.equal((await run('show', 'job_x')).code, 4);
});
