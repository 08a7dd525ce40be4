/**
 * An upstream's refusal of the gateway's own account is not the client's fault; refusals of the client's request
 * pass through.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import { chat } from './chat.ts';

let gateway: Gateway;
let first: FakeUpstream;
let second: FakeUpstream;
let key: TestKey;

before(async () => {
  [first, second] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
  gateway = await startGateway();
  key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
});

beforeEach(async () => {
  second.on('', upstreams.chatAnswer());
  const { items } = dataOf(await gateway.call('GET', '/api/channel/')) as { items: { id: number }[] };
  for (const { id } of items) await gateway.call('DELETE', `/api/channel/${id}`);
  await gateway.createChannel(first.origin, { name: 'first', priority: 10, models: ['m', 'alone'] });
  await gateway.createChannel(second.origin, { name: 'second', priority: 5, models: ['m'] });
});

after(async () => {
  await gateway.stop();
  await Promise.all([first.close(), second.close()]);
});

const paths = {
  openai: '/v1/chat/completions',
  anthropic: '/v1/messages',
  gemini: '/v1beta/models/MODEL:generateContent',
} as const;

async function ask(protocol: keyof typeof paths, model: string) {
  const messages = [{ role: 'user', content: 'hi' }];
  const body =
    protocol === 'gemini' ? { contents: [{ parts: [{ text: 'hi' }] }] } : { model, max_tokens: 5, messages };
  const stream = chat(gateway.url, key.value, { path: paths[protocol].replace('MODEL', model), body });
  const { status } = await stream.head();
  await stream.end();
  return { status, text: stream.text() };
}

const anthropicError = (type: string, message: string) => ({ type: 'error', error: { type, message } });
const refusals: Readonly<Record<string, readonly [keyof typeof paths, number, unknown]>> = {
  "Gemini's 400 API_KEY_INVALID": [
    'gemini',
    400,
    {
      error: {
        code: 400,
        message: 'API key not valid. Please pass a valid API key.',
        status: 'INVALID_ARGUMENT',
        details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }],
      },
    },
  ],
  "Anthropic's 400 without credit": [
    'anthropic',
    400,
    anthropicError('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
  ],
  "DeepSeek's 402": [
    'openai',
    402,
    { error: { message: 'Insufficient Balance', code: 'invalid_request_error' } },
  ],
  "OpenAI's 429 insufficient_quota": [
    'openai',
    429,
    {
      error: {
        message: 'You exceeded your current quota, please check your plan and billing details.',
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      },
    },
  ],
  "MiniMax's 200 with a wrong key": [
    'openai',
    200,
    { choices: null, base_resp: { status_code: 1004, status_msg: 'login fail' } },
  ],
};

for (const [name, [protocol, status, body]] of Object.entries(refusals)) {
  test(`${name} is retried on the next channel, and is 502 without one`, async () => {
    first.on('', upstreams.json(body, status));
    const before = second.requests.length;
    assert.equal((await ask(protocol, 'm')).status, 200);
    assert.equal(second.requests.length, before + 1);
    const alone = await ask(protocol, 'alone');
    assert.equal(alone.status, 502);
    assert.match(alone.text, /gateway's own credentials/);
    assert.doesNotMatch(alone.text, /credit balance|Balance|API key|quota|login/);
  });
}

test('tries another key of the same channel first', async () => {
  const keys = ['first-key-of-two', 'second-key-of-two'];
  for (const each of keys) gateway.secret(each);
  await gateway.createChannel(first.origin, { name: 'two', models: ['two'], keys });
  const asked: unknown[] = [];
  first.on(
    '',
    upstreams.choose(({ request }) => {
      asked.push(request.headers.authorization);
      const used = { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } };
      return asked.length === 1 ? upstreams.json(used, 429) : upstreams.chatAnswer();
    }),
  );
  for (let i = 0; i < 3; i += 1) assert.equal((await ask('openai', 'two')).status, 200);
  // The channel without credit is in cooldown.
  assert.deepEqual(
    asked,
    [0, 1, 1, 1].map((index) => `Bearer ${keys[index]}`),
  );
});

const owned: Readonly<Record<string, readonly [number, unknown]>> = {
  'a moderation 403 of OpenRouter': [
    403,
    { error: { code: 403, message: 'flagged', metadata: { reasons: ['violence'], flagged_input: 'x' } } },
  ],
  'a content policy 400': [400, { error: { message: 'rejected', code: 'content_policy_violation' } }],
  'a bad parameter that quotes a refusal': [
    400,
    {
      error: { message: 'messages.0: "Insufficient Balance" is not allowed', type: 'invalid_request_error' },
    },
  ],
};
for (const [name, [status, body]] of Object.entries(owned)) {
  test(`${name} reaches the client unchanged, without a retry`, async () => {
    first.on('', upstreams.json(body, status));
    const before = second.requests.length;
    const answer = await ask('openai', 'm');
    assert.equal(answer.status, status);
    assert.equal(answer.text, JSON.stringify(body));
    assert.equal(second.requests.length, before);
  });
}

test('a model missing at one upstream is retried on the next, and its 404 passes without one', async () => {
  const body = { error: { message: 'The model `m` does not exist', code: 'model_not_found' } };
  first.on('', upstreams.json(body, 404));
  assert.equal((await ask('openai', 'm')).status, 200);
  const alone = await ask('openai', 'alone');
  assert.equal(alone.status, 404);
  assert.match(alone.text, /does not exist/);
});

test('an error longer than the kept part still passes completely', async () => {
  const body = { error: { message: 'x'.repeat(300_000), type: 'invalid_request_error' } };
  first.on('', upstreams.json(body, 400));
  const { status, text } = await ask('openai', 'm');
  assert.equal(status, 400);
  assert.equal(text, JSON.stringify(body));
});

test('only successful responses are charged', async () => {
  first.on('', upstreams.json({ error: { message: 'no', type: 'invalid_request_error' } }, 400));
  const used = async () => Number(dataOf(await gateway.call('GET', `/api/token/${key.id}`)).used_quota);
  const before = await used();
  await ask('openai', 'm');
  assert.equal(await used(), before);
});
