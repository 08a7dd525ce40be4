import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { TranslationPolicy } from '../../../domain/channel-options.ts';
import type { JsonObject } from '../../protocol.ts';
import { checkFates } from '../fates.ts';
import type { FormName } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { messagesFates } from './fates.ts';

const sdk = new URL('../../../../node_modules/@anthropic-ai/sdk/resources/', import.meta.url);

/** The names of an interface's own members, at the first depth. */
function membersOf(file: string, name: string): readonly string[] {
  const text = readFileSync(new URL(file, sdk), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const [, body] = new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(text) ?? [];
  assert.ok(body, name);
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, member]) => member ?? '');
}

const paths: readonly (readonly [file: string, name: string, prefix: string])[] = [
  ['messages/messages.d.ts', 'MessageCreateParamsBase', ''],
  ['beta/messages/messages.d.ts', 'MessageCreateParamsBase', ''],
  ['messages/messages.d.ts', 'Tool', 'tools[].'],
  ['messages/messages.d.ts', 'ToolChoiceTool', 'tool_choice.'],
  ['messages/messages.d.ts', 'OutputConfig', 'output_config.'],
  ['messages/messages.d.ts', 'JSONOutputFormat', 'output_config.format.'],
  ['messages/messages.d.ts', 'ThinkingConfigEnabled', 'thinking.'],
  ['messages/messages.d.ts', 'Metadata', 'metadata.'],
  ['messages/messages.d.ts', 'CacheControlEphemeral', 'system[].cache_control.'],
  ['messages/messages.d.ts', 'UserMessageParam', 'messages[].'],
  ['beta/messages/messages.d.ts', 'BetaSystemMessageParam', 'messages[].'],
  ...[
    'Text',
    'Image',
    'Document',
    'SearchResult',
    'Thinking',
    'RedactedThinking',
    'ToolUse',
    'ToolResult',
  ].map((kind) => ['messages/messages.d.ts', `${kind}BlockParam`, 'messages[].content[].'] as const),
  ['messages/messages.d.ts', 'Base64ImageSource', 'messages[].content[].source.'],
  ['messages/messages.d.ts', 'FileImageSource', 'messages[].content[].content[].source.'],
];

function check(body: JsonObject, target: FormName, policy: TranslationPolicy = 'strict'): readonly string[] {
  const losses = new Losses(policy, target);
  checkFates(body, messagesFates, target, losses);
  return losses.dropped;
}

const targets = ['chat', 'responses', 'gemini'] as const;

/** What Claude Code 2.1 sends, shortened. */
const claudeCode = {
  model: 'm',
  max_tokens: 32_000,
  stream: true,
  system: [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.177; cch=36ee5;' },
    { type: 'text', text: 'You are Claude Code.', cache_control: { type: 'ephemeral', ttl: '1h' } },
  ],
  tools: [
    {
      name: 'Read',
      description: 'Reads a file.',
      input_schema: { type: 'object', properties: { offset: { type: 'integer', exclusiveMinimum: 0 } } },
      eager_input_streaming: false,
    },
  ],
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
    { role: 'system', content: 'The tool list has changed.' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: '', signature: 'c2ln' },
        { type: 'tool_use', id: 'toolu_1', name: 'Read', input: { type: 'x' }, caller: { type: 'direct' } },
      ],
    },
    {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'ok' }] }],
    },
  ],
  thinking: { type: 'adaptive' },
  output_config: { effort: 'high' },
  metadata: { user_id: 'user_1' },
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
};

describe('fates of requests of Anthropic clients', () => {
  for (const [file, name, prefix] of paths) {
    it(`has an entry for each member of ${name} at "${prefix}"`, () => {
      const missing = membersOf(file, name)
        .map((member) => prefix + member)
        .filter((path) => !Object.hasOwn(messagesFates, path));
      assert.deepEqual(missing, []);
    });
  }

  it('has an entry for each list and object on the way to an entry', () => {
    const parents = Object.keys(messagesFates).flatMap((path) => {
      const cut = path.endsWith('[]') ? path.length - 2 : path.lastIndexOf('.');
      return cut === -1 ? [] : [path.slice(0, cut)];
    });
    assert.deepEqual(
      parents.filter((path) => !Object.hasOwn(messagesFates, path)),
      [],
    );
  });

  it('lets requests of Claude Code through to all other protocols', () => {
    assert.deepEqual(check(claudeCode, 'chat'), []);
    assert.deepEqual(check(claudeCode, 'responses'), []);
    assert.deepEqual(check(claudeCode, 'gemini'), [
      'system[].cache_control',
      'messages[].content[].cache_control',
      'metadata.user_id',
    ]);
  });

  const refused: readonly (readonly [string, JsonObject])[] = [
    ['tools[].type', { tools: [{ type: 'bash_20250124', name: 'bash' }] }],
    ['tools[].type', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
    ['messages[].content[].type', { messages: [{ role: 'user', content: [{ type: 'container_upload' }] }] }],
    [
      'messages[].content[].source.file_id',
      { messages: [{ content: [{ type: 'image', source: { type: 'url', file_id: 'f' } }] }] },
    ],
    [
      'messages[].content[].content[].type',
      { messages: [{ content: [{ type: 'tool_result', content: [{ type: 'tool_reference' }] }] }] },
    ],
    ['container', { container: 'c' }],
    ['inference_geo', { inference_geo: 'us' }],
    ['mcp_servers', { mcp_servers: [] }],
    ['context_management.edits[].type', { context_management: { edits: [{ type: 'clear_tool_uses_x' }] } }],
    ['unheard_of', { unheard_of: 1 }],
  ];
  for (const [param, body] of refused) {
    it(`refuses ${JSON.stringify(body)}, and drops it with a signal where the policy is lenient`, () => {
      for (const target of targets) {
        assert.throws(() => check(body, target), { code: 'invalid_body', param });
        assert.ok(check(body, target, 'lenient').includes(param));
      }
    });
  }

  it('gives no signal for values that say nothing', () => {
    const body = {
      service_tier: 'auto',
      speed: 'standard',
      container: null,
      inference_geo: null,
      tools: [{ type: 'custom', name: 'a', input_schema: { anything: 1 }, strict: false }],
      tool_choice: { type: 'auto', disable_parallel_tool_use: false },
    };
    for (const target of targets) assert.deepEqual(check(body, target), []);
  });

  it('signals what only tunes', () => {
    const body = { top_k: 4, service_tier: 'standard_only', speed: 'fast', diagnostics: {} };
    assert.deepEqual(check(body, 'chat'), ['top_k', 'service_tier', 'speed', 'diagnostics']);
    assert.deepEqual(check(body, 'gemini'), ['service_tier', 'speed', 'diagnostics']);
  });
});
