/** Jobs on two nodes that share a database: who works on them, and what a deletion on the other node ends. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, test } from 'node:test';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { type JobUpstream, startJobUpstream } from '../support/job-upstream.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';

const model = 'video-model';
const seconds = 4;
const cost = seconds * 500;

let nodes: readonly [Gateway, Gateway];
let upstream: JobUpstream;

before(async () => {
  upstream = await startJobUpstream({ takesMs: 300, answerMs: 150, contentBytes: 400_000_000 });
  const shared = {
    HALLEY_DATABASE_URL: await freshDatabase(),
    HALLEY_SERVER_SECRET: 'ab'.repeat(32),
    HALLEY_BOOTSTRAP_TOKEN: 'a-token-of-root-for-both-nodes',
  };
  const first = await startGateway({ env: shared });
  nodes = [first, await startGateway({ env: shared })];
  await first.createChannel(upstream.origin, { models: [model] });
  const price = { id: model, input: '0', output: '0', per_video_second: '0.001' };
  dataOf(await first.call('PUT', '/api/price', { body: { models: [price] } }));
  await until(
    async () => (await nodes[1].call('GET', '/v1/models', as(await first.createKey()))).text.includes(model),
    100,
  );
});

after(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await upstream.close();
});

const as = (key: TestKey) => ({ token: `Bearer ${key.value}` });
const submit = async (node: Gateway, key: TestKey) => {
  const body = { model, prompt: 'ok', seconds: String(seconds) };
  const answer = await node.call('POST', '/v1/videos', { ...as(key), body });
  assert.equal(answer.status, 200, answer.text);
  return String(answer.json?.id);
};
const stateOn = async (node: Gateway, key: TestKey, id: string) =>
  (await node.call('GET', `/v1/videos/${id}`, as(key))).json?.status;

test('both nodes look at the same jobs, one at a time at each, and each is charged once', async () => {
  const [one, two] = nodes;
  const key = await one.createKey({ unlimited_quota: false, remain_quota: 100_000 });
  const ids: string[] = [];
  for (const node of [one, two, one, two, one, two]) ids.push(await submit(node, key));
  await until(async () => {
    const states = await Promise.all(ids.flatMap((id) => nodes.map((node) => stateOn(node, key, id))));
    return states.every((state) => state === 'completed');
  }, 250);
  assert.equal(upstream.mostAtOnce, 1);
  const left = dataOf(await one.call('GET', `/api/token/${key.id}`)).remain_quota;
  assert.equal(left, 100_000 - ids.length * cost);
  const { items } = dataOf(await two.call('GET', `/api/task?token_id=${key.id}`));
  const tasks = items as readonly Record<string, unknown>[];
  assert.deepEqual(tasks.map(({ task_id }) => task_id).toReversed(), ids);
});

test('a deletion on one node ends fetches and results on the other before it answers', async () => {
  const [one, two] = nodes;
  const key = await one.createKey();
  const done = await submit(one, key);
  await until(async () => (await stateOn(two, key, done)) === 'completed', 250);
  const open = await submit(two, key);
  let [received, ended] = [0, false];
  const headers = { authorization: `Bearer ${key.value}` };
  const request = get(`${two.url}/v1/videos/${done}/content`, { headers }, (response) => {
    response.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      ended = true;
    });
  });
  request.on('error', () => undefined);
  await until(() => received > 0);
  const counted = dataOf(await one.call('GET', `/api/token/${key.id}/running`));
  assert.equal(counted.jobs, 1);
  dataOf({ ...(await one.call('DELETE', `/api/token/${key.id}`)) });
  assert.equal(await two.call('GET', `/v1/videos/${open}`, as(key)).then(({ status }) => status), 401);
  await until(() => ended);
  assert.ok(received < 400_000_000, 'the whole result came');
  const of = async () => dataOf(await one.call('GET', `/api/task/self?task_id=${open}`)).items;
  await until(async () => JSON.stringify(await of()).includes('SUCCESS'), 250);
});
