/** The demo's OpenAI responses, whole and as the full sequence of stream events. Pure. */
import { type DemoCompletion, makeCompletion, paceOf } from './completion.ts';
import { arrayAt, BadRequest, type Fields, isFields, textOf, wholeAt } from './fields.ts';
import { isSummaryWanted, situationOf } from './openai-responses-situation.ts';
import { type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { scriptFor } from './script.ts';
import { signatureOf } from './signature.ts';
import { countTokens, splitTokens } from './tokens.ts';

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
    output: outputOf(body, context, completion, status),
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: completion.outputTokens,
      output_tokens_details: { reasoning_tokens: completion.thoughtTokens },
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

function outputOf(
  body: Fields,
  context: DemoContext,
  completion: DemoCompletion,
  status: string,
): readonly Fields[] {
  const { thoughts, calls, text } = completion;
  const summary = isSummaryWanted(body) ? [{ type: 'summary_text', text: thoughts.join('') }] : [];
  const reasoning = { id: `rs_${context.id}`, type: 'reasoning', summary };
  return [
    ...(thoughts.length > 0 ? [{ ...reasoning, encrypted_content: signatureOf(thoughts.join('')) }] : []),
    message(context, status, [part(text)]),
    ...calls.map(({ name, args }, index) => ({
      id: `fc_${context.id}_${index}`,
      type: 'function_call',
      status,
      name,
      call_id: `call_${context.id}_${index}`,
      arguments: JSON.stringify(args),
    })),
  ];
}

/** One event without what all have. */
type Event = readonly [type: string, fields: Fields];

function reasoningEvents(item: Fields, output_index: number, pieces: readonly string[]): readonly Event[] {
  const place = { item_id: item.id, output_index, summary_index: 0 };
  const [whole] = arrayAt(item, 'summary').filter(isFields);
  const summarized: readonly Event[] = whole
    ? [
        ['reasoning_summary_part.added', { ...place, part: { ...whole, text: '' } }],
        ...pieces.map((delta): Event => ['reasoning_summary_text.delta', { ...place, delta }]),
        ['reasoning_summary_text.done', { ...place, text: whole.text }],
        ['reasoning_summary_part.done', { ...place, part: whole }],
      ]
    : [];
  const { encrypted_content: _, ...begun } = { ...item, summary: [] } as Fields;
  return [
    ['output_item.added', { output_index, item: begun }],
    ...summarized,
    ['output_item.done', { output_index, item }],
  ];
}

function callEvents(item: Fields, output_index: number): readonly Event[] {
  const place = { item_id: item.id, output_index };
  const begun = { ...item, status: 'in_progress', arguments: '' };
  return [
    ['output_item.added', { output_index, item: begun }],
    ...splitTokens(String(item.arguments)).map(
      ({ text: delta }): Event => ['function_call_arguments.delta', { ...place, delta }],
    ),
    ['function_call_arguments.done', { ...place, arguments: item.arguments }],
    ['output_item.done', { output_index, item }],
  ];
}

function textEvents(item: Fields, output_index: number, pieces: readonly string[]): readonly Event[] {
  const place = { item_id: item.id, output_index, content_index: 0 };
  const text = pieces.join('');
  const begun = { ...item, status: 'in_progress', content: [] };
  return [
    ['output_item.added', { output_index, item: begun }],
    ['content_part.added', { ...place, part: part('') }],
    ...pieces.map((delta): Event => ['output_text.delta', { ...place, delta, logprobs: [] }]),
    ['output_text.done', { ...place, text, logprobs: [] }],
    ['content_part.done', { ...place, part: part(text) }],
    ['output_item.done', { output_index, item }],
  ];
}

/** Event order and fields: https://platform.openai.com/docs/api-reference/responses-streaming */
function* events(
  body: Fields,
  context: DemoContext,
  completion: DemoCompletion,
  end: Fields,
): Generator<string> {
  const begun = { response: responseAt(body, context, {}) };
  const items = arrayAt(end, 'output')
    .filter(isFields)
    .flatMap((item, index) => {
      if (item.type === 'reasoning') return reasoningEvents(item, index, completion.thoughts);
      return item.type === 'function_call'
        ? callEvents(item, index)
        : textEvents(item, index, completion.pieces);
    });
  const all: readonly Event[] = [
    ['created', begun],
    ['in_progress', begun],
    ...items,
    [String(end.status), { response: end }],
  ];
  yield* paced(all);
}

/** Deltas come one by one; what surrounds them comes with its neighbours. */
function* paced(all: readonly Event[]): Generator<string> {
  let waiting = '';
  for (const [sequence_number, [name, fields]] of all.entries()) {
    const type = `response.${name}`;
    const event = `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...fields })}\n\n`;
    const isDelta = name.endsWith('.delta');
    if (isDelta && waiting !== '') yield waiting;
    waiting = isDelta ? '' : waiting + event;
    if (isDelta) yield event;
  }
  yield waiting;
}

/** @throws BadRequest */
function itemsOf({ input }: Fields): readonly Fields[] {
  if (Array.isArray(input)) return input.filter(isFields);
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  throw new BadRequest('"input" must be a text or a list of items.');
}

function inputTokensOf(body: Fields, items: readonly Fields[]): number {
  return items.reduce(
    (sum, item) => sum + 3 + countTokens(textOf(item.content ?? item.output)),
    3 + countTokens(textOf(body.instructions)),
  );
}

/** POST /v1/responses (https://platform.openai.com/docs/api-reference/responses). */
export function responses(body: Fields, context: DemoContext): DemoReply {
  const items = itemsOf(body);
  const situation = situationOf(body, items);
  const completion = makeCompletion({
    userText: situation.userText,
    script: scriptFor(situation),
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
