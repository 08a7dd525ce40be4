/** A mock of OpenAI Chat Completions, which refuses what OpenAI refuses (API reference, chat; facts 2 and 3). */
import { type Json, list, must, onlyFields, type Scene, sceneFor, usage } from './scene.ts';

const fields = [
  ...[
    'model',
    'messages',
    'stream',
    'stream_options',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'temperature',
  ],
  ...[
    'top_p',
    'max_completion_tokens',
    'stop',
    'n',
    'seed',
    'response_format',
    'reasoning_effort',
    'metadata',
    'store',
  ],
  ...['safety_identifier', 'service_tier', 'verbosity', 'presence_penalty', 'frequency_penalty', 'logprobs'],
  ...['top_logprobs', 'prompt_cache_key'],
];

function textOf(content: unknown): string {
  return typeof content === 'string'
    ? content
    : list(content)
        .map((part) => part.text ?? `[${part.type}]`)
        .join('');
}

function readChat(body: Json): Scene {
  onlyFields(body, fields);
  const open = new Set<unknown>();
  for (const message of list(body.messages)) {
    const { role, content, tool_calls, tool_call_id } = message;
    must(['system', 'developer', 'user', 'assistant', 'tool'].includes(String(role)), `unknown role ${role}`);
    if (role === 'tool') must(open.delete(tool_call_id), `no call ${tool_call_id}`);
    else must(open.size === 0, 'an assistant message with tool_calls must be followed by tool messages');
    for (const call of list(tool_calls)) open.add(call.id);
    must(role !== 'user' || (content !== '' && content !== null), 'empty content');
  }
  must(open.size === 0, 'missing tool results');
  for (const tool of list(body.tools))
    must((tool.function as Json)?.name !== undefined, 'a tool without a function');
  const last = list(body.messages).at(-1) ?? {};
  const results = list(body.messages)
    .slice(-2)
    .filter(({ role }) => role === 'tool');
  const text =
    results.length > 0
      ? `result:${results.map(({ content }) => textOf(content)).join(',')}`
      : textOf(last.content);
  return sceneFor(text, list(body.tools).length > 0);
}

const report = {
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: usage.cached },
};

function finishOf({ calls, ending }: Scene): string {
  if (calls.length > 0) return 'tool_calls';
  return ending === 'refusal' ? 'content_filter' : ending;
}

export function chatResponse(body: Json): object | string[] {
  const scene = readChat(body);
  const id = 'chatcmpl-1';
  const base = { id, created: 1, model: body.model };
  const calls = scene.calls.map(({ id, name, args }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));
  if (body.stream !== true) {
    const message = {
      role: 'assistant',
      content: scene.text || null,
      ...(calls.length > 0 && { tool_calls: calls }),
    };
    return {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: finishOf(scene) }],
      usage: report,
    };
  }
  const chunk = (delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const pieces = scene.text.match(/.{1,6}/gs) ?? [];
  const options = body.stream_options as Json | undefined;
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces.map((content) => chunk({ content })),
    ...calls.map((call, index) =>
      chunk({ tool_calls: [{ index, ...call, function: { ...call.function, arguments: '' } }] }),
    ),
    // Interleaved, as some servers send them.
    ...calls.map((call, index) =>
      chunk({ tool_calls: [{ index, function: { arguments: call.function.arguments } }] }),
    ),
    chunk({}, finishOf(scene)),
    ...(options?.include_usage === true
      ? [`data: ${JSON.stringify({ ...base, choices: [], usage: report })}\n\n`]
      : []),
    'data: [DONE]\n\n',
  ];
}
