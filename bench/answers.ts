/** Builds the chat requests and fake upstream responses of the bench. */

/** What the upstream does with a request. The request names it as its model. */
export type AnswerKind = OwnKind | TranslatedKind;
/** The upstream speaks the client's protocol. It reports no usage for the last one, whose tokenizer is public. */
type OwnKind = 'bench-json' | 'bench-burst' | 'bench-paced' | 'bench-idle' | 'gpt-4o-uncounted-json';
/** The upstream speaks Anthropic's protocol. */
export type TranslatedKind = 'bench-translated-json' | 'bench-translated-burst';

export const ownKinds: readonly OwnKind[] = [
  'bench-json',
  'bench-burst',
  'bench-paced',
  'bench-idle',
  'gpt-4o-uncounted-json',
];
export const translatedKinds: readonly TranslatedKind[] = ['bench-translated-json', 'bench-translated-burst'];
export const answerKinds: readonly AnswerKind[] = [...ownKinds, ...translatedKinds];

/** Milliseconds between the chunks of `bench-paced`. */
export const pacedChunkMs = 10;
const chunksOfStream = 20;

const usage = { prompt_tokens: 21, completion_tokens: 40, total_tokens: 61 };
const about = (model: OwnKind, object: string) => ({
  id: 'chatcmpl-BqX3f7Lr0Vn8aK2hTzYw5uCeJd1Mo',
  object,
  created: 1_790_000_000,
  model,
});
const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

/** Of a response without usage, which the gateway therefore counts itself. */
const uncountedChars = 200_000;

/** Returns a text of many different words. */
export function longText(chars: number): string {
  let text = '';
  for (let number = 1; text.length < chars; number += 1) {
    text += `${(number * 2_654_435_761).toString(36)} comets of ${number} tails, `;
  }
  return text.slice(0, chars);
}

const content = 'A comet is a small body of ice and dust that grows a bright tail near the Sun. '.repeat(2);

function jsonAnswer(model: OwnKind, text: string, more: object): Buffer {
  const choice = {
    index: 0,
    message: { role: 'assistant', content: text, refusal: null },
    finish_reason: 'stop',
  };
  return Buffer.from(JSON.stringify({ ...about(model, 'chat.completion'), choices: [choice], ...more }));
}

function streamChunks(model: OwnKind): Buffer[] {
  const deltas = Array.from({ length: chunksOfStream - 1 }, (_, index) =>
    event({
      ...about(model, 'chat.completion.chunk'),
      choices: [{ index: 0, delta: { content: ` comet ${index}` }, finish_reason: null }],
    }),
  );
  const last = event({ ...about(model, 'chat.completion.chunk'), choices: [], usage });
  return [...deltas, `${last}data: [DONE]\n\n`].map((text) => Buffer.from(text));
}

const message = (text: readonly object[]) => ({
  id: 'msg_013Zva2CMHLNnXjNJJKqJ2EF',
  type: 'message',
  role: 'assistant',
  model: 'claude',
  content: text,
  stop_reason: text.length > 0 ? 'end_turn' : null,
  stop_sequence: null,
  usage: { input_tokens: 21, output_tokens: text.length > 0 ? 40 : 1 },
});

function messageChunks(): Buffer[] {
  const named = (type: string, value: object = {}) =>
    Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...value })}\n\n`);
  const deltas = Array.from({ length: chunksOfStream - 1 }, (_, index) =>
    named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: ` comet ${index}` } }),
  );
  return [
    named('message_start', { message: message([]) }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...deltas,
    named('content_block_stop', { index: 0 }),
    named('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 40 },
    }),
    named('message_stop'),
  ];
}

/** Returns the chunks of the response body. `bench-idle` sends the first one and then waits for ever. */
export function answerChunks(kind: AnswerKind): readonly Buffer[] {
  switch (kind) {
    case 'bench-json':
      return [jsonAnswer(kind, content.trim(), { usage })];
    case 'gpt-4o-uncounted-json':
      return [jsonAnswer(kind, longText(uncountedChars), {})];
    case 'bench-translated-json':
      return [Buffer.from(JSON.stringify(message([{ type: 'text', text: content.trim() }])))];
    case 'bench-translated-burst':
      return messageChunks();
    default:
      return streamChunks(kind);
  }
}

/** Returns a small chat request, as a client library sends it. */
export function chatBody(kind: AnswerKind): string {
  const stream = kind.endsWith('json') ? {} : { stream: true, stream_options: { include_usage: true } };
  const messages = [
    { role: 'system', content: 'You are a patient teacher of astronomy. Answer in one sentence.' },
    { role: 'user', content: 'What is a comet, and why does it have a tail?' },
  ];
  return JSON.stringify({ model: kind, messages, temperature: 0.2, max_tokens: 200, ...stream });
}
