/**
 * What happens to each field of a request of Anthropic's protocol, by target [TA MessageCreateParams and its beta]
 * (section 15).
 */
import type { FateTable, FieldFate } from '../fates.ts';

/** Breakpoints in OpenAI's protocols, nothing in Gemini's (section 6). */
const cacheControl: FateTable = {
  cache_control: { chat: 'mapped', responses: 'mapped', gemini: 'dropped' },
  'cache_control.type': 'mapped',
  'cache_control.ttl': 'mapped',
  // Of a beta: which requests share the cache.
  'cache_control.scope': 'dropped',
};

/** @param known types that the reader reads */
const blockType = (...known: readonly string[]): FieldFate => ({ unless: known, fate: 'refused' });

const source: FateTable = {
  // Of a search result it is a string.
  source: 'mapped',
  'source.type': blockType('base64', 'url', 'text', 'content'),
  'source.media_type': 'mapped',
  'source.data': 'mapped',
  'source.url': 'mapped',
  'source.file_id': 'refused',
  'source.content': 'mapped',
};

const text: FateTable = {
  type: blockType('text'),
  text: 'mapped',
  // Replayed ones are of use to their maker only; of documents and search results they ask for some.
  citations: 'dropped',
  ...cacheControl,
};

/** Texts, images, documents and search results. */
const content: FateTable = {
  ...text,
  type: blockType('text', 'image', 'document', 'search_result'),
  ...source,
  transformations: 'dropped',
  title: 'mapped',
  context: 'dropped',
};

function within(path: string, table: FateTable): FateTable {
  return Object.fromEntries([
    [path, 'mapped'],
    ...Object.entries(table).map(([name, fate]) => [`${path}.${name}`, fate]),
  ]);
}

/** A list, and the table of its items. */
function listed(path: string, table: FateTable): FateTable {
  return { [path]: 'mapped', ...within(`${path}[]`, table) };
}

const searchContent = listed('content', text);
const innerContent: FateTable = {
  ...content,
  ...searchContent,
  ...listed('source.content', { ...text, type: blockType('text', 'image'), ...source }),
};

const message: FateTable = {
  role: 'mapped',
  content: 'mapped',
  // Of a beta: when a system message is forgotten, and what it sets for the rest.
  clear_at: { unless: ['never'], fate: 'dropped' },
  output_config: 'dropped',
  ...within('content[]', {
    ...innerContent,
    type: blockType(
      ...['text', 'image', 'document', 'search_result'],
      ...['thinking', 'redacted_thinking', 'tool_use', 'tool_result'],
    ),
    thinking: 'mapped',
    signature: 'mapped',
    data: 'mapped',
    id: 'mapped',
    name: 'mapped',
    input: 'free',
    ...within('caller', { type: { unless: ['direct'], fate: 'refused' }, tool_id: 'refused' }),
    toolset_name: 'refused',
    tool_use_id: 'mapped',
    is_error: 'mapped',
    ...listed('content', innerContent),
  }),
};

const tool: FateTable = {
  // Others are the provider's own tools, or have no schema.
  type: { unless: ['custom'], fate: 'refused' },
  name: 'mapped',
  description: 'mapped',
  input_schema: 'free',
  strict: { unless: [false], fate: { chat: 'mapped', responses: 'mapped', gemini: 'dropped' } },
  input_examples: 'dropped',
  eager_input_streaming: { unless: [false], fate: 'dropped' },
  allowed_callers: 'mapped',
  'allowed_callers[]': { unless: ['direct'], fate: 'dropped' },
  defer_loading: { unless: [false], fate: 'dropped' },
  ...cacheControl,
};

export const messagesFates: FateTable = {
  model: 'mapped',
  max_tokens: 'mapped',
  stream: 'mapped',
  ...listed('messages', message),
  ...listed('system', text),
  ...listed('tools', tool),
  ...within('tool_choice', {
    type: 'mapped',
    name: 'mapped',
    disable_parallel_tool_use: {
      unless: [false],
      fate: { chat: 'mapped', responses: 'mapped', gemini: 'dropped' },
    },
  }),
  ...within('thinking', {
    type: 'mapped',
    budget_tokens: 'mapped',
    display: { chat: 'dropped', responses: 'mapped', gemini: 'mapped' },
  }),
  ...within('output_config', {
    effort: 'mapped',
    format: 'mapped',
    'format.type': 'mapped',
    'format.schema': 'free',
    task_budget: 'dropped',
  }),
  ...within('output_format', { type: 'mapped', schema: 'free' }),
  // Gone from the types; older models and clients have them.
  temperature: 'mapped',
  top_p: 'mapped',
  top_k: { chat: 'dropped', responses: 'dropped', gemini: 'mapped' },
  stop_sequences: 'mapped',
  'stop_sequences[]': 'mapped',
  ...within('metadata', { user_id: { chat: 'mapped', responses: 'mapped', gemini: 'dropped' } }),
  cache_control: 'dropped',
  service_tier: { unless: ['auto'], fate: 'dropped' },
  speed: { unless: ['standard'], fate: 'dropped' },
  inference_geo: 'refused',
  container: 'refused',
  diagnostics: 'dropped',
  user_profile_id: 'dropped',
  workspace_id: 'dropped',
  // Of the beta.
  betas: 'dropped',
  mcp_servers: 'refused',
  ...within('context_management', { edits: 'mapped' }),
  // Claude Code sends this edit with each request. Other providers forget earlier reasoning by themselves.
  ...within('context_management.edits[]', {
    type: { unless: ['clear_thinking_20251015'], fate: 'refused' },
    keep: 'ignored',
  }),
  compaction: 'refused',
  thread: 'refused',
  billing_policy: 'refused',
  fallbacks: 'dropped',
  fallback_credit_token: 'dropped',
};
