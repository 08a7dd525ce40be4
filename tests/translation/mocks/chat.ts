/** A mock of OpenAI Chat Completions, and of DeepSeek's, which thinks there. */
import { messageRules, textOf } from './chat-message-rules.ts';
import { chatRules, isDeepSeek } from './chat-rules.ts';
import { digest, inPieces, type Json, list, object } from './json.ts';
import type { Mock } from './mock.ts';
import type { Asking } from './rule.ts';
import { type Asked, type Scene, usage } from './scene.ts';

/** A data URL as `type digest`. */
export function mediaOfUrl(url: string): string {
  const [, type, data] = /^data:([^;]+);base64,(.*)$/s.exec(url) ?? [];
  return type === undefined ? url : `${type} ${digest(data ?? '')}`;
}

function mediaOf(content: unknown): readonly string[] {
  return list(content).flatMap((part) => {
    if (part.type === 'image_url') return [mediaOfUrl(String(object(part.image_url).url))];
    return part.type === 'file' ? [mediaOfUrl(String(object(part.file).file_data))] : [];
  });
}

function choiceOf({ tool_choice }: Json): Asked['choice'] {
  if (tool_choice === 'none') return 'none';
  return tool_choice === undefined || tool_choice === 'auto' ? 'auto' : 'forced';
}

function read(body: Json, model: string): Asked {
  const messages = list(body.messages);
  const last = messages.findLast(({ role }) => role === 'user')?.content;
  const spoken = messages.findLastIndex(({ role }) => role !== 'tool');
  const stop = typeof body.stop === 'string' ? [body.stop] : body.stop;
  return {
    transcript: messages.map(({ role, content }) => `${role}: ${textOf(content)}`),
    text: textOf(last),
    results: messages.slice(spoken + 1).map(({ content }) => textOf(content)),
    media: mediaOf(last),
    hasTools: list(body.tools).length > 0,
    choice: choiceOf(body),
    isSerial: body.parallel_tool_calls === false,
    thinks: isDeepSeek(model) && body.reasoning_effort !== undefined,
    remembers: messages.some(({ reasoning_content }) => reasoning_content !== undefined),
    wantsSchema: object(body.response_format).type === 'json_schema',
    stops: Array.isArray(stop) ? stop.map(String) : [],
  };
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

const callsOf = ({ calls }: Scene) =>
  calls.map(({ id, name, args }) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  }));

function stream(scene: Scene, { body, model }: Asking): readonly string[] {
  const base = { id: 'chatcmpl-1', created: 1, model, object: 'chat.completion.chunk' };
  const event = (members: object) => `data: ${JSON.stringify({ ...base, ...members })}\n\n`;
  const chunk = (delta: object, finish_reason: string | null = null) =>
    event({ choices: [{ index: 0, delta, finish_reason }] });
  const calls = callsOf(scene);
  return [
    chunk({ role: 'assistant', content: '' }),
    ...inPieces(scene.thought).map((reasoning_content) => chunk({ reasoning_content })),
    ...inPieces(scene.text).map((content) => chunk({ content })),
    ...calls.map((call, index) =>
      chunk({ tool_calls: [{ index, ...call, function: { ...call.function, arguments: '' } }] }),
    ),
    // Interleaved, as some servers send them.
    ...calls.map((call, index) =>
      chunk({ tool_calls: [{ index, function: { arguments: call.function.arguments } }] }),
    ),
    chunk({}, finishOf(scene)),
    ...(object(body.stream_options).include_usage === true ? [event({ choices: [], usage: report })] : []),
    'data: [DONE]\n\n',
  ];
}

function whole(scene: Scene, { model }: Asking): object {
  const calls = callsOf(scene);
  const message = {
    role: 'assistant',
    content: scene.text || null,
    ...(scene.thought && { reasoning_content: scene.thought }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    id: 'chatcmpl-1',
    created: 1,
    model,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finishOf(scene) }],
    usage: report,
  };
}

const failure = (message: string, type: string) => ({ error: { message, type, param: null, code: null } });

export const chat: Mock = {
  rules: [...chatRules, ...messageRules],
  sound: {
    model: 'gpt-4.1',
    messages: [{ role: 'user', content: 'Hello' }],
    tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
  },
  read,
  whole,
  stream,
  count: undefined,
  error: (message) => failure(message, 'invalid_request_error'),
  streamError: (message) => `data: ${JSON.stringify(failure(message, 'server_error'))}\n\n`,
};
