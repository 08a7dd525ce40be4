/** Model requests of every protocol, each with a sound answer of the fake upstream. */
import { streamed } from '../relay/chat.ts';
import * as upstreams from '../support/upstream-behaviours.ts';
import type { Behaviour } from '../support/upstream-exchange.ts';

export interface Ask {
  readonly path?: string;
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const question = { model: 'test-model', messages: [{ role: 'user', content: 'hi' }] };

export const asks: Readonly<Record<string, Ask & { readonly behaviour: Behaviour }>> = {
  'a chat completion': { behaviour: upstreams.chatAnswer() },
  'a stream of a chat completion': {
    body: streamed,
    behaviour: upstreams.chatAnswer(),
  },
  'a stream of the Responses API': {
    path: '/v1/responses',
    body: { model: 'test-model', input: 'hi', stream: true },
    behaviour: upstreams.pieces([
      'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"hello"}\n\n',
      'event: response.completed\ndata: {"type":"response.completed","response":{"id":"r","usage":{"input_tokens":4,"output_tokens":6}}}\n\n',
    ]),
  },
  'a stream of Messages': {
    path: '/v1/messages',
    body: { model: 'test-model', max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'hi' }] },
    headers: { 'anthropic-version': '2023-06-01' },
    behaviour: upstreams.pieces([
      'event: message_start\ndata: {"type":"message_start","message":{"id":"m","usage":{"input_tokens":21,"output_tokens":1}}}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":5}}\n\n',
      'event: message_stop\ndata: {"type":"message_stop"}\n\n',
    ]),
  },
  'a stream of Gemini': {
    path: '/v1beta/models/test-model:streamGenerateContent?alt=sse',
    body: { contents: [{ parts: [{ text: 'hi' }] }] },
    behaviour: upstreams.pieces([
      'data: {"candidates":[{"content":{"parts":[{"text":"hello"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":2}}\n\n',
    ]),
  },
  'an embedding': {
    path: '/v1/embeddings',
    body: { model: 'test-model', input: 'hi' },
    behaviour: upstreams.json({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
  },
};
