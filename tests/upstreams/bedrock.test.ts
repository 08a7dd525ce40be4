/** Channels to Amazon Bedrock, over a mock that verifies every signature by itself. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { bedrockChunk, bedrockException, claudeEvents, messageStop } from '../support/aws-events.ts';
import { verifyAwsSignature } from '../support/aws-verifier.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { answer, json, pieces } from '../support/upstream-behaviours.ts';
import type { Behaviour, RecordedRequest } from '../support/upstream-exchange.ts';

const model = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const invoke = `/model/${encodeURIComponent(model)}/invoke`;
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const sessionToken = 'AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22==';
const eventStream = { 'content-type': 'application/vnd.amazon.eventstream' };
const stream = [...claudeEvents, messageStop].map(bedrockChunk);
const whole = {
  id: 'msg_bdrk_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-sonnet-4-5',
  content: [{ type: 'text', text: 'Grüße' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 11, output_tokens: 7 },
};

const gateway = await startGateway({ env: { HALLEY_UPSTREAMS_COOLDOWN_MS: '1' } });
after(() => gateway.stop());
gateway.secret(secretAccessKey);
gateway.secret(sessionToken);

/** Every request whose signature does not hold is refused, as AWS does. */
const signed =
  (behaviour: Behaviour): Behaviour =>
  async (exchange) => {
    const body = await exchange.wholeBody;
    const { method, url, headers } = exchange.recorded;
    const verdict = verifyAwsSignature({ method, url, headers, body }, (id) =>
      id === accessKeyId ? secretAccessKey : undefined,
    );
    if (typeof verdict === 'object' && verdict.region === 'eu-west-1' && verdict.service === 'bedrock') {
      return behaviour(exchange);
    }
    const errortype = { 'x-amzn-errortype': 'InvalidSignatureException:http://internal.amazon.com/' };
    return json({ message: `${JSON.stringify(verdict)} ${secretAccessKey}` }, 403, errortype)(exchange);
  };

interface Scene {
  readonly upstream: FakeUpstream;
  readonly key: string;
  readonly keyId: number;
  readonly channelId: number;
  readonly anthropic: Anthropic;
}

let scenes = 0;

/** A channel of its own for a test, whose model has a name of its own. */
async function scene(fields: Readonly<Record<string, unknown>> = {}): Promise<Scene & { name: string }> {
  const upstream = await startFakeUpstream();
  after(() => upstream.close());
  const name = `claude-${++scenes}`;
  const channelId = await gateway.createChannel(upstream.origin, {
    name,
    kind: 'bedrock',
    protocols: ['anthropic'],
    keys: [`${accessKeyId}:${secretAccessKey}`],
    models: [name],
    model_mapping: { [name]: model },
    options: { aws_region: 'eu-west-1' },
    ...fields,
  });
  const { value: key, id: keyId } = await gateway.createKey();
  const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: key, maxRetries: 0 });
  return { upstream, key, keyId, channelId, anthropic, name };
}

const ask = (name: string) => ({
  model: name,
  max_tokens: 100,
  messages: [{ role: 'user' as const, content: 'Say hello: %2F "model" é' }],
});

const bodyOf = (request: RecordedRequest | undefined): unknown =>
  JSON.parse(request?.body().toString('utf8') ?? 'null');

async function lastRecord(): Promise<Readonly<Record<string, unknown>>> {
  let found: Readonly<Record<string, unknown>> | undefined;
  await until(async () => {
    const { json: page } = await gateway.call('GET', '/api/log/?p=1&page_size=1');
    const { items } = (page?.data ?? { items: [] }) as { items: Record<string, unknown>[] };
    found = items[0];
    return found !== undefined;
  });
  return found ?? {};
}

test('a whole message: the body in the envelope, signed, and charged by the usage of the response', async () => {
  const { upstream, anthropic, name } = await scene();
  upstream.on(invoke, signed(json(whole, 200, { 'x-amzn-requestid': 'aws-1' })));
  const { data, response } = await anthropic.messages
    .create(
      { ...ask(name), stream: false },
      { headers: { 'anthropic-beta': 'context-1m-2025-08-07,files-api-2025-04-14' } },
    )
    .withResponse();
  assert.deepEqual(data, whole);
  assert.equal(response.headers.get('x-upstream-request-id'), 'aws-1');
  assert.deepEqual(bodyOf(upstream.requests[0]), {
    anthropic_version: 'bedrock-2023-05-31',
    anthropic_beta: ['context-1m-2025-08-07'],
    max_tokens: 100,
    messages: ask(name).messages,
  });
  assert.equal(upstream.requests[0]?.headers['anthropic-beta'], undefined);
  const { prompt_tokens, completion_tokens } = await lastRecord();
  assert.deepEqual([prompt_tokens, completion_tokens], [11, 7]);
});

