/** Builds the chat requests and fake upstream responses of the bench. */

/** What the upstream does with a request. The request names it as its model. */
export type AnswerKind = 'bench-json' | 'bench-burst' | 'bench-paced' | 'bench-idle';
export const answerKinds: readonly AnswerKind[] = ['bench-json', 'bench-burst', 'bench-paced', 'bench-idle'];

/** Milliseconds between the chunks of `bench-paced`. */
export const pacedChunkMs = 10;
const chunksOfStream = 20;

const usage = { prompt_tokens: 21, completion_tokens: 40, total_tokens: 61 };
const about = (model: AnswerKind, object: string) => ({
  id: 'chatcmpl-BqX3f7Lr0Vn8aK2hTzYw5uCeJd1Mo',
  object,
  created: 1_790_000_000,
  model,
});
const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

function jsonAnswer(): Buffer {
  const content = 'A comet is a small body of ice and dust that grows a bright tail near the Sun. '.repeat(2);
  const choice = {
    index: 0,
    message: { role: 'assistant', content: content.trim(), refusal: null },
    finish_reason: 'stop',
  };
  return Buffer.from(JSON.stringify({ ...about('bench-json', 'chat.completion'), choices: [choice], usage }));
}

function streamChunks(model: AnswerKind): Buffer[] {
  const deltas = Array.from({ length: chunksOfStream - 1 }, (_, index) =>
    event({
      ...about(model, 'chat.completion.chunk'),
      choices: [{ index: 0, delta: { content: ` comet ${index}` }, finish_reason: null }],
    }),
  );
  const last = event({ ...about(model, 'chat.completion.chunk'), choices: [], usage });
  return [...deltas, `${last}data: [DONE]\n\n`].map((text) => Buffer.from(text));
}

/** Returns the chunks of the response body. `bench-idle` sends the first one and then waits for ever. */
export function answerChunks(kind: AnswerKind): readonly Buffer[] {
  return kind === 'bench-json' ? [jsonAnswer()] : streamChunks(kind);
}

/** Returns a small chat request, as a client library sends it. */
export function chatBody(kind: AnswerKind): string {
  const stream = kind === 'bench-json' ? {} : { stream: true, stream_options: { include_usage: true } };
  const messages = [
    { role: 'system', content: 'You are a patient teacher of astronomy. Answer in one sentence.' },
    { role: 'user', content: 'What is a comet, and why does it have a tail?' },
  ];
  return JSON.stringify({ model: kind, messages, temperature: 0.2, max_tokens: 200, ...stream });
}
