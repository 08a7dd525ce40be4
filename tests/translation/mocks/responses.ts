/** A mock of OpenAI Responses: reads what is asked, and responds in OpenAI's order of events. */

import { mediaOfUrl } from './chat.ts';
import { textOf } from './chat-message-rules.ts';
import { countResponses } from './counts.ts';
import { inPieces, isAbsent, type Json, list, object } from './json.ts';
import type { Mock } from './mock.ts';
import { itemsOf, responsesRules } from './responses-rules.ts';
import type { Asking } from './rule.ts';
import { type Asked, type Scene, usage } from './scene.ts';
import { sign } from './signatures.ts';

function mediaOf(content: unknown): readonly string[] {
  return list(content).flatMap((part) => {
    if (part.type === 'input_image') return [mediaOfUrl(String(part.image_url))];
    return part.type === 'input_file' ? [mediaOfUrl(String(part.file_data ?? part.file_url))] : [];
  });
}

const resultOf = ({ output }: Json) =>
  textOf(output) +
  mediaOf(output)
    .map((each) => ` ${each}`)
    .join('');

function choiceOf({ tool_choice }: Json): Asked['choice'] {
  if (tool_choice === 'none') return 'none';
  return tool_choice === undefined || tool_choice === 'auto' ? 'auto' : 'forced';
}

function read(body: Json): Asked {
  const items = itemsOf(body);
  const messages = items.filter(({ type }) => type === 'message');
  const turns = isAbsent(body.instructions)
    ? messages
    : [{ role: 'system', content: body.instructions }, ...messages];
  const last = messages.findLast(({ role }) => role === 'user')?.content;
  const spoken = items.findLastIndex(({ type }) => type !== 'function_call_output');
  const { effort } = object(body.reasoning);
  return {
    transcript: turns.map(({ role, content }) => `${role}: ${textOf(content)}`),
    text: textOf(last),
    results: items.slice(spoken + 1).map(resultOf),
    media: mediaOf(last),
    hasTools: list(body.tools).length > 0,
    choice: choiceOf(body),
    isSerial: body.parallel_tool_calls === false,
    thinks: effort !== undefined && effort !== 'none',
    remembers: items.some(({ type }) => type === 'reasoning'),
    wantsSchema: object(object(body.text).format).type === 'json_schema',
    stops: [],
  };
}

function outputOf({ thought, text, calls, ending }: Scene): readonly Json[] {
  const content =
    ending === 'refusal'
      ? { type: 'refusal', refusal: text }
      : { type: 'output_text', text, annotations: [], logprobs: [] };
  const summary = [{ type: 'summary_text', text: thought }];
  const encrypted_content = sign('openai', 'rs_1');
  const message = {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [content],
  };
  return [
    ...(thought ? [{ id: 'rs_1', type: 'reasoning', summary, encrypted_content }] : []),
    ...(text ? [message] : []),
    ...calls.map(({ id, name, args }) => ({
      id: `fc_${id}`,
      type: 'function_call',
      call_id: id,
      name,
      arguments: JSON.stringify(args),
      status: 'completed',
    })),
  ];
}

function responseOf(model: string, scene: Scene | undefined): Json {
  const isCut = scene?.ending === 'length';
  const status = scene ? (isCut ? 'incomplete' : 'completed') : 'in_progress';
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model,
    status,
    error: null,
    incomplete_details: isCut ? { reason: 'max_output_tokens' } : null,
    output: scene ? outputOf(scene) : [],
    parallel_tool_calls: true,
    tools: [],
    usage: scene
      ? {
          input_tokens: usage.input,
          input_tokens_details: { cached_tokens: usage.cached },
          output_tokens: usage.output,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: usage.input + usage.output,
        }
      : null,
  };
}

type Event = readonly [type: string, members: object];

function itemEvents(item: Json, output_index: number): readonly Event[] {
  const at = { item_id: item.id, output_index };
  const added = (empty: object): Event => [
    'output_item.added',
    { output_index, item: { ...item, ...empty } },
  ];
  const done: Event = ['output_item.done', { output_index, item }];
  if (item.type === 'function_call') {
    const pieces = inPieces(String(item.arguments)).map(
      (delta): Event => ['function_call_arguments.delta', { ...at, delta }],
    );
    const whole: Event = [
      'function_call_arguments.done',
      { ...at, name: item.name, arguments: item.arguments },
    ];
    return [added({ arguments: '', status: 'in_progress' }), ...pieces, whole, done];
  }
  if (item.type === 'reasoning') {
    const [part = {}] = list(item.summary);
    const where = { ...at, summary_index: 0 };
    const pieces = inPieces(String(part.text)).map(
      (delta): Event => ['reasoning_summary_text.delta', { ...where, delta }],
    );
    return [
      added({ summary: [], encrypted_content: undefined }),
      ['reasoning_summary_part.added', { ...where, part: { ...part, text: '' } }],
      ...pieces,
      ['reasoning_summary_text.done', { ...where, text: part.text }],
      ['reasoning_summary_part.done', { ...where, part }],
      done,
    ];
  }
  return [added({ content: [], status: 'in_progress' }), ...contentEvents(item, at), done];
}

function contentEvents(item: Json, at: object): readonly Event[] {
  const [part = {}] = list(item.content);
  const where = { ...at, content_index: 0 };
  const isText = part.type === 'output_text';
  const text = String(isText ? part.text : part.refusal);
  const name = isText ? 'output_text' : 'refusal';
  const logprobs = isText ? { logprobs: [] } : {};
  return [
    ['content_part.added', { ...where, part: { ...part, [isText ? 'text' : 'refusal']: '' } }],
    ...inPieces(text).map((delta): Event => [`${name}.delta`, { ...where, delta, ...logprobs }]),
    [`${name}.done`, { ...where, [isText ? 'text' : 'refusal']: text, ...logprobs }],
    ['content_part.done', { ...where, part }],
  ];
}

function stream(scene: Scene, { model }: Asking): readonly string[] {
  const begun = { response: responseOf(model, undefined) };
  const response = responseOf(model, scene);
  const events: readonly Event[] = [
    ['created', begun],
    ['in_progress', begun],
    ...outputOf(scene).flatMap(itemEvents),
    [String(response.status), { response }],
  ];
  return events.map(([name, members], sequence_number) => {
    const type = `response.${name}`;
    return `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...members })}\n\n`;
  });
}

export const responses: Mock = {
  rules: responsesRules,
  sound: {
    model: 'gpt-5.7',
    input: 'Hello',
    tools: [{ type: 'function', name: 'f', parameters: { type: 'object' }, strict: false }],
  },
  read,
  whole: (scene, { model }) => responseOf(model, scene),
  stream,
  count: countResponses,
  error: (message) => ({ error: { message, type: 'invalid_request_error', param: null, code: null } }),
  streamError: (message) => {
    const error = { type: 'error', code: 'server_error', message, param: null, sequence_number: 99 };
    return `event: error\ndata: ${JSON.stringify(error)}\n\n`;
  },
};
