/**
 * An upstream that refuses requests for usage is still used: after its first refusal, or if the channel says so,
 * without them.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

let gateway: Gateway;
let upstream: FakeUpstream;
let key: TestKey;
/** Whether each request asked for usage. */
let asked: boolean[] = [];

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  key = await gateway.createKey();
});

beforeEach(() => {
  asked = [];
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const messages = [{ role: 'user', content: 'hi' }];

async function ask(model: string, more: object = {}) {
  const answer = chat(gateway.url, key.value, {
    body: { model, max_tokens: 20, stream: true, messages, ...more },
  });
  const { status, headers } = await answer.head();
  await answer.end();
  return { status, headers, text: answer.text() };
}

const plain = upstreams.pieces([upstreams.chatChunk('x'.repeat(40), 'stop'), 'data: [DONE]\n\n']);
const refusing = (status: number, body: unknown) =>
  upstreams.choose((_, sent) => {
    const asks = sent.includes('stream_options');
    asked.push(asks);
    return asks ? upstreams.json(body, status) : plain;
  });

const refusals: Readonly<Record<string, readonly [number, unknown]>> = {
  'a 400': [400, { error: { message: 'Unrecognized request argument supplied: stream_options' } }],
  'a 422': [
    422,
    {
      detail: [
        { type: 'extra_forbidden', loc: ['body', 'stream_options', 'include_usage'], msg: 'Extra inputs' },
      ],
    },
  ],
};
for (const [name, [status, body]] of Object.entries(refusals)) {
  test(`${name} that names stream_options is retried without them, once for the channel`, async () => {
    const model = `m-${status}`;
    await gateway.createChannel(upstream.origin, { name: model, models: [model] });
    upstream.on('', refusing(status, body));
    const first = await ask(model);
    assert.equal(first.status, 200);
    assert.match(first.text, /xxx[\s\S]*\[DONE\]/);
    assert.equal((await ask(model)).status, 200);
    assert.deepEqual(asked, [true, false, false]);
    // Without a usage report the gateway counts the tokens.
    let other = '';
    await until(async () => {
      const id = first.headers['x-request-id'];
      const { items } = dataOf(await gateway.call('GET', `/api/log/?request_id=${id}`));
      other = (items as { other: string }[])[0]?.other ?? '';
      return other !== '';
    });
    assert.equal((JSON.parse(other) as { estimated?: boolean }).estimated, true);
  });
}

test('forwards the refusal of an option that the client set', async () => {
  await gateway.createChannel(upstream.origin, { name: 'own', models: ['own'] });
  upstream.on('', refusing(400, { error: { message: 'stream_options: not supported' } }));
  const { status } = await ask('own', { stream_options: { include_usage: true } });
  assert.equal(status, 400);
  assert.deepEqual(asked, [true]);
});

test('an error that only quotes the request is retried once, and the channel still gets requests for usage', async () => {
  await gateway.createChannel(upstream.origin, { name: 'quoting', models: ['quoting'] });
  const quoting = upstreams.choose((_, sent) => {
    asked.push(sent.includes('stream_options'));
    return upstreams.json({ error: { message: `temperature: ${sent}, beside stream_options` } }, 400);
  });
  upstream.on('', quoting);
  assert.equal((await ask('quoting')).status, 400);
  upstream.on('', refusing(400, {}));
  await ask('quoting');
  assert.deepEqual(asked, [true, false, true]);
});

test('a channel can disable requests for usage, and shows the setting', async () => {
  const id = await gateway.createChannel(upstream.origin, {
    name: 'off',
    models: ['off'],
    stream_usage: false,
  });
  upstream.on('', refusing(400, { error: { message: 'stream_options' } }));
  assert.equal((await ask('off')).status, 200);
  assert.deepEqual(asked, [false]);
  assert.equal(dataOf(await gateway.call('GET', `/api/channel/${id}`)).stream_usage, false);
  dataOf(await gateway.call('PUT', '/api/channel/', { body: { id, stream_usage: true } }));
  assert.equal((await ask('off')).status, 200);
  assert.deepEqual(asked, [false, true, false]);
});
