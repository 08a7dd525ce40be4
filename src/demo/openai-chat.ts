/** The demo's OpenAI chat completions and legacy completions, whole and streamed. Pure. */

import { type DemoCompletion, makeCompletion, paceOf } from './completion.ts';
import { arrayAt, BadRequest, type Fields, fieldsAt, isFields, textOf, textsAt, wholeAt } from './fields.ts';
import { situationOf } from './openai-chat-situation.ts';
import { type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { scriptFor } from './script.ts';
import { countTokens, splitTokens } from './tokens.ts';

/** The differences between chat completions and legacy completions. */
interface Form {
  readonly head: Readonly<Record<string, unknown>>;
  readonly object: string;
  readonly chunkObject: string;
  readonly choice: (completion: DemoCompletion) => Fields;
  /** Choices of a stream: the first one, the pieces, and the last one, which carries the finish reason. */
  readonly opening: Fields | undefined;
  readonly delta: (text: string) => Fields;
  /** Choices before and after those of the text. */
  readonly before: (completion: DemoCompletion) => readonly Fields[];
  readonly after: (completion: DemoCompletion) => readonly Fields[];
  readonly closing: Fields;
}

const sse = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;

function finishReason({ ending, calls }: DemoCompletion): string {
  if (ending === 'length') return 'length';
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

const none = () => [];

function completionIn(form: Form, body: Fields, completion: DemoCompletion, promptTokens: number): DemoReply {
  const copies = wholeAt(body, 'n', 1, 16) ?? 1;
  const indexes = Array.from({ length: copies }, (_, index) => index);
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completion.outputTokens * copies,
    total_tokens: promptTokens + completion.outputTokens * copies,
    completion_tokens_details: { reasoning_tokens: completion.thoughtTokens * copies },
  };
  const finish_reason = finishReason(completion);
  if (body.stream !== true) {
    const choices = indexes.map((index) => ({
      index,
      ...form.choice(completion),
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
    for (const choice of form.before(completion)) yield chunk(choice, null);
    for (const piece of completion.pieces) yield chunk(form.delta(piece), null);
    for (const choice of form.after(completion)) yield chunk(choice, null);
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

function callsOf({ calls }: DemoCompletion, context: DemoContext) {
  return calls.map(({ name, args }, index) => ({
    id: `call_${context.id}_${index}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
}

/** Thoughts are where DeepSeek's API has them. */
function messageOf(completion: DemoCompletion, context: DemoContext): Fields {
  const { text, thoughts } = completion;
  const tool_calls = callsOf(completion, context);
  return {
    role: 'assistant',
    content: text,
    refusal: null,
    ...(thoughts.length > 0 && { reasoning_content: thoughts.join('') }),
    ...(tool_calls.length > 0 && { tool_calls }),
  };
}

/** Each call opens with its id and name; then its arguments follow in pieces. */
function callDeltas(completion: DemoCompletion, context: DemoContext): readonly Fields[] {
  const delta = (index: number, call: Fields) => ({ delta: { tool_calls: [{ index, ...call }] } });
  return callsOf(completion, context).flatMap((call, index) => [
    delta(index, { ...call, function: { ...call.function, arguments: '' } }),
    ...splitTokens(call.function.arguments).map(({ text }) =>
      delta(index, { function: { arguments: text } }),
    ),
  ]);
}

/** POST /v1/chat/completions (https://platform.openai.com/docs/api-reference/chat). */
export function chatCompletions(body: Fields, context: DemoContext): DemoReply {
  const messages = arrayAt(body, 'messages').filter(isFields);
  if (messages.length === 0) throw new BadRequest('"messages" must be a list with at least one message.');
  const situation = situationOf(body, messages);
  const completion = makeCompletion({
    userText: situation.userText,
    script: scriptFor(situation),
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
    choice: (made) => ({ message: messageOf(made, context) }),
    opening: { delta: { role: 'assistant', content: '' } },
    delta: (content) => ({ delta: { content } }),
    before: ({ thoughts }) => thoughts.map((reasoning_content) => ({ delta: { reasoning_content } })),
    after: (made) => callDeltas(made, context),
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
    choice: ({ text }) => ({ text }),
    opening: undefined,
    delta: (text) => ({ text }),
    before: none,
    after: none,
    closing: { text: '' },
  };
  return completionIn(form, body, completion, countTokens(prompt));
}
