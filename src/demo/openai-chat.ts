/** The demo's OpenAI chat completions and legacy completions, whole and streamed. Pure. */
import { type DemoCompletion, makeCompletion, paceOf } from './completion.ts';
import { arrayAt, BadRequest, type Fields, fieldsAt, isFields, textOf, textsAt, wholeAt } from './fields.ts';
import { type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { countTokens } from './tokens.ts';

/** The differences between chat completions and legacy completions. */
interface Form {
  readonly head: Readonly<Record<string, unknown>>;
  readonly object: string;
  readonly chunkObject: string;
  readonly choice: (text: string) => Fields;
  /** Choices of a stream: the first one, the pieces, and the last one, which carries the finish reason. */
  readonly opening: Fields | undefined;
  readonly delta: (text: string) => Fields;
  readonly closing: Fields;
}

const sse = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const finishReason = ({ ending }: DemoCompletion) => (ending === 'length' ? 'length' : 'stop');

function completionIn(form: Form, body: Fields, completion: DemoCompletion, promptTokens: number): DemoReply {
  const copies = wholeAt(body, 'n', 1, 16) ?? 1;
  const indexes = Array.from({ length: copies }, (_, index) => index);
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completion.outputTokens * copies,
    total_tokens: promptTokens + completion.outputTokens * copies,
  };
  const finish_reason = finishReason(completion);
  if (body.stream !== true) {
    const choices = indexes.map((index) => ({
      index,
      ...form.choice(completion.text),
      logprobs: null,
      finish_reason,
    }));
    return jsonReply({ ...form.head, object: form.object, choices, usage });
  }
  const withUsage = fieldsAt(body, 'stream_options').include_usage === true;
  const head = { ...form.head, object: form.chunkObject, ...(withUsage ? { usage: null } : {}) };
  const chunk = (fields: Fields, reason: string | null) =>
    indexes
      .map((index) =>
        sse({ ...head, choices: [{ index, ...fields, logprobs: null, finish_reason: reason }] }),
      )
      .join('');
  function* parts() {
    if (form.opening) yield chunk(form.opening, null);
    for (const piece of completion.pieces) yield chunk(form.delta(piece), null);
    yield chunk(form.closing, finish_reason) +
      (withUsage ? sse({ ...head, choices: [], usage }) : '') +
      'data: [DONE]\n\n';
  }
  return sseReply(parts(), completion.chunkMs);
}

/** Counts the tokens of a chat as OpenAI does: three for each message and three for the start of the response. */
function chatTokens(messages: readonly Fields[], body: Fields): number {
  const tools = arrayAt(body, 'tools');
  return messages.reduce(
    (sum, { role, content }) => sum + 3 + countTokens(textOf(role)) + countTokens(textOf(content)),
    3 + (tools.length > 0 ? countTokens(JSON.stringify(tools)) : 0),
  );
}

/** POST /v1/chat/completions (https://platform.openai.com/docs/api-reference/chat). */
export function chatCompletions(body: Fields, context: DemoContext): DemoReply {
  const messages = arrayAt(body, 'messages').filter(isFields);
  if (messages.length === 0) throw new BadRequest('"messages" must be a list with at least one message.');
  const completion = makeCompletion({
    userText: textOf(messages.findLast(({ role }) => role === 'user')?.content),
    maxTokens:
      wholeAt(body, 'max_completion_tokens', 1, 1_000_000) ?? wholeAt(body, 'max_tokens', 1, 1_000_000),
    stops: textsAt(body, 'stop'),
    pace: paceOf(body, context.chunkMs),
  });
  const form: Form = {
    head: {
      id: `chatcmpl-${context.id}`,
      created: context.now,
      model: body.model,
      system_fingerprint: 'fp_demo',
    },
    object: 'chat.completion',
    chunkObject: 'chat.completion.chunk',
    choice: (content) => ({ message: { role: 'assistant', content, refusal: null } }),
    opening: { delta: { role: 'assistant', content: '' } },
    delta: (content) => ({ delta: { content } }),
    closing: { delta: {} },
  };
  return completionIn(form, body, completion, chatTokens(messages, body));
}

/** POST /v1/completions (https://platform.openai.com/docs/api-reference/completions), one prompt for each request. */
export function completions(body: Fields, context: DemoContext): DemoReply {
  const prompt = textOf(body.prompt);
  const completion = makeCompletion({
    userText: prompt,
    maxTokens: wholeAt(body, 'max_tokens', 1, 1_000_000),
    stops: textsAt(body, 'stop'),
    pace: paceOf(body, context.chunkMs),
  });
  const form: Form = {
    head: { id: `cmpl-${context.id}`, created: context.now, model: body.model },
    object: 'text_completion',
    chunkObject: 'text_completion',
    choice: (text) => ({ text }),
    opening: undefined,
    delta: (text) => ({ text }),
    closing: { text: '' },
  };
  return completionIn(form, body, completion, countTokens(prompt));
}
