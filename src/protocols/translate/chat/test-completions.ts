/** Chat completions as upstreams send them, and reading them, for tests. */
import { piecesOf } from '../../../../tests/support/pieces.ts';
import type { ResponseForm } from '../../protocol.ts';
import type { ResponseEvent } from '../form/response.ts';
import { chatUpstream } from './upstream.ts';

/** @returns the events of a response that comes in these chunks */
export function eventsOf(
  form: ResponseForm,
  ...chunks: readonly (string | Buffer)[]
): readonly ResponseEvent[] {
  const reader = chatUpstream.readResponse(form);
  const pieces = piecesOf(
    form,
    chunks.map((chunk) => Buffer.from(chunk)),
  );
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

/** The same content, however its texts are cut. */
export function joined(events: readonly ResponseEvent[]): readonly ResponseEvent[] {
  const result: ResponseEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    if (event.type === 'part-delta' && last?.type === 'part-delta') {
      result[result.length - 1] = { ...last, text: last.text + event.text };
    } else result.push(event);
  }
  return result;
}

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt' };

export const dataOf = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
export const chunkOf = (delta: object, finish_reason: string | null = null) =>
  dataOf({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason }] });
export const usageChunk = (usage: object) => dataOf({ ...head, choices: [], usage });
export const done = 'data: [DONE]\n\n';
export const callDelta = (index: number, called: object, id?: string) => ({
  tool_calls: [{ index, ...(id !== undefined && { id, type: 'function' }), function: called }],
});

export const usage = {
  prompt_tokens: 20,
  completion_tokens: 30,
  total_tokens: 50,
  prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 3, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 7, audio_tokens: 0 },
};

/** As an upstream with reasoning and parallel calls sends it. */
export const stream = [
  chunkOf({ role: 'assistant', content: '', refusal: null }),
  ': keep-alive\n\n',
  chunkOf({ reasoning_content: 'Hm' }),
  chunkOf({ reasoning_content: '…' }),
  chunkOf({ content: 'Grüße ' }),
  chunkOf({ content: '👋' }),
  chunkOf(callDelta(0, { name: 'look', arguments: '' }, 'call_a')),
  chunkOf(callDelta(0, { arguments: '{"n":' })),
  chunkOf(callDelta(1, { name: 'find', arguments: '' }, 'call_b')),
  chunkOf(callDelta(0, { arguments: '12345678901234567890}' })),
  chunkOf(callDelta(1, { arguments: '{}' })),
  chunkOf({}, 'tool_calls'),
  usageChunk(usage),
  done,
].join('');

/** The same response, whole. */
export const whole = JSON.stringify({
  ...head,
  object: 'chat.completion',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'Grüße 👋',
        refusal: null,
        annotations: [],
        reasoning_content: 'Hm…',
        tool_calls: [
          {
            id: 'call_a',
            type: 'function',
            function: { name: 'look', arguments: '{"n":12345678901234567890}' },
          },
          { id: 'call_b', type: 'function', function: { name: 'find', arguments: '{}' } },
        ],
      },
      logprobs: null,
      finish_reason: 'tool_calls',
    },
  ],
  usage,
});
