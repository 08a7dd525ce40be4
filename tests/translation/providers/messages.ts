/** A mock of Anthropic Messages, which refuses what Anthropic refuses (API reference, messages; facts 2 and 3). */
import { type Json, list, must, onlyFields, type Scene, sceneFor, usage } from './scene.ts';

const fields = [
  ...[
    'model',
    'messages',
    'max_tokens',
    'system',
    'stream',
    'tools',
    'tool_choice',
    'temperature',
    'top_p',
    'top_k',
  ],
  ...['stop_sequences', 'metadata', 'thinking', 'output_config', 'service_tier', 'cache_control'],
];
const idPattern = /^[a-zA-Z0-9_-]+$/;

const blocksOf = (content: unknown): readonly Json[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);

function checkBlocks(role: unknown, blocks: readonly Json[], open: Set<unknown>): void {
  let isPastResults = false;
  for (const block of blocks) {
    if (block.type === 'text')
      must(String(block.text).trim() !== '', 'text content blocks must be non-empty');
    if (block.type === 'tool_use') {
      must(idPattern.test(String(block.id)), `tool_use.id ${block.id}`);
      must(
        typeof block.input === 'object' && !Array.isArray(block.input),
        'tool_use.input must be an object',
      );
      open.add(block.id);
    }
    if (block.type === 'tool_result') {
      must(role === 'user' && !isPastResults, 'tool_result blocks must come first in the user message');
      must(open.delete(block.tool_use_id), `unexpected tool_use_id ${block.tool_use_id}`);
    } else isPastResults = true;
  }
}

function readMessages(body: Json): Scene {
  onlyFields(body, fields);
  must(Number.isInteger(body.max_tokens), 'max_tokens: Field required');
  const open = new Set<unknown>();
  const messages = list(body.messages);
  must(messages[0]?.role === 'user', 'the first message must be from the user');
  must(messages.at(-1)?.role === 'user', 'this model does not support assistant message prefill');
  for (const { role, content } of messages) {
    must(role === 'user' || role === 'assistant' || role === 'system', `role ${role}`);
    const blocks = blocksOf(content);
    must(blocks.length > 0, 'all messages must have non-empty content');
    const wasOpen = open.size > 0 && role === 'user';
    checkBlocks(role, blocks, open);
    must(!wasOpen || open.size === 0, 'tool_use ids were found without tool_result blocks immediately after');
  }
  for (const tool of list(body.tools))
    must((tool.input_schema as Json)?.type === 'object', 'input_schema.type');
  const blocks = blocksOf(messages.at(-1)?.content);
  const results = blocks.filter(({ type }) => type === 'tool_result');
  const textOf = (parts: readonly Json[]) => parts.map((part) => part.text ?? `[${part.type}]`).join('');
  const text =
    results.length > 0
      ? `result:${results.map(({ content }) => textOf(blocksOf(content))).join(',')}`
      : textOf(blocks);
  return sceneFor(text, list(body.tools).length > 0);
}

function reasonOf({ calls, ending }: Scene): string {
  if (calls.length > 0) return 'tool_use';
  return { stop: 'end_turn', length: 'max_tokens', refusal: 'refusal' }[ending];
}

const report = {
  input_tokens: usage.input - usage.cached,
  cache_read_input_tokens: usage.cached,
  cache_creation_input_tokens: 0,
  output_tokens: usage.output,
};

export function messagesResponse(body: Json): object | string[] {
  const scene = readMessages(body);
  const base = { id: 'msg_1', type: 'message', role: 'assistant', model: body.model };
  const calls = scene.calls.map(({ id, name, args }) => ({
    type: 'tool_use',
    id: `toolu_${id}`,
    name,
    input: args,
  }));
  const content = [...(scene.text ? [{ type: 'text', text: scene.text }] : []), ...calls];
  const end = { stop_reason: reasonOf(scene), stop_sequence: null };
  if (body.stream !== true) return { ...base, content, ...end, usage: report };
  const event = (type: string, more: object = {}) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const blocks = content.flatMap((block, index) => {
    const isText = block.type === 'text';
    const empty = isText ? { type: 'text', text: '' } : { ...block, input: {} };
    const whole = isText ? scene.text : JSON.stringify((block as Json).input);
    const deltas = (whole.match(/.{1,6}/gs) ?? []).map((piece) =>
      event('content_block_delta', {
        index,
        delta: isText
          ? { type: 'text_delta', text: piece }
          : { type: 'input_json_delta', partial_json: piece },
      }),
    );
    return [
      event('content_block_start', { index, content_block: empty }),
      ...deltas,
      event('content_block_stop', { index }),
    ];
  });
  return [
    event('message_start', {
      message: {
        ...base,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { ...report, output_tokens: 1 },
      },
    }),
    event('ping'),
    ...blocks,
    event('message_delta', { delta: end, usage: { output_tokens: usage.output } }),
    event('message_stop'),
  ];
}