test("a stream: Anthropic's client reads it, and it is charged", async () => {
  const { upstream, anthropic, name } = await scene();
  upstream.on(`${invoke}-with-response-stream`, signed(pieces(stream, 1, eventStream)));
  const events: unknown[] = [];
  for await (const event of await anthropic.messages.create({ ...ask(name), stream: true }))
    events.push(event);
  assert.deepEqual(events, [...claudeEvents, { type: 'message_stop' }]);
  const { prompt_tokens, completion_tokens, is_stream } = await lastRecord();
  assert.deepEqual([prompt_tokens, completion_tokens, is_stream], [11, 7, true]);
});

test('a client of another protocol: the translated request is in the envelope too', async () => {
  const { upstream, key, name } = await scene();
  upstream.on(`${invoke}-with-response-stream`, signed(pieces(stream, 1, eventStream)));
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 });
  const { max_tokens: _max, ...chat } = ask(name);
  let text = '';
  for await (const { choices } of await openai.chat.completions.create({ ...chat, stream: true })) {
    text += choices[0]?.delta.content ?? '';
  }
  assert.equal(text, 'Grüße');
  const {
    model: sentModel,
    stream: sentStream,
    anthropic_version,
  } = bodyOf(upstream.requests[0]) as Record<string, unknown>;
  assert.deepEqual([sentModel, sentStream, anthropic_version], [undefined, undefined, 'bedrock-2023-05-31']);
});

test('temporary credentials are signed with their token, and an API key is sent as it is', async () => {
  const temporary = await scene({ keys: [`${accessKeyId}:${secretAccessKey}:${sessionToken}`] });
  temporary.upstream.on(invoke, signed(json(whole)));
  await temporary.anthropic.messages.create(ask(temporary.name));
  assert.equal(temporary.upstream.requests[0]?.headers['x-amz-security-token'], sessionToken);
  const bearer = await scene({ keys: ['ABSKQmVkcm9ja0FQSUtleQ=='] });
  bearer.upstream.on(invoke, json(whole));
  await bearer.anthropic.messages.create(ask(bearer.name));
  assert.equal(bearer.upstream.requests[0]?.headers.authorization, 'Bearer ABSKQmVkcm9ja0FQSUtleQ==');
  assert.equal(bearer.upstream.requests[0]?.headers['x-amz-date'], undefined);
});

test('OpenAI models: chat completions at the endpoint of their protocol, signed', async () => {
  const { upstream, key, name } = await scene({ protocols: ['openai'] });
  const completion = {
    id: 'c',
    object: 'chat.completion',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  };
  upstream.on('/openai/v1/chat/completions', signed(json(completion)));
  const response = await gateway.call('POST', '/v1/chat/completions?beta=true', {
    token: key,
    body: ask(name),
  });
  assert.equal(response.status, 200, response.text);
  assert.equal((bodyOf(upstream.requests[0]) as Record<string, unknown>).model, model);
});

test('each try is signed anew, and a throttled channel is followed by the next', async () => {
  const first = await scene();
  const second = await scene({ models: [first.name], model_mapping: { [first.name]: model }, priority: -1 });
  const throttled = json({ message: 'Too many requests, please wait before trying again.' }, 429, {
    'x-amzn-errortype': 'ThrottlingException',
  });
  first.upstream.on(invoke, signed(throttled));
  second.upstream.on(invoke, signed(json(whole)));
  assert.deepEqual(await first.anthropic.messages.create(ask(first.name)), whole);
  const [tried, served] = [first.upstream.requests[0], second.upstream.requests[0]];
  assert.notEqual(tried?.headers.authorization, served?.headers.authorization);
});

test("errors: the client's own in its shape, the account's never", async () => {
  const { upstream, key, name } = await scene();
  const errorOf = async (status: number, exception: string, message: string) => {
    upstream.on(invoke, signed(json({ message }, status, { 'x-amzn-errortype': `${exception}:http://x/` })));
    const response = await gateway.call('POST', '/v1/messages', { token: key, body: ask(name) });
    const { type, error } = response.json as { type: string; error: { type: string; message: string } };
    assert.equal(type, 'error');
    return [response.status, error.type, error.message];
  };
  assert.deepEqual(await errorOf(400, 'ValidationException', 'max_tokens: Field required'), [
    400,
    'invalid_request_error',
    'max_tokens: Field required',
  ]);
  const refused = await errorOf(403, 'AccessDeniedException', `${accessKeyId} is not authorized`);
  assert.equal(refused[0], 502);
  assert.ok(!String(refused[2]).includes(accessKeyId));
  await until(() => gateway.logLines().some(({ outcome }) => outcome === 'refused'));
  const noModel = await scene();
  noModel.upstream.on(
    invoke,
    signed(
      json({ message: "You don't have access to the model with the specified model ID." }, 403, {
        'x-amzn-errortype': 'AccessDeniedException',
      }),
    ),
  );
  await gateway.call('POST', '/v1/messages', { token: noModel.key, body: ask(noModel.name) });
  await until(() => gateway.logLines().some(({ outcome }) => outcome === 'model_refused'));
});

const streamed = (upstream: FakeUpstream, ...parts: readonly Buffer[]) =>
  upstream.on(`${invoke}-with-response-stream`, signed(pieces(parts, 1, eventStream)));

