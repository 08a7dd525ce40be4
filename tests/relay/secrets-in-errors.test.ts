/** An upstream that returns the gateway's credentials in an error does not reveal them to the client. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';
import { chat, streamed } from './chat.ts';

let gateway: Gateway;
let upstream: FakeUpstream;
let key: TestKey;

const upstreamKey = 'sk-of-the-operator-0123456789';
const headerSecret = 'header-secret-0123456789';
const encoded = Buffer.from(`user:${upstreamKey}`).toString('base64');
const secrets = [upstreamKey, headerSecret, encoded];

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway({ env: { HALLEY_UPSTREAMS_OPEN_AFTER_FAILURES: '100000' } });
  for (const secret of secrets) gateway.secret(secret);
  await gateway.createChannel(upstream.origin, {
    keys: [upstreamKey],
    extra_headers: { 'X-Gateway-Token': headerSecret, 'x-team': 'blue team' },
  });
  key = await gateway.createKey();
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const error = {
  message: `bad: Bearer ${upstreamKey}, Basic ${encoded}, ${headerSecret}, blue team`,
  type: 'invalid_request_error',
};
const inPieces = (text: string, size: number) =>
  Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );

const gzipped = gzipSync(JSON.stringify({ error }));
const leaks: Readonly<Record<string, readonly [Behaviour, object | undefined]>> = {
  'a 400': [upstreams.json({ error }, 400), undefined],
  'a 500': [upstreams.json({ error }, 500), undefined],
  'a 429': [upstreams.json({ error }, 429), undefined],
  'a 422 of plain text': [upstreams.answer(422, error.message, { 'content-type': 'text/plain' }), undefined],
  'a long 400': [
    upstreams.json({ error, input: 'x'.repeat(65_500), again: { error, x: 'y'.repeat(90_000) } }, 400),
    undefined,
  ],
  'a packed 400': [
    upstreams.answer(400, gzipped, { 'content-type': 'application/json', 'content-encoding': 'gzip' }),
    undefined,
  ],
  'a header of a 400': [
    upstreams.json({ error: { message: 'no, blue team' } }, 400, { 'x-request-id': upstreamKey }),
    undefined,
  ],
  'an error with 200': [upstreams.json({ error }), undefined],
  'a first event': [upstreams.pieces([data({ error })]), streamed],
  'an event after output': [upstreams.pieces([upstreams.chatChunk('hello'), data({ error })], 10), streamed],
  'an event after output, byte by byte': [
    upstreams.pieces([upstreams.chatChunk('hello'), ...inPieces(data({ error }), 7)], 2),
    streamed,
  ],
};

for (const [name, [behaviour, body]] of Object.entries(leaks)) {
  test(`masks the gateway's credentials in ${name}`, async () => {
    upstream.on('', behaviour);
    const answer = chat(gateway.url, key.value, body ? { body } : {});
    const { headers } = await answer.head();
    await answer.end();
    const shown = `${JSON.stringify(headers)} ${answer.text()}`;
    for (const secret of secrets) assert.ok(!shown.includes(secret), shown.slice(0, 500));
    assert.match(shown, /\[redacted\]/);
    // Other text is unchanged.
    assert.match(shown, /blue team/);
  });
}

test('Gemini: in an array the last element is masked', async () => {
  const parts = [
    { candidates: [{ content: { parts: [{ text: 'hello' }] } }] },
    { error: { code: 400, ...error } },
  ];
  upstream.on(
    '',
    upstreams.pieces(inPieces(JSON.stringify(parts), 11), 2, { 'content-type': 'application/json' }),
  );
  const path = '/v1beta/models/test-model:streamGenerateContent';
  const answer = chat(gateway.url, key.value, { path, body: { contents: [{ parts: [{ text: 'hi' }] }] } });
  await answer.end();
  assert.match(answer.text(), /hello/);
  for (const secret of secrets) assert.ok(!answer.text().includes(secret), answer.text());
});

test('does not change the bytes of a successful response', async () => {
  const text = `an error? ${upstreamKey}`;
  const events = [
    upstreams.chatChunk(text),
    ...inPieces(upstreams.chatChunk(`${text} again`), 9),
    'data: [DONE]\n\n',
  ];
  upstream.on('', upstreams.pieces(events, 2));
  const body = { ...streamed, stream_options: { include_usage: true } };
  const answer = chat(gateway.url, key.value, { body });
  await answer.end();
  assert.equal(answer.text(), events.join(''));
  upstream.on('', upstreams.json({ choices: [{ message: { content: text } }] }));
  const whole = chat(gateway.url, key.value);
  await whole.end();
  assert.match(whole.text(), new RegExp(upstreamKey));
});
