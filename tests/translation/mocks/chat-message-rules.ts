/** What OpenAI Chat Completions refuses of the messages of a conversation. */
import { isDeepSeek } from './chat-rules.ts';
import { hasOnly, isAbsent, isObject, type Json, list, object } from './json.ts';
import type { Asking, Rule } from './rule.ts';

const messagesOf = ({ body }: Asking): readonly Json[] => list(body.messages);

const fields: Readonly<Record<string, string>> = {
  system: 'role content name',
  developer: 'role content name',
  user: 'role content name',
  assistant: 'role content name refusal tool_calls function_call audio',
  tool: 'role content tool_call_id',
  function: 'role content name',
};
const parts: Readonly<Record<string, readonly string[]>> = {
  system: ['text'],
  developer: ['text'],
  user: ['text', 'image_url', 'input_audio', 'file'],
  assistant: ['text', 'refusal'],
  tool: ['text'],
};

/** DeepSeek's `reasoning_content` is a field of its own; others' servers refuse what they do not know. */
function hasKnownFields(message: Json, model: string): boolean {
  const more = isDeepSeek(model) ? ' reasoning_content' : '';
  // What the API itself responded may be sent back.
  const own = message.role === 'assistant' ? ' annotations' : '';
  return hasOnly(message, (fields[String(message.role)] ?? '') + more + own);
}

function resultsFit(messages: readonly Json[]): boolean {
  const open = new Set<unknown>();
  for (const { role, tool_calls, tool_call_id } of messages) {
    if (role === 'tool' ? !open.delete(tool_call_id) : open.size > 0) return false;
    for (const { id } of list(tool_calls)) open.add(id);
  }
  return open.size === 0;
}

function isCall({ id, type, function: called, ...rest }: Json): boolean {
  const { name, arguments: args } = object(called);
  return (
    type === 'function' &&
    typeof id === 'string' &&
    typeof name === 'string' &&
    typeof args === 'string' &&
    // Whether Google's place for signatures is refused is not known.
    hasOnly(rest, 'index extra_content')
  );
}

const callsOf = (asking: Asking) => messagesOf(asking).flatMap(({ tool_calls }) => list(tool_calls));
const partsOf = (asking: Asking, type: string) =>
  messagesOf(asking).flatMap(({ content }) => list(content).filter((part) => part.type === type));

function isImage({ image_url }: Json): boolean {
  const { url } = object(image_url);
  return isObject(image_url) && /^(?:https?:|data:image\/(?:png|jpeg|gif|webp);base64,)/.test(String(url));
}

function isFile({ file }: Json): boolean {
  const { file_data, filename } = object(file);
  return typeof filename === 'string' && String(file_data).startsWith('data:application/pdf;base64,JVBER');
}

function saysSomething({ role, content, tool_calls, refusal }: Json): boolean {
  if (role === 'assistant' && (list(tool_calls).length > 0 || refusal)) return true;
  return Array.isArray(content) ? content.length > 0 : typeof content === 'string';
}

/** DeepSeek wants its reasoning back within a loop of tools. */
function returnsReasoning(messages: readonly Json[]): boolean {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  return messages
    .slice(lastUser + 1)
    .every(({ tool_calls, reasoning_content }) => list(tool_calls).length === 0 || !!reasoning_content);
}

const hello = { role: 'user', content: 'Hello' };
const callWith = (members: object) => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' }, ...members }],
});
const result = { role: 'tool', tool_call_id: 'a', content: 'sunny' };
const userWith = (part: object) => [{ role: 'user', content: [part] }];

export const messageRules: readonly Rule[] = [
  {
    says: "messages: expected one of 'system', 'assistant', 'user', 'function', 'tool' and 'developer'",
    source: '[TO] ChatCompletionMessageParam',
    holds: (asking) => messagesOf(asking).every(({ role }) => fields[String(role)] !== undefined),
    broken: { messages: [{ role: 'model', content: 'Hello' }] },
  },
  {
    says: 'messages: array too short',
    source: '[TO] ChatCompletionCreateParamsBase.messages',
    holds: (asking) => messagesOf(asking).length > 0,
    broken: { messages: [] },
  },
  {
    says: 'messages: unknown parameter',
    source: '[TO] the types of ChatCompletionMessageParam; DeepSeek: reasoning_content (facts 5.2)',
    holds: (asking) => messagesOf(asking).every((message) => hasKnownFields(message, asking.model)),
    broken: { messages: [{ ...hello, reasoning_details: [] }] },
  },
  {
    says: 'messages.content: expected a string or a list of parts',
    source: 'facts 2; [TO] ChatCompletionAssistantMessageParam.content',
    holds: (asking) => messagesOf(asking).every(saysSomething),
    broken: { messages: [{ role: 'assistant', content: null }] },
  },
  {
    says: 'messages.content.type: not for this role',
    source: 'facts 3.4; [TO] ChatCompletionContentPart, ChatCompletionToolMessageParam.content',
    holds: (asking) =>
      messagesOf(asking).every(({ role, content }) =>
        list(content).every(({ type }) => parts[String(role)]?.includes(String(type))),
      ),
    broken: { messages: userWith({ type: 'input_text', text: 'Hello' }) },
  },
  {
    says: "messages: messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
    source: 'facts 3.4',
    holds: (asking) => resultsFit(messagesOf(asking)),
    broken: { messages: [hello, callWith({}), hello] },
  },
  {
    says: 'messages.tool_calls: missing members, or arguments that are no string',
    source: '[TO] ChatCompletionMessageFunctionToolCall; facts 3.5',
    holds: (asking) => callsOf(asking).every(isCall),
    broken: { messages: [hello, callWith({ function: { name: 'f', arguments: {} } }), result] },
  },
  {
    says: 'messages.tool_calls.id: string too long, at most 64',
    source: 'facts 3.1 (experiential#801, litellm#21114)',
    holds: (asking) => callsOf(asking).every(({ id }) => String(id).length <= 64),
    broken: {
      messages: [hello, callWith({ id: 'a'.repeat(65) }), { ...result, tool_call_id: 'a'.repeat(65) }],
    },
  },
  {
    says: 'messages.content.image_url: no URL, or not of a supported format',
    source: 'facts 4; [TO] ChatCompletionContentPartImage',
    holds: (asking) => partsOf(asking, 'image_url').every(isImage),
    broken: { messages: userWith({ type: 'image_url', image_url: 'https://a.example/b.png' }) },
  },
  {
    says: 'messages.content.file: no PDF with a name',
    source: 'facts 4; [TO] ChatCompletionContentPart.File',
    holds: (asking) => partsOf(asking, 'file').every(isFile),
    broken: { messages: userWith({ type: 'file', file: { file_data: 'JVBER' } }) },
  },
  {
    says: 'The `reasoning_content` in the thinking mode must be passed back to the API.',
    source: 'facts 5.2 (openagent#2206)',
    holds: (asking) => !isDeepSeek(asking.model) || returnsReasoning(messagesOf(asking)),
    broken: { messages: [hello, callWith({}), result] },
    model: 'deepseek-reasoner',
  },
];

/** A text, or the texts among the parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map(({ text }) => (isAbsent(text) ? '' : String(text)))
    .join('');
}
