/** The demo's OpenAI responses, whole and as the full sequence of stream events. Pure. */
import { type DemoCompletion, makeCompletion, paceOf } from './completion.ts';
import { arrayAt, BadRequest, type Fields, isFields, textOf, wholeAt } from './fields.ts';
import { type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { countTokens } from './tokens.ts';

const part = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });

/** The response object in one state; `end` holds output and usage. */
function responseAt(body: Fields, context: DemoContext, end: Fields): Fields {
  return {
    id: `resp_${context.id}`,
    object: 'response',
    created_at: context.now,
    status: 'in_progress',
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    model: body.model,
    output: [],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: body.temperature ?? 1,
    text: { format: { type: 'text' } },
    tool_choice: 'auto',
    tools: arrayAt(body, 'tools'),
    top_p: body.top_p ?? 1,
    truncation: 'disabled',
    usage: null,
    user: null,
    metadata: isFields(body.metadata) ? body.metadata : {},
    ...end,
  };
}

function ended(body: Fields, context: DemoContext, completion: DemoCompletion, inputTokens: number): Fields {
  const status = completion.ending === 'length' ? 'incomplete' : 'completed';
  return responseAt(body, context, {
    status,
    incomplete_details: status === 'incomplete' ? { reason: 'max_output_tokens' } : null,
    output: [message(context, status, [part(completion.text)])],
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: completion.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + completion.outputTokens,
    },
  });
}

const message = (context: DemoContext, status: string, content: readonly unknown[]) => ({
  id: `msg_${context.id}`,
  type: 'message',
  status,
  role: 'assistant',
  content,
});

/** Event order and fields: https://platform.openai.com/docs/api-reference/responses-streaming */
function* events(
  body: Fields,
  context: DemoContext,
  completion: DemoCompletion,
  end: Fields,
): Generator<string> {
  let sequence_number = 0;
  const event = (type: string, fields: Fields) => {
    const data = JSON.stringify({ type, sequence_number, ...fields });
    sequence_number += 1;
    return `event: ${type}\ndata: ${data}\n\n`;
  };
  const begun = { response: responseAt(body, context, {}) };
  const place = { item_id: `msg_${context.id}`, output_index: 0, content_index: 0 };
  const item = { output_index: 0, item: message(context, 'in_progress', []) };
  yield event('response.created', begun) +
    event('response.in_progress', begun) +
    event('response.output_item.added', item) +
    event('response.content_part.added', { ...place, part: part('') });
  for (const delta of completion.pieces) {
    yield event('response.output_text.delta', { ...place, delta, logprobs: [] });
  }
  const status = String(end.status);
  const done = { output_index: 0, item: message(context, status, [part(completion.text)]) };
  yield event('response.output_text.done', { ...place, text: completion.text, logprobs: [] }) +
    event('response.content_part.done', { ...place, part: part(completion.text) }) +
    event('response.output_item.done', done) +
    event(`response.${status}`, { response: end });
}

/** @throws BadRequest */
function itemsOf({ input }: Fields): readonly Fields[] {
  if (Array.isArray(input)) return input.filter(isFields);
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  throw new BadRequest('"input" must be a text or a list of items.');
}

function inputTokensOf(body: Fields, items: readonly Fields[]): number {
  return items.reduce(
    (sum, item) => sum + 3 + countTokens(textOf(item.content)),
    3 + countTokens(textOf(body.instructions)),
  );
}

/** POST /v1/responses (https://platform.openai.com/docs/api-reference/responses). */
export function responses(body: Fields, context: DemoContext): DemoReply {
  const items = itemsOf(body);
  const completion = makeCompletion({
    userText: textOf(items.findLast(({ role }) => role === 'user')?.content),
    maxTokens: wholeAt(body, 'max_output_tokens', 1, 1_000_000),
    stops: [],
    pace: paceOf(body, context.chunkMs),
  });
  const end = ended(body, context, completion, inputTokensOf(body, items));
  if (body.stream !== true) return jsonReply(end);
  return sseReply(events(body, context, completion, end), completion.chunkMs);
}

/** POST /v1/responses/input_tokens (https://platform.openai.com/docs/api-reference/responses/input-tokens). */
export function inputTokens(body: Fields): DemoReply {
  return jsonReply({ object: 'response.input_tokens', input_tokens: inputTokensOf(body, itemsOf(body)) });
}
