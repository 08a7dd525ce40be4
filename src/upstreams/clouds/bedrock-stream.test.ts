/** Streams of Amazon Bedrock as server-sent events. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  awsMessage,
  bedrockChunk,
  bedrockException,
  claudeEvents,
  messageStop,
} from '../../../tests/support/aws-events.ts';
import { BedrockStream, loadMessageCodec } from './bedrock-stream.ts';

const codec = await loadMessageCodec();
const events = [...claudeEvents, messageStop];
const stream = Buffer.concat(events.map(bedrockChunk));
const expected = [...claudeEvents, { type: 'message_stop' }]
  .map((each) => `event: ${(each as { type: string }).type}\ndata: ${JSON.stringify(each)}\n\n`)
  .join('');

function decode(chunks: readonly Buffer[]): string {
  const decoder = new BedrockStream(codec);
  const written = chunks.map((chunk) => decoder.push(chunk)?.toString('utf8') ?? '').join('');
  decoder.end();
  return written;
}

test('gives the events of the model, however the stream is cut', () => {
  assert.equal(decode([stream]), expected);
  for (let at = 0; at <= stream.length; at += 1) {
    assert.equal(decode([stream.subarray(0, at), stream.subarray(at)]), expected);
  }
  assert.equal(decode([...stream].map((byte) => Buffer.from([byte]))), expected);
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 9 }), (cuts) => {
      const ends = [0, ...cuts.sort((a, b) => a - b), stream.length];
      assert.equal(decode(ends.slice(1).map((end, index) => stream.subarray(ends[index], end))), expected);
    }),
  );
});

test('a stream that ends anywhere before its end is broken', () => {
  for (let end = 0; end < stream.length; end += 1) {
    assert.throws(() => decode([stream.subarray(0, end)]), /the event stream ended/, `${end} bytes`);
  }
});

test('a changed byte is found by the checksums', () => {
  fc.assert(
    fc.property(fc.nat(stream.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(stream);
      changed[at] = (changed[at] ?? 0) ^ change;
      assert.throws(() => decode([changed]));
    }),
  );
});

test('a message beyond all bounds is refused at its first bytes', () => {
  for (const length of [0, 15, 1_048_577, 0xffffffff]) {
    const start = Buffer.alloc(4);
    start.writeUInt32BE(length);
    assert.throws(() => new BedrockStream(codec).push(start), new RegExp(`has ${length} bytes`));
  }
});

test("an exception becomes an error of the protocol, after the model's events", () => {
  const exceptions = [
    ['throttlingException', 'rate_limit_error'],
    ['serviceUnavailableException', 'overloaded_error'],
    ['validationException', 'invalid_request_error'],
    ['modelStreamErrorException', 'api_error'],
    ['modelTimeoutException', 'api_error'],
    ['internalServerException', 'api_error'],
    ['anotherException', 'api_error'],
  ] as const;
  for (const [code, type] of exceptions) {
    const written = decode([bedrockChunk(claudeEvents[0] ?? {}), bedrockException(code, 'Wait.')]);
    const error = JSON.stringify({ type: 'error', error: { type, message: 'Wait.', code } });
    assert.ok(written.endsWith(`\n\nevent: error\ndata: ${error}\n\n`), written);
  }
  const bare = awsMessage({ ':message-type': 'error', ':error-code': 'InternalError' }, '');
  assert.match(decode([bare]), /"message":"InternalError","code":"InternalError"/);
});

test("Bedrock's report of usage stands in for the model's, where that is missing", () => {
  const silent = { type: 'message_start', message: { id: 'm' } };
  const written = decode([bedrockChunk(silent), bedrockChunk(messageStop)]);
  const usage = {
    input_tokens: 11,
    output_tokens: 7,
    cache_read_input_tokens: 5,
    cache_creation_input_tokens: 3,
  };
  assert.ok(written.endsWith(`data: ${JSON.stringify({ type: 'message_stop', usage })}\n\n`), written);
});

test('an event over several lines becomes one', () => {
  const written = decode([bedrockChunk('{"type":\n"ping"}'), bedrockChunk('{"type":"message_stop"}')]);
  assert.equal(
    written,
    'event: ping\ndata: {"type":"ping"}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n',
  );
});

test('a chunk without an event is broken, and an unknown kind of event is none', () => {
  for (const text of ['', 'null', '{}', '[1]', 'words'])
    assert.throws(() => decode([bedrockChunk(text)]), text);
  const other = awsMessage({ ':message-type': 'event', ':event-type': 'initial-response' }, '{}');
  assert.equal(decode([other, stream]), expected);
});
