/** What Anthropic Messages refuses of the blocks of a conversation. */
import { hasOnly, isObject, type Json, list, object } from './json.ts';
import { isAdaptive, isThinking } from './messages-rules.ts';
import type { Asking, Rule } from './rule.ts';
import { isSignedBy } from './signatures.ts';

export const blocksOf = (content: unknown): readonly Json[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);

const fields: Readonly<Record<string, string>> = {
  text: 'type text cache_control citations',
  image: 'type source cache_control transformations',
  document: 'type source cache_control citations context title',
  tool_use: 'type id name input cache_control caller toolset_name',
  tool_result: 'type tool_use_id content is_error cache_control toolset_name',
  thinking: 'type thinking signature',
  redacted_thinking: 'type data',
};

interface Placed {
  readonly block: Json;
  readonly role: unknown;
}

const placed = ({ body }: Asking): readonly Placed[] => [
  ...blocksOf(body.system).map((block) => ({ block, role: 'system' })),
  ...list(body.messages).flatMap(({ role, content }) => blocksOf(content).map((block) => ({ block, role }))),
];
/** Those within tool results too. */
const blocks = (asking: Asking): readonly Json[] =>
  placed(asking).flatMap(({ block }) => [
    block,
    ...(block.type === 'tool_result' && typeof block.content !== 'string' ? list(block.content) : []),
  ]);
const ofType = (asking: Asking, type: string) => blocks(asking).filter((block) => block.type === type);

const roleOf: Readonly<Record<string, string>> = {
  tool_use: 'assistant',
  thinking: 'assistant',
  redacted_thinking: 'assistant',
  tool_result: 'user',
  image: 'user',
  document: 'user',
};

/** Every call of a turn has its result at the beginning of the next message, and no other has. */
function resultsFit({ body }: Asking): boolean {
  let open: readonly unknown[] = [];
  for (const { role, content } of list(body.messages)) {
    const types = blocksOf(content).map(({ type }) => type);
    const ids = blocksOf(content).flatMap((block) =>
      block.type === 'tool_result' ? [block.tool_use_id] : [],
    );
    const isFirst = types.lastIndexOf('tool_result') < ids.length;
    if (!isFirst || ids.length !== open.length || !open.every((id) => ids.includes(id))) return false;
    open =
      role === 'assistant'
        ? blocksOf(content).flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))
        : [];
  }
  return open.length === 0;
}

const startOf: Readonly<Record<string, string>> = {
  'image/png': 'iVBOR',
  'image/jpeg': '/9j/',
  'image/gif': 'R0lG',
  'image/webp': 'UklG',
};

function isImage({ source }: Json): boolean {
  const { type, media_type, data, url } = object(source);
  if (type === 'url') return /^https?:/.test(String(url));
  const start = startOf[String(media_type)];
  return type === 'base64' && start !== undefined && String(data).startsWith(start);
}

function isDocument({ source }: Json): boolean {
  const { type, media_type, data, url } = object(source);
  if (type === 'url') return /^https?:/.test(String(url));
  if (type === 'text') return media_type === 'text/plain' && typeof data === 'string';
  return type === 'base64' && media_type === 'application/pdf' && String(data).startsWith('JVBER');
}

/** With a budget, the turn that goes on after results must begin with thinking. */
function goesOnThoughtfully({ body, model }: Asking): boolean {
  const messages = list(body.messages);
  const goesOn = blocksOf(messages.at(-1)?.content)[0]?.type === 'tool_result';
  if (!goesOn || !isThinking(body) || isAdaptive(model)) return true;
  const [first] = blocksOf(messages.at(-2)?.content);
  return first?.type === 'thinking' || first?.type === 'redacted_thinking';
}

const user = (...content: readonly Json[]) => ({ role: 'user', content });
const assistant = (...content: readonly Json[]) => ({ role: 'assistant', content });
const hello = user({ type: 'text', text: 'Hello' });
const call = { type: 'tool_use', id: 'a', name: 'f', input: {} };
const result = { type: 'tool_result', tool_use_id: 'a', content: 'sunny' };
const thinking = { type: 'thinking', thinking: 'Hm', signature: 'ours' };

