/** Streams and messages of Anthropic's API for tests, in the shape in which it sends them. */
import type { Message, RawMessageStreamEvent, Usage } from '@anthropic-ai/sdk/resources/messages/messages.js';
import { piecesOf } from '../../../../tests/support/pieces.ts';
import type { ResponseForm } from '../../protocol.ts';
import type { ResponseEvent } from '../form/response.ts';
import { readResponse } from './read-response.ts';

export const usage: Usage = {
  input_tokens: 10,
  cache_creation: { ephemeral_5m_input_tokens: 15, ephemeral_1h_input_tokens: 5 },
  cache_creation_input_tokens: 20,
  cache_read_input_tokens: 70,
  output_tokens: 1,
  output_tokens_details: null,
  inference_geo: null,
  server_tool_use: null,
  service_tier: 'standard',
  speed: 'standard',
};

export const message: Message = {
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: 'claude-opus-4-8',
  container: null,
  diagnostics: null,
  content: [
    { type: 'thinking', thinking: 'Let me sée.', signature: 'c2lnbmF0dXJl' },
    { type: 'redacted_thinking', data: 'ZGF0YQ==' },
    { type: 'text', text: 'Grüße 👋', citations: null },
    { type: 'tool_use', id: 'toolu_1', name: 'look', input: { a: 'b"\n' }, caller: { type: 'direct' } },
    { type: 'tool_use', id: 'toolu_2', name: 'list', input: {}, caller: { type: 'direct' } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  stop_details: null,
  usage: { ...usage, output_tokens: 42, output_tokens_details: { thinking_tokens: 30 } },
};

const begun: RawMessageStreamEvent = {
  type: 'message_start',
  message: { ...message, content: [], stop_reason: null, usage },
};

const text = (index: number, value: string): RawMessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text: value },
});
const json = (index: number, partial_json: string): RawMessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json },
});
const thinking = (index: number, value: string): RawMessageStreamEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'thinking_delta', thinking: value },
});
const stop = (index: number): RawMessageStreamEvent => ({ type: 'content_block_stop', index });

export const events: readonly (RawMessageStreamEvent | { readonly type: 'ping' })[] = [
  begun,
  { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
  { type: 'ping' },
  thinking(0, 'Let me '),
  thinking(0, 'sée.'),
  { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'c2lnbmF0dXJl' } },
  stop(0),
  { type: 'content_block_start', index: 1, content_block: { type: 'redacted_thinking', data: 'ZGF0YQ==' } },
  stop(1),
  { type: 'content_block_start', index: 2, content_block: { type: 'text', text: '', citations: null } },
  text(2, 'Grüße '),
  text(2, '👋'),
  stop(2),
  {
    type: 'content_block_start',
    index: 3,
    content_block: { type: 'tool_use', id: 'toolu_1', name: 'look', input: {}, caller: { type: 'direct' } },
  },
  json(3, ''),
  json(3, '{"a":'),
  json(3, '"b\\"\\n"}'),
  stop(3),
  {
    type: 'content_block_start',
    index: 4,
    content_block: { type: 'tool_use', id: 'toolu_2', name: 'list', input: {}, caller: { type: 'direct' } },
  },
  stop(4),
  {
    type: 'message_delta',
    delta: { stop_reason: 'tool_use', stop_sequence: null, stop_details: null, container: null },
    usage: {
      input_tokens: 10,
      cache_creation_input_tokens: null,
      cache_read_input_tokens: null,
      output_tokens: 42,
      output_tokens_details: { thinking_tokens: 30 },
      server_tool_use: null,
    },
  },
  { type: 'message_stop' },
];

export function streamOf(list: readonly { readonly type: string }[], lineEnd = '\n'): string {
  return list
    .map((event) => `event: ${event.type}${lineEnd}data: ${JSON.stringify(event)}${lineEnd}${lineEnd}`)
    .join('');
}

export function readAll(form: ResponseForm, chunks: readonly Buffer[]): readonly ResponseEvent[] {
  const reader = readResponse(form);
  return [...piecesOf(form, chunks).flatMap((piece) => reader.push(piece)), ...reader.end()];
}

export const readText = (form: ResponseForm, body: string) => readAll(form, [Buffer.from(body)]);

/** The events without what a stream and a whole message say differently: usage on the way, and where texts are cut. */
export function contentOf(list: readonly ResponseEvent[]): readonly ResponseEvent[] {
  const joined: ResponseEvent[] = [];
  const lastUsage = list.findLast(({ type }) => type === 'usage');
  for (const event of list) {
    const last = joined.at(-1);
    if (event.type === 'usage' && event !== lastUsage) continue;
    if (event.type !== 'part-delta' || last?.type !== 'part-delta') joined.push(event);
    else joined.splice(-1, 1, { ...last, text: last.text + event.text });
  }
  return joined;
}
