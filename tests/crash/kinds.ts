/** The kinds of model requests that the crash test sends: how each is asked for, answered, and known to be whole. */

export interface Counted {
  readonly input: number;
  readonly output: number;
}

export interface Kind {
  readonly name: string;
  readonly path: string;
  readonly body: object;
  /** The pieces that an upstream answers with. */
  answer(used: Counted): readonly string[];
  /** Whether a client that got this, over a connection that ended in order or not, holds the whole answer. */
  isWhole(text: string, ended: boolean): boolean;
}

const model = 'test-model';
const messages = [{ role: 'user', content: 'hello' }];
const sse = (value: unknown, event?: string) =>
  `${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(value)}\n\n`;

const isJson = (text: string) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const openaiUsage = ({ input, output }: Counted) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});
const choice = (delta: object) => ({ id: 'c', choices: [{ index: 0, delta, finish_reason: null }] });
const chatBody = { model, max_tokens: 50, messages };
const chatPieces = (used: Counted) => [
  sse(choice({ role: 'assistant', content: '' })),
  sse(choice({ content: 'one' })),
  sse(choice({ content: ' two' })),
  `${sse({ id: 'c', choices: [], usage: openaiUsage(used) })}data: [DONE]\n\n`,
];
const geminiPart = (text: string, used: Counted, finish?: string) => ({
  candidates: [{ content: { parts: [{ text }] }, ...(finish !== undefined && { finishReason: finish }) }],
  usageMetadata: { promptTokenCount: used.input, candidatesTokenCount: used.output },
});
const geminiBody = { contents: [{ parts: [{ text: 'hello' }] }], generationConfig: { maxOutputTokens: 50 } };

export const kinds: readonly Kind[] = [
  {
    name: 'chat',
    path: '/v1/chat/completions',
    body: chatBody,
    answer: (used) => [JSON.stringify({ id: 'c', choices: [], usage: openaiUsage(used) })],
    isWhole: isJson,
  },
  {
    name: 'chat stream with usage',
    path: '/v1/chat/completions',
    body: { ...chatBody, stream: true, stream_options: { include_usage: true } },
    answer: chatPieces,
    isWhole: (text) => text.includes('[DONE]'),
  },
  {
    name: 'chat stream',
    path: '/v1/chat/completions',
    body: { ...chatBody, stream: true },
    answer: chatPieces,
    isWhole: (text) => text.includes('[DONE]'),
  },
  {
    name: 'responses stream',
    path: '/v1/responses',
    body: { model, input: 'hello', max_output_tokens: 50, stream: true },
    answer: ({ input, output }) => [
      sse({ type: 'response.created', response: { id: 'r', usage: null } }, 'response.created'),
      sse({ type: 'response.output_text.delta', delta: 'one two' }, 'response.output_text.delta'),
      sse(
        {
          type: 'response.completed',
          response: { id: 'r', usage: { input_tokens: input, output_tokens: output } },
        },
        'response.completed',
      ),
    ],
    isWhole: (text) => text.includes('event: response.completed'),
  },
  {
    name: 'messages stream',
    path: '/v1/messages',
    body: { model, max_tokens: 50, messages, stream: true },
    answer: ({ input, output }) => [
      sse(
        { type: 'message_start', message: { id: 'm', usage: { input_tokens: input, output_tokens: 1 } } },
        'message_start',
      ),
      sse({ type: 'content_block_delta', delta: { type: 'text_delta', text: 'one' } }, 'content_block_delta'),
      sse({ type: 'message_delta', delta: {}, usage: { output_tokens: output } }, 'message_delta'),
      sse({ type: 'message_stop' }, 'message_stop'),
    ],
    isWhole: (text) => text.includes('event: message_stop'),
  },
  {
    name: 'messages',
    path: '/v1/messages',
    body: { model, max_tokens: 50, messages },
    answer: ({ input, output }) => [
      JSON.stringify({ id: 'm', content: [], usage: { input_tokens: input, output_tokens: output } }),
    ],
    isWhole: isJson,
  },
  {
    name: 'gemini',
    path: `/v1beta/models/${model}:generateContent`,
    body: geminiBody,
    answer: (used) => [JSON.stringify(geminiPart('one', used, 'STOP'))],
    isWhole: isJson,
  },
  {
    name: 'gemini stream',
    path: `/v1beta/models/${model}:streamGenerateContent?alt=sse`,
    body: geminiBody,
    answer: (used) => [sse(geminiPart('one', used)), sse(geminiPart(' two', used, 'STOP'))],
    isWhole: (text, ended) => text.includes('"finishReason"') && ended,
  },
  {
    name: 'gemini array',
    path: `/v1beta/models/${model}:streamGenerateContent`,
    body: geminiBody,
    answer: (used) => [
      `[${JSON.stringify(geminiPart('one', used))}`,
      `,\n${JSON.stringify(geminiPart(' two', used, 'STOP'))}]`,
    ],
    isWhole: isJson,
  },
  {
    name: 'embeddings',
    path: '/v1/embeddings',
    body: { model, input: 'hello' },
    answer: ({ input }) => [
      JSON.stringify({ data: [], usage: { prompt_tokens: input, total_tokens: input } }),
    ],
    isWhole: isJson,
  },
];

/** What the request of a kind comes to at one unit a token. */
export function unitsOf(kind: Kind, { input, output }: Counted): number {
  return kind.name === 'embeddings' ? input : input + output;
}