export const blockRules: readonly Rule[] = [
  {
    says: 'messages.content: Input tag does not match any of the expected tags',
    source: '[TA] ContentBlockParam',
    holds: (asking) => blocks(asking).every(({ type }) => fields[String(type)] !== undefined),
    broken: { messages: [user({ type: 'input_text', text: 'Hello' })] },
  },
  {
    says: 'messages.content: Extra inputs are not permitted',
    source: '[TA] the types of ContentBlockParam',
    holds: (asking) => blocks(asking).every((block) => hasOnly(block, fields[String(block.type)] ?? '')),
    broken: { messages: [user({ type: 'text', text: 'Hello', index: 1 })] },
  },
  {
    says: 'messages.content: not allowed for this role',
    source: 'facts 5.2; [TA] SystemMessageParam, ToolResultBlockParam',
    holds: (asking) =>
      placed(asking).every(({ block, role }) => role === roleOf[String(block.type)] || block.type === 'text'),
    broken: { messages: [user(thinking)] },
  },
  {
    says: 'messages: all messages must have non-empty content',
    source: 'facts 2 (hermes-agent#43084)',
    holds: ({ body }) => list(body.messages).every(({ content }) => blocksOf(content).length > 0),
    broken: { messages: [user()] },
  },
  {
    says: 'messages: text content blocks must contain non-whitespace text',
    source: 'facts 2',
    holds: (asking) => ofType(asking, 'text').every(({ text }) => String(text).trim() !== ''),
    broken: { messages: [user({ type: 'text', text: ' ' })] },
  },
  {
    says: 'tool_use.id: String should match pattern, and be unique',
    source: 'facts 3.1',
    holds: (asking) => {
      const ids = ofType(asking, 'tool_use').map(({ id }) => String(id));
      return ids.every((id) => /^[a-zA-Z0-9_-]+$/.test(id)) && new Set(ids).size === ids.length;
    },
    broken: {
      messages: [hello, assistant({ ...call, id: 'a:0' }), user({ ...result, tool_use_id: 'a:0' })],
    },
  },
  {
    says: 'tool_use.input: Input should be a valid dictionary',
    source: '[TA] ToolUseBlockParam.input; facts 3.5',
    holds: (asking) => ofType(asking, 'tool_use').every(({ input }) => isObject(input)),
    broken: { messages: [hello, assistant({ ...call, input: '{}' }), user(result)] },
  },
  {
    says: 'tool_use ids were found without tool_result blocks immediately after',
    source: 'facts 3.4 (pydantic-ai#653, kosong#45, agentscope#1894)',
    holds: resultsFit,
    broken: { messages: [hello, assistant(call), user({ type: 'text', text: 'And?' }, result)] },
  },
  {
    says: 'image.source: not an image of its media type, or no URL',
    source: 'facts 4; [TA] Base64ImageSource.media_type',
    holds: (asking) => ofType(asking, 'image').every(isImage),
    broken: {
      messages: [
        user({ type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'iVBORw0' } }),
      ],
    },
  },
  {
    says: 'document.source: not a document of its media type, or no URL',
    source: 'facts 4; [TA] DocumentBlockParam.source',
    holds: (asking) => ofType(asking, 'document').every(isDocument),
    broken: {
      messages: [
        user({ type: 'document', source: { type: 'base64', media_type: 'image/png', data: 'JVBER' } }),
      ],
    },
  },
  {
    says: 'thinking: Invalid `signature` in `thinking` block',
    source: 'facts 5.2 (gajae-code#4247, sub2api#4986)',
    holds: (asking) =>
      ofType(asking, 'thinking').every(({ thinking: text, signature }) =>
        isSignedBy('anthropic', String(text), signature),
      ) && ofType(asking, 'redacted_thinking').every(({ data }) => isSignedBy('anthropic', '', data)),
    broken: { messages: [hello, assistant(thinking, { type: 'text', text: 'Hi' }), hello] },
  },
  {
    says: 'messages: the final block of an assistant message cannot be thinking',
    source: 'facts 5.2',
    holds: ({ body }) =>
      list(body.messages).every(
        ({ role, content }) =>
          role !== 'assistant' || !String(blocksOf(content).at(-1)?.type).endsWith('thinking'),
      ),
    broken: {
      messages: [hello, assistant({ type: 'redacted_thinking', data: 'anthropic-e3b0c442' }), hello],
    },
  },
  {
    says: 'Expected `thinking` or `redacted_thinking`, but found `tool_use`',
    source: 'facts 5.2',
    holds: goesOnThoughtfully,
    broken: {
      thinking: { type: 'enabled', budget_tokens: 1024 },
      messages: [hello, assistant(call), user(result)],
    },
    model: 'claude-haiku-4-5',
  },
];
