import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import type { TranslationPolicy } from '../../../domain/channel-options.ts';
import { HalleyError } from '../../../platform/errors.ts';
import type { JsonObject } from '../../protocol.ts';
import { checkFates, type FateTable } from '../fates.ts';
import type { FormName } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { responsesFates } from './fates.ts';

const package_ = import.meta.resolve('openai');
const declarations = ['responses/responses.d.ts', 'shared.d.ts']
  .map((file) => readFileSync(new URL(`resources/${file}`, package_), 'utf8'))
  .join('\n')
  .replaceAll(/\/\*\*[\s\S]*?\*\//g, '');

/** The members of an interface of the SDK, without those of the objects within. */
function membersOf(name: string): string[] {
  const found = new RegExp(`interface ${name} (?:extends \\w+ )?\\{`).exec(declarations);
  assert.ok(found, name);
  const members: string[] = [];
  let depth = 1;
  for (const line of declarations.slice(found.index + found[0].length).split('\n')) {
    const member = /^\s*(\w+)\??:/.exec(line)?.[1];
    if (depth === 1 && member !== undefined) members.push(member);
    depth += line.split('{').length - line.split('}').length;
    if (depth <= 0) return members;
  }
  throw new Error(`${name} has no end`);
}

/** Every type behind a union of the SDK's. */
function unionOf(name: string): string[] {
  const found = new RegExp(`export type ${name} = ([^;]+);`).exec(declarations);
  assert.ok(found?.[1], name);
  return found[1].split('|').map((type) => type.trim().split('.').at(-1) ?? '');
}

/** Where the types of the SDK stand in a request. */
const places: readonly (readonly [path: string, types: readonly string[]])[] = [
  ['', ['ResponseCreateParamsBase']],
  ['text.', ['ResponseTextConfig']],
  ['text.format.', ['ResponseFormatTextJSONSchemaConfig']],
  ['reasoning.', ['Reasoning']],
  ['tools[].', unionOf('Tool')],
  ['input[].tools[].', unionOf('Tool')],
  ['input[].', unionOf('ResponseInputItem')],
  [
    'input[].content[].',
    [
      'ResponseInputText',
      'ResponseInputImage',
      'ResponseInputFile',
      'ResponseOutputText',
      'ResponseOutputRefusal',
    ],
  ],
  [
    'input[].output[].',
    ['ResponseInputTextContent', 'ResponseInputImageContent', 'ResponseInputFileContent'],
  ],
  ['tool_choice.', ['ToolChoiceAllowed', 'ToolChoiceFunction', 'ToolChoiceMcp']],
  ['moderation.', ['Moderation']],
  ['stream_options.', ['StreamOptions']],
];

const pathsOfSdk = () =>
  places.flatMap(([path, types]) => types.flatMap((type) => membersOf(type).map((member) => path + member)));

/** Members of types with the same name that stand elsewhere: `Response.Moderation`. */
const elsewhere: ReadonlySet<string> = new Set(['moderation.input', 'moderation.output']);

function missingIn(table: FateTable): string[] {
  return [...new Set(pathsOfSdk())].filter((path) => !Object.hasOwn(table, path) && !elsewhere.has(path));
}

function check(body: JsonObject, target: FormName, policy: TranslationPolicy = 'strict'): readonly string[] {
  const losses = new Losses(policy, target);
  checkFates(body, responsesFates, target, losses);
  return losses.dropped;
}

const refuses = (
  body: JsonObject,
  param: string,
  targets: readonly FormName[] = ['chat', 'messages', 'gemini'],
) => {
  for (const target of nonEmpty(targets))
    assert.throws(
      () => check(body, target),
      (error: unknown) => error instanceof HalleyError && error.param === param,
      `${param} towards ${target}`,
    );
};

describe('fates of Responses requests', () => {
  it('every field of the SDK has one, on every level', () => {
    assert.ok(pathsOfSdk().length > 150);
    assert.deepEqual(missingIn(responsesFates), []);
  });

  it('the check of that fails when an entry is missing', () => {
    for (const path of ['truncation', 'input[].phase', 'tools[].strict']) {
      const { [path]: _, ...rest } = responsesFates;
      assert.deepEqual(missingIn(rest), [path]);
    }
  });

  it('state at one account of the provider is refused', () => {
    refuses({ previous_response_id: 'resp_1' }, 'previous_response_id');
    refuses({ conversation: { id: 'conv_1' } }, 'conversation');
    refuses({ background: true }, 'background');
    refuses({ prompt: { id: 'pmpt_1' } }, 'prompt');
    refuses({ context_management: [{ type: 'compaction' }] }, 'context_management');
    refuses({ truncation: 'auto' }, 'truncation');
    refuses({ input: [{ content: [{ file_id: 'file-1' }] }] }, 'input[].content[].file_id');
    refuses(
      { input: [{ content: [{ file_url: 'https://a.example/b.pdf' }] }] },
      'input[].content[].file_url',
      ['chat'],
    );
  });

  it('values that say nothing are no loss', () => {
    const body = {
      background: false,
      truncation: 'disabled',
      store: false,
      top_logprobs: 0,
      service_tier: 'auto',
      reasoning: { mode: 'standard', context: 'auto' },
      tools: [{ async: false, defer_loading: false }],
    };
    for (const target of ['chat', 'messages', 'gemini'] as const) assert.deepEqual(check(body, target), []);
  });

  it('what only tunes is dropped with a signal', () => {
    assert.deepEqual(check({ store: true, max_tool_calls: 3, image: {} }, 'chat'), [
      'store',
      'max_tool_calls',
      'image',
    ]);
    assert.deepEqual(check({ metadata: { a: 'b' }, user: 'u', prompt_cache_key: 'k' }, 'messages'), [
      'metadata',
      'prompt_cache_key',
    ]);
    assert.deepEqual(check({ text: { verbosity: 'low' } }, 'gemini'), ['text.verbosity']);
    assert.deepEqual(check({ input: [{ role: 'assistant', phase: 'commentary' }] }, 'messages'), [
      'input[].phase',
    ]);
  });

  it('moderation that only scores is dropped, that blocks is refused', () => {
    assert.deepEqual(check({ moderation: { model: 'm', policy: { input: { mode: 'score' } } } }, 'chat'), [
      'moderation.model',
    ]);
    refuses({ moderation: { policy: { output: { mode: 'block' } } } }, 'moderation.policy.output.mode');
  });

  it('filling the cache alone is possible over Anthropic only', () => {
    refuses({ prompt_cache_options: { prewarm: true } }, 'prompt_cache_options.prewarm', ['chat', 'gemini']);
    refuses({ generate: false }, 'generate', ['chat', 'gemini']);
    assert.deepEqual(check({ prompt_cache_options: { prewarm: true }, generate: false }, 'messages'), []);
  });

  it('a request of Codex loses nothing', () => {
    const body: JsonObject = {
      model: 'gpt-5.3-codex',
      instructions: 'You are Codex.',
      input: [
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'a' }] },
        {
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: 's' }],
          content: null,
          encrypted_content: 'e',
        },
        { type: 'function_call', name: 'shell', arguments: '{}', call_id: 'c' },
        { type: 'function_call_output', call_id: 'c', output: 'o' },
      ],
      tools: [
        { type: 'function', name: 'shell', description: 'd', strict: false, parameters: { type: 'object' } },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      reasoning: { effort: 'high', summary: 'auto' },
      store: false,
      stream: true,
      include: ['reasoning.encrypted_content'],
      client_metadata: { a: 'b' },
    };
    assert.deepEqual(check(body, 'messages'), []);
    assert.deepEqual(check({ ...body, prompt_cache_key: 'k', text: { verbosity: 'low' } }, 'chat'), [
      'reasoning.summary',
    ]);
  });
});
