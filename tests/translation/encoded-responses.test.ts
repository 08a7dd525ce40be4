/** Responses of upstreams with a content encoding that nobody asked for, translated all the same. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  brotliCompressSync,
  constants,
  createGzip,
  deflateSync,
  type Gzip,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib';
import { type ChatStream, chat } from '../relay/chat.ts';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';

let upstream: FakeUpstream;
let gateway: Gateway;
let key: TestKey;

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  await gateway.createChannel(upstream.origin, { protocols: ['openai'] });
  key = await gateway.createKey();
});
after(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const path = '/v1/messages';
const request = { model: 'test-model', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] };
const completion = (content: string) => ({
  id: 'c',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
});
const whole = JSON.stringify(completion('hello there'));
const usageEvent = `data: ${JSON.stringify({ id: 'c', choices: [], usage: completion('').usage })}\n\n`;
const events = [
  upstreams.chatChunk('hello '),
  upstreams.chatChunk('there', 'stop'),
  usageEvent,
  'data: [DONE]\n\n',
];

const encodings: Readonly<Record<string, (text: string) => Buffer>> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

async function recordOf(stream: ChatStream): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { headers } = await stream.head();
  const find = async () => {
    const found = await gateway.call('GET', `/api/log/?request_id=${headers['x-request-id']}`);
    return (dataOf(found).items as Record<string, unknown>[])[0];
  };
  await until(async () => (await find()) !== undefined);
  return find();
}

for (const [name, pack] of Object.entries(encodings)) {
  test(`${name}: a whole response and a stream are translated, and charged as reported`, async () => {
    const headers = { 'content-encoding': name, 'content-type': 'application/json' };
    upstream.on('/v1', upstreams.answer(200, pack(whole), headers));
    const response = chat(gateway.url, key.value, { path, body: request });
    assert.equal(await response.end(), 'whole');
    assert.equal((await response.head()).headers['content-encoding'], undefined);
    assert.deepEqual(JSON.parse(response.text()).content, [
      { type: 'text', text: 'hello there', citations: null },
    ]);
    assert.equal((await recordOf(response))?.quota, 10);
    upstream.on('/v1', upstreams.pieces([pack(events.join(''))], 0, { 'content-encoding': name }));
    const stream = chat(gateway.url, key.value, { path, body: { ...request, stream: true } });
    assert.equal(await stream.end(), 'whole');
    assert.match(stream.text(), /"text":"hello ".*"text":"there".*event: message_stop/s);
    assert.equal((await recordOf(stream))?.quota, 10);
  });
}

/** Streams packed pieces, each of which can be decoded when it arrives, until `go` says how it goes on. */
function packedStream(go: Promise<'end' | 'reset'>, ...parts: readonly string[]): Behaviour {
  return async ({ response, socket, wholeBody }) => {
    await wholeBody;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' });
    const packer: Gzip = createGzip();
    packer.on('data', (chunk: Buffer) => response.write(chunk));
    packer.write(parts[0] ?? '');
    await new Promise<void>((resolve) => packer.flush(constants.Z_SYNC_FLUSH, resolve));
    if ((await go) === 'reset') {
      socket.resetAndDestroy();
      return;
    }
    packer.on('end', () => response.end());
    packer.end(parts.slice(1).join(''));
  };
}

test('the client has each event when it arrives', async () => {
  const go = Promise.withResolvers<'end' | 'reset'>();
  upstream.on('/v1', packedStream(go.promise, ...events));
  const stream = chat(gateway.url, key.value, { path, body: { ...request, stream: true } });
  await stream.sees('"text":"hello "');
  assert.doesNotMatch(stream.text(), /there/);
  go.resolve('end');
  assert.equal(await stream.end(), 'whole');
  assert.match(stream.text(), /"text":"there".*event: message_stop/s);
});

test('an upstream that breaks off ends the stream with an error, and what came is charged', async () => {
  const go = Promise.withResolvers<'end' | 'reset'>();
  upstream.on('/v1', packedStream(go.promise, ...events));
  const stream = chat(gateway.url, key.value, { path, body: { ...request, stream: true } });
  await stream.sees('"text":"hello "');
  go.resolve('reset');
  await stream.end();
  assert.match(stream.text(), /event: error/);
  assert.doesNotMatch(stream.text(), /message_stop/);
  const record = await recordOf(stream);
  assert.deepEqual([record?.type, Number(record?.completion_tokens) > 0], [2, true]);
});

test('what cannot be decoded, or is longer than anything, is an error of the upstream', async () => {
  const long = JSON.stringify(completion(' '.repeat(17_000_000)));
  for (const body of [Buffer.from(whole), gzipSync(long)]) {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
    upstream.on('/v1', upstreams.answer(200, body, headers));
    const response = chat(gateway.url, key.value, { path, body: request });
    assert.equal((await response.head()).status, 502);
    await response.end();
    assert.match(response.text(), /"type":"error"/);
  }
});

test('nothing is lost on the way to a client that reads late', async () => {
  const go = Promise.withResolvers<'end' | 'reset'>();
  const much = upstreams.chatChunk('x'.repeat(30_000)).repeat(400);
  upstream.on('/v1', packedStream(go.promise, events[0] ?? '', much, ...events.slice(1)));
  const stream = chat(gateway.url, key.value, { path, body: { ...request, stream: true }, paused: true });
  await stream.head();
  go.resolve('end');
  stream.resume();
  assert.equal(await stream.end(), 'whole');
  assert.equal(stream.text().match(/x{30000}/g)?.length, 400);
});
