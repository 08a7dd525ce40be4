/** Responses as OpenAI sends them, whole and as streams, for tests. */
import type { Response, ResponseOutputItem } from 'openai/resources/responses/responses';
import { piecesOf } from '../../../../tests/support/pieces.ts';
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import type { PartEndEvent, PartStartEvent, ResponseEvent } from '../form/response.ts';
import type { ResponseReader } from '../parts.ts';
import { readResponse } from './read-response.ts';

export const events = (list: readonly JsonObject[], lineEnd = '\n'): string =>
  list
    .map(
      (event, sequence_number) =>
        `event: ${event.type}${lineEnd}data: ${JSON.stringify({ ...event, sequence_number })}${lineEnd}${lineEnd}`,
    )
    .join('');

const base: Omit<Response, 'output_text'> = {
  id: 'resp_1',
  object: 'response',
  created_at: 1_796_000_000,
  access_programs: null,
  error: null,
  incomplete_details: null,
  instructions: null,
  metadata: {},
  model: 'gpt-6-sol',
  output: [],
  parallel_tool_calls: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
};

const annotation = {
  type: 'url_citation',
  url: 'https://a.example',
  title: 'A',
  start_index: 0,
  end_index: 4,
} as const;

export const items: readonly ResponseOutputItem[] = [
  {
    id: 'rs_1',
    type: 'reasoning',
    summary: [
      { type: 'summary_text', text: 'First é.' },
      { type: 'summary_text', text: 'Then 🌦.' },
    ],
    encrypted_content: 'gAAAAA==',
  },
  {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [
      { type: 'output_text', text: 'Über data: {"x":1}\n\n', annotations: [annotation] },
      { type: 'refusal', refusal: 'Not that.' },
    ],
  },
  {
    id: 'fc_1',
    type: 'function_call',
    call_id: 'call_1',
    name: 'weather',
    arguments: '{"city":"Ulm"}',
    status: 'completed',
  },
  {
    id: 'fc_2',
    type: 'function_call',
    call_id: 'functions.time:0',
    name: 'time',
    arguments: '{}',
    status: 'completed',
  },
];

export const usage = {
  input_tokens: 90,
  input_tokens_details: { cached_tokens: 40, cache_write_tokens: 20 },
  output_tokens: 30,
  output_tokens_details: { reasoning_tokens: 7 },
  total_tokens: 120,
};

export const whole: JsonObject = { ...base, status: 'completed', output: items, usage };

const halves = (text: string): readonly [string, string] => [text.slice(0, 3), text.slice(3)];

function eventsOfItem(item: ResponseOutputItem, output_index: number): readonly JsonObject[] {
  const at = { item_id: item.id, output_index };
  const done = { type: 'response.output_item.done', output_index, item };
  if (item.type === 'reasoning') {
    const summaries = item.summary.flatMap((part, summary_index) => [
      { type: 'response.reasoning_summary_part.added', ...at, summary_index, part: { ...part, text: '' } },
      ...halves(part.text).map((delta) => ({
        type: 'response.reasoning_summary_text.delta',
        ...at,
        summary_index,
        delta,
      })),
      { type: 'response.reasoning_summary_text.done', ...at, summary_index, text: part.text },
      { type: 'response.reasoning_summary_part.done', ...at, summary_index, part },
    ]);
    const added = { ...item, summary: [], encrypted_content: 'gA' };
    return [{ type: 'response.output_item.added', output_index, item: added }, ...summaries, done];
  }
  if (item.type === 'function_call') {
    const added = { ...item, arguments: '', status: 'in_progress' };
    return [
      { type: 'response.output_item.added', output_index, item: added },
      ...halves(item.arguments).map((delta) => ({
        type: 'response.function_call_arguments.delta',
        ...at,
        delta,
      })),
      { type: 'response.function_call_arguments.done', ...at, arguments: item.arguments },
      done,
    ];
  }
  if (item.type !== 'message') return [];
  const contents = item.content.flatMap((part, content_index) => {
    const isText = part.type === 'output_text';
    const name = isText ? 'output_text' : 'refusal';
    const text = isText ? part.text : part.refusal;
    const where = { ...at, content_index };
    return [
      {
        type: 'response.content_part.added',
        ...where,
        part: isText ? { ...part, text: '', annotations: [] } : { ...part, refusal: '' },
      },
      ...halves(text).map((delta) => ({
        type: `response.${name}.delta`,
        ...where,
        delta,
        ...(isText && { logprobs: [], obfuscation: 'x7' }),
      })),
      { type: `response.${name}.done`, ...where, ...(isText ? { text, logprobs: [] } : { refusal: text }) },
      { type: 'response.content_part.done', ...where, part },
    ];
  });
  return [
    {
      type: 'response.output_item.added',
      output_index,
      item: { ...item, content: [], status: 'in_progress' },
    },
    ...contents,
    done,
  ];
}

export const begin: readonly JsonObject[] = ['created', 'in_progress'].map((name) => ({
  type: `response.${name}`,
  response: { ...base, status: 'in_progress' },
}));

export const stream: readonly JsonObject[] = [
  ...begin,
  ...items.flatMap(eventsOfItem),
  { type: 'response.completed', response: whole },
];

export function readChunks(
  form: ResponseForm,
  chunks: readonly Buffer[],
  reader: ResponseReader = readResponse(form),
): ResponseEvent[] {
  const read = piecesOf(form, chunks).flatMap((piece) => reader.push(piece));
  return [...read, ...reader.end()];
}

export const readText = (form: ResponseForm, text: string) => readChunks(form, [Buffer.from(text)]);
export const readEvents = (list: readonly JsonObject[]) => readText('sse', events(list));

export type Content = PartStartEvent['part'] &
  Omit<PartEndEvent, 'type' | 'index'> & { readonly text: string };

/** The parts that events build up; checks that each begins and ends in its turn. */
export function contentsOf(list: readonly ResponseEvent[]): Content[] {
  const contents: Content[] = [];
  let open: Content | undefined;
  for (const event of list) {
    if (event.type === 'part-start') {
      if (open || event.index !== contents.length) throw new Error('a part begins within another');
      open = { ...event.part, text: '' };
    } else if (event.type === 'part-delta' || event.type === 'part-end') {
      if (!open || event.index !== contents.length) throw new Error('a part that has not begun');
      if (event.type === 'part-delta') open = { ...open, text: open.text + event.text };
      else {
        const { type: _, index: __, ...end } = event;
        contents.push({ ...open, ...end });
        open = undefined;
      }
    }
  }
  if (open) throw new Error('a part that has not ended');
  return contents;
}
