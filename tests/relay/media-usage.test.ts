/** What is charged for a response with an image: also one that breaks off, and one under a wrong Content-Type. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bytesTakenWhenPaused, type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

let upstream: FakeUpstream;
let gateway: Gateway;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin);
});
after(async () => {
  await gateway.stop();
  await upstream.close();
});

const remaining = 200_000;
const base64 = 'iVBORw0KGgo'.repeat(200_000);
const image = JSON.stringify([
  { candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data: base64 } }] } }] },
]).slice(0, 2_000_000);
/** Those of one image, at one unit a token. */
const imageUnits = 1290;
const contents = [{ role: 'user', parts: [{ text: 'Draw a cat.' }] }];

const forms = {
  'a JSON array': { query: '', type: 'application/json', body: image },
  events: { query: '?alt=sse', type: 'text/event-stream', body: `data: ${image.slice(1)}` },
};

async function begin(form: (typeof forms)[keyof typeof forms]) {
  upstream.on('/v1beta/models', upstreams.hangAfterHeaders(form.body, { 'content-type': form.type }));
  const key = await gateway.createKey({ unlimited_quota: false, remain_quota: remaining });
  const path = `/v1beta/models/test-model:streamGenerateContent${form.query}`;
  const request = chat(gateway.url, key.value, { path, body: { contents } });
  await request.head();
  await bytesTakenWhenPaused(upstream);
  return { key, request };
}

const spentBy = async (id: number) =>
  Number(dataOf(await gateway.call('GET', `/api/token/${id}`)).used_quota);
const spentByAll = async () => Number(dataOf(await gateway.call('GET', '/api/user/self')).used_quota);

for (const [name, form] of Object.entries(forms)) {
  test(`${name}: an image that its client breaks off is charged as an image, not as text`, async () => {
    const { key, request } = await begin(form);
    request.leave();
    await until(async () => (await spentBy(key.id)) > 0);
    const spent = await spentBy(key.id);
    assert.ok(spent >= imageUnits && spent < imageUnits + 50, `${spent}`);
  });

  test(`${name}: an image that the deletion of its key breaks off is charged as an image, not as text`, async () => {
    const before = await spentByAll();
    const { key } = await begin(form);
    await gateway.call('DELETE', `/api/token/${key.id}`);
    const spent = (await spentByAll()) - before;
    assert.ok(spent >= imageUnits && spent < imageUnits + 50, `${spent}`);
  });
}

const streamBody = { model: 'test-model', stream: true, messages: [{ role: 'user', content: 'hi' }] };
const usage = {
  prompt_tokens: 25_000,
  completion_tokens: 540,
  prompt_tokens_details: { cached_tokens: 20_000 },
};

for (const [name, headers] of Object.entries({
  'no Content-Type': {},
  'a wrong Content-Type': { 'content-type': 'application/json' },
})) {
  test(`the report of a stream under ${name} is charged`, async () => {
    const text = `${upstreams.chatChunk('hi')}data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`;
    upstream.on('/v1/chat', upstreams.pieces([text], 0, headers));
    const key = await gateway.createKey();
    const stream = chat(gateway.url, key.value, { body: streamBody });
    assert.equal(await stream.end(), 'whole');
    assert.ok(!stream.text().includes('completion_tokens'));
    assert.equal(await spentBy(key.id), 25_540);
  });
}
