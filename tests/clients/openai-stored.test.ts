/** The published `openai` client stores responses, continues them, reads and deletes them: only with the key that made them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import OpenAI, { APIError, AuthenticationError, NotFoundError } from 'openai';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { type ResponsesUpstream, startResponsesUpstream } from '../support/responses-upstream.ts';

const model = 'gpt-stored';
let gateway: Gateway;
let upstreams: readonly [ResponsesUpstream, ResponsesUpstream];
const channels: number[] = [];

before(async () => {
  upstreams = [await startResponsesUpstream('a'), await startResponsesUpstream('b')];
  gateway = await startGateway();
  for (const [at, { origin }] of upstreams.entries()) {
    const fields = {
      models: [model],
      name: `channel ${at}`,
      priority: 5,
      keys: [`up-${at}-1`, `up-${at}-2`],
    };
    channels.push(await gateway.createChannel(origin, fields));
  }
  const price = { id: model, input: '1', output: '2' };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
});

after(async () => {
  await gateway.stop();
  await Promise.all(upstreams.map((each) => each.close()));
});

const clientOf = (key: TestKey) =>
  new OpenAI({ apiKey: key.value, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const upstreamOf = ({ id }: { readonly id: string }) => upstreams[id.startsWith('resp_a') ? 0 : 1];
const usedOf = async ({ id }: TestKey) =>
  Number(dataOf(await gateway.call('GET', `/api/token/${id}`)).used_quota);
const codeOf = (code: string) => (thrown: unknown) => thrown instanceof APIError && thrown.code === code;

test('a stored response is read, listed and deleted, at the upstream key that made it, and costs nothing more', async () => {
  const key = await gateway.createKey();
  const client = clientOf(key);
  for (let round = 0; round < 4; round += 1) {
    const made = await client.responses.create({ model, input: 'hello' });
    const upstream = upstreamOf(made);
    const sent = upstream.seen.at(-1);
    const charged = await usedOf(key);
    assert.ok(charged > 0);
    assert.equal((await client.responses.retrieve(made.id)).output_text, made.output_text);
    const { data } = await client.responses.inputItems.list(made.id, { limit: 5 });
    assert.equal(data[0]?.id, `in_${made.id}`);
    assert.equal(upstream.seen.at(-1)?.path, `/v1/responses/${made.id}/input_items?limit=5`);
    await assert.rejects(client.responses.cancel(made.id), /Only background responses/);
    for (const { authorization } of nonEmpty(upstream.seen.slice(-3)))
      assert.equal(authorization, sent?.authorization);
    await client.responses.delete(made.id);
    const asked = upstream.seen.length;
    await assert.rejects(client.responses.retrieve(made.id), NotFoundError);
    assert.equal(upstream.seen.length, asked);
    assert.equal(await usedOf(key), charged);
  }
});

test('what continues a response goes to its channel and upstream key, whole and as a stream, and nowhere else', async () => {
  const client = clientOf(await gateway.createKey());
  const first = await client.responses.create({ model, input: 'hello' });
  const upstream = upstreamOf(first);
  const made = upstream.seen.at(-1)?.authorization;
  let last = first.id;
  for (let turn = 0; turn < 6; turn += 1) {
    const body = { model, input: 'more', previous_response_id: last };
    if (turn % 2 === 0) last = (await client.responses.create(body)).id;
    else {
      for await (const event of await client.responses.create({ ...body, stream: true }))
        if (event.type === 'response.completed') last = event.response.id;
    }
    assert.equal(upstream.seen.at(-1)?.authorization, made);
    assert.equal(upstreamOf({ id: last }), upstream);
  }
  assert.equal(
    (await client.responses.inputTokens.count({ model, previous_response_id: last })).input_tokens,
    11,
  );
  assert.equal(upstream.seen.at(-1)?.authorization, made);
  assert.equal((await client.responses.retrieve(last)).id, last);
});

test('compacting is charged by usage, and goes where the response lies', async () => {
  const key = await gateway.createKey();
  const client = clientOf(key);
  const first = await client.responses.create({ model, input: 'hello' });
  const before = await usedOf(key);
  const compacted = await client.responses.compact({ model, previous_response_id: first.id });
  assert.equal(compacted.object, 'response.compaction');
  assert.equal(await usedOf(key), 2 * before);
  assert.equal(upstreamOf(first).seen.at(-1)?.path, '/v1/responses/compact');
});

test('to another key a response does not exist, in any call, and nothing of it reaches an upstream', async () => {
  const [owner, other] = [await gateway.createKey(), await gateway.createKey()];
  const { id } = await clientOf(owner).responses.create({ model, input: 'secret' });
  const asked = upstreams.map(({ seen }) => seen.length);
  const { responses } = clientOf(other);
  const body = { model, input: 'tell me', previous_response_id: id };
  for (const call of [
    () => responses.retrieve(id),
    () => responses.delete(id),
    () => responses.cancel(id),
    () => responses.inputItems.list(id),
    () => responses.create(body),
    () => responses.create({ ...body, stream: true }),
    () => responses.compact(body),
    () => responses.inputTokens.count(body),
    () => responses.create({ model, input: 'x', conversation: 'conv_of_somebody' }),
    () => responses.create({ ...body, input: `long ${'x'.repeat(1_200_000)}` }),
  ])
    await assert.rejects(async () => void (await call()), codeOf('object_not_found'));
  assert.deepEqual(
    upstreams.map(({ seen }) => seen.length),
    asked,
  );
  assert.equal(await usedOf(other), 0);
  for (const text of [
    `{"model":"${model}","input":"x","previous_response_id":"${id}","previous_response_id":null}`,
    `{"model":"${model}","input":"x","Previous_Response_Id":"${id}"}`,
  ]) {
    const headers = { authorization: `Bearer ${other.value}`, 'content-type': 'application/json' };
    const refused = await fetch(`${gateway.url}/v1/responses`, { method: 'POST', headers, body: text });
    assert.equal(refused.status, 400, await refused.text());
  }
});

test('a response that is not stored cannot be continued; a deleted key reads nothing any more', async () => {
  const key = await gateway.createKey();
  const client = clientOf(key);
  const unstored = await client.responses.create({ model, input: 'hello', store: false });
  await assert.rejects(client.responses.retrieve(unstored.id), codeOf('object_not_found'));
  const stored = await client.responses.create({ model, input: 'hello' });
  dataOf(await gateway.call('DELETE', `/api/token/${key.id}`));
  await assert.rejects(client.responses.retrieve(stored.id), AuthenticationError);
});

test('a response whose channel is disabled is refused plainly, and is there again afterwards', async () => {
  const client = clientOf(await gateway.createKey());
  const { id } = await client.responses.create({ model, input: 'hello' });
  const channel = channels[id.startsWith('resp_a') ? 0 : 1];
  const set = async (status: number) =>
    dataOf(await gateway.call('PUT', '/api/channel/', { body: { id: channel, status } }));
  await set(2);
  await assert.rejects(client.responses.retrieve(id), codeOf('object_channel_gone'));
  const body = { model, input: 'more', previous_response_id: id };
  await assert.rejects(client.responses.create(body), codeOf('object_channel_gone'));
  await set(1);
  assert.equal((await client.responses.retrieve(id)).id, id);
});