async function readStream({ key, name }: { key: string; name: string }): Promise<string> {
  const { text } = await gateway.call('POST', '/v1/messages', {
    token: key,
    body: { ...ask(name), stream: true },
  });
  return text;
}

test('an exception in the stream is an error of the protocol, and one before the output goes to the next channel', async () => {
  const broken = await scene();
  streamed(
    broken.upstream,
    ...stream.slice(0, 3),
    bedrockException('modelStreamErrorException', 'It broke.'),
  );
  const text = await readStream(broken);
  assert.match(
    text,
    /event: error\ndata: \{"type":"error","error":\{"type":"api_error","message":"It broke\."/,
  );
  assert.doesNotMatch(text, /message_stop/);
  const spare = await scene({ models: [broken.name], model_mapping: { [broken.name]: model }, priority: -1 });
  streamed(broken.upstream, bedrockException('throttlingException', 'Wait.'));
  streamed(spare.upstream, ...stream);
  assert.match(await readStream(broken), /event: message_stop/);
});

test('a stream that ends within a message, or before its end, is an error and no clean end', async () => {
  const cut = await scene();
  const all = Buffer.concat(stream);
  const cuts = [all.subarray(0, all.length - 5), Buffer.concat(stream.slice(0, 4))];
  for (const bytes of cuts) {
    streamed(cut.upstream, bytes);
    const text = await readStream(cut);
    assert.match(text, /Grüße/);
    assert.match(text, /event: error/);
    assert.doesNotMatch(text, /event: message_stop/);
  }
  const damaged = Buffer.from(all);
  damaged.writeUInt8(0x55, all.length - 1);
  streamed(cut.upstream, damaged);
  assert.match(await readStream(cut), /event: error/);
});

test('the deletion of an API key cuts its stream at once', async () => {
  const { upstream, key, keyId, name } = await scene();
  const endless: Behaviour = signed(async ({ response, over }) => {
    response.writeHead(200, eventStream);
    for (const part of stream.slice(0, 3)) response.write(part);
    await new Promise((resolve) => over.addEventListener('abort', resolve));
  });
  upstream.on(`${invoke}-with-response-stream`, endless);
  const response = await fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify({ ...ask(name), stream: true }),
  });
  const reader = response.body?.getReader();
  await reader?.read();
  dataOf(
    await gateway.call('DELETE', `/api/token/${keyId}`).then(({ json: body, ...rest }) => ({
      ...rest,
      json: { ...body, data: {} },
    })),
  );
  await until(() => upstream.requests[0]?.state === 'aborted');
  await reader?.cancel();
});

test('the channel test works, and says what is wrong', async () => {
  const { upstream, channelId } = await scene();
  upstream.on(invoke, signed(json(whole)));
  const tested = async () => (await gateway.call('GET', `/api/channel/test/${channelId}`)).json;
  assert.equal((await tested())?.success, true);
  upstream.on(
    invoke,
    answer(404, '{"message":"The model is gone."}', { 'x-amzn-errortype': 'ResourceNotFoundException' }),
  );
  const failed = await tested();
  assert.equal(failed?.success, false);
  assert.match(String(failed?.message), /The model is gone/);
});

test('tokens are counted by the gateway, since Bedrock does not', async () => {
  const { key, name, upstream } = await scene();
  const { max_tokens: _max, ...body } = ask(name);
  const counted = await gateway.call('POST', '/v1/messages/count_tokens', { token: key, body });
  assert.equal(counted.status, 200, counted.text);
  assert.ok(Number(counted.json?.input_tokens) > 3);
  assert.equal(upstream.requests.length, 0);
});

test('a channel is refused for a key or address that cannot work', async () => {
  const fields = {
    name: 'wrong',
    kind: 'bedrock',
    base_url: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    keys: [`${accessKeyId}:${secretAccessKey}`],
    models: ['m'],
  };
  const create = (changed: object) =>
    gateway.call('POST', '/api/channel/', { body: { ...fields, ...changed } });
  const id = Number(dataOf(await create({})).id);
  assert.match((await create({ keys: [`${accessKeyId}:short`] })).text, /ACCESS_KEY_ID:SECRET_ACCESS_KEY/);
  assert.match((await create({ base_url: 'https://aws.example.com' })).text, /aws_region/);
  const changed = await gateway.call('PUT', '/api/channel/', { body: { id, kind: 'custom' } });
  assert.match(changed.text, /must be sent again with another \\"kind\\"/);
});

test('a key that AWS refuses rests, and the next one serves the request', async () => {
  const { upstream, anthropic, name } = await scene({
    keys: [`${accessKeyId}:${secretAccessKey}`, `AKIAI44QH8DHBEXAMPLE:${secretAccessKey}`],
  });
  upstream.on(invoke, signed(json(whole)));
  for (let request = 0; request < 2; request += 1) {
    assert.deepEqual(await anthropic.messages.create(ask(name)), whole);
  }
  const refused = upstream.requests.filter(({ headers }) =>
    headers.authorization?.includes('AKIAI44QH8DHBEXAMPLE'),
  );
  assert.equal(refused.length, 1, 'the key that AWS refuses rests');
});
