/**
 * Writes event streams as Amazon Bedrock does, from the description of the format alone
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html#RESTSelectObjectAppendixMessage).
 */
import { crc32 } from 'node:zlib';

function header(name: string, value: string): Buffer {
  const key = Buffer.from(name);
  const text = Buffer.from(value);
  const lengths = Buffer.alloc(2);
  lengths.writeUInt16BE(text.length);
  // 7 is the type of a string.
  return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([7]), lengths, text]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function awsMessage(headers: Readonly<Record<string, string>>, body: string): Buffer {
  const written = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)));
  const payload = Buffer.from(body);
  const lengths = Buffer.concat([uint32(written.length + payload.length + 16), uint32(written.length)]);
  const start = Buffer.concat([lengths, uint32(crc32(lengths)), written, payload]);
  return Buffer.concat([start, uint32(crc32(start))]);
}

/** One event of a model, with padding as Bedrock adds it. */
export function bedrockChunk(event: string | object): Buffer {
  const text = typeof event === 'string' ? event : JSON.stringify(event);
  const bytes = Buffer.from(text).toString('base64');
  return awsMessage(
    { ':event-type': 'chunk', ':content-type': 'application/json', ':message-type': 'event' },
    JSON.stringify({ bytes, p: 'abcdefgh' }),
  );
}

export function bedrockException(name: string, message: string): Buffer {
  return awsMessage(
    { ':exception-type': name, ':content-type': 'application/json', ':message-type': 'exception' },
    JSON.stringify({ message }),
  );
}

/** The events of a short response of Claude's: 11 tokens in, 7 out. */
export const claudeEvents: readonly object[] = [
  {
    type: 'message_start',
    message: {
      id: 'msg_bdrk_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-4-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 11, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Grüße' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 7 },
  },
];

const invocationMetrics = {
  inputTokenCount: 11,
  outputTokenCount: 7,
  invocationLatency: 900,
  firstByteLatency: 300,
  cacheReadInputTokenCount: 5,
  cacheWriteInputTokenCount: 3,
};

export const messageStop = { type: 'message_stop', 'amazon-bedrock-invocationMetrics': invocationMetrics };
