/** Tests that every field of a chat completion request has a fate. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type OpenAI from 'openai';
import { nonEmpty } from '../../../../tests/support/non-empty.ts';
import { checkFates, type FateTable } from '../fates.ts';
import type { FormName } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { chatFates } from './fates.ts';

type Params = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming;

const types = readFileSync(
  fileURLToPath(
    new URL('completions.d.ts', import.meta.resolve('openai/resources/chat/completions/completions')),
  ),
  'utf8',
);

/** The members of a top-level interface, which stand one indent within it. */
function fieldsOf(name: string): readonly string[] {
  const [, rest = ''] = types.split(`export interface ${name} {\n`);
  const [body = ''] = rest.split('\n}');
  return [...body.matchAll(/^ {4}(\w+)\??:/gm)].map(([, field = '']) => field);
}

function missingFrom(table: FateTable, prefix: string, name: string): readonly string[] {
  return fieldsOf(name).filter((field) => !Object.hasOwn(table, prefix + field));
}

test('every top-level field of the SDK has an entry', () => {
  assert.ok(fieldsOf('ChatCompletionCreateParamsBase').length >= 35);
  assert.deepEqual(missingFrom(chatFates, '', 'ChatCompletionCreateParamsBase'), []);
});

test('a table without the entry of a field is noticed', () => {
  const { seed, ...table } = chatFates;
  assert.ok(seed);
  assert.deepEqual(missingFrom(table, '', 'ChatCompletionCreateParamsBase'), ['seed']);
});

test('every field of messages, parts and tools has an entry', () => {
  const interfaces = {
    'messages[].': ['Developer', 'System', 'User', 'Assistant', 'Tool', 'Function'].map(
      (role) => `ChatCompletion${role}MessageParam`,
    ),
    'messages[].content[].': ['Text', 'Image', 'InputAudio', 'Refusal'].map(
      (part) => `ChatCompletionContentPart${part}`,
    ),
    'messages[].tool_calls[].': [
      'ChatCompletionMessageFunctionToolCall',
      'ChatCompletionMessageCustomToolCall',
    ],
    'tools[].': ['ChatCompletionFunctionTool', 'ChatCompletionCustomTool'],
    'tool_choice.': [
      'ChatCompletionNamedToolChoice',
      'ChatCompletionNamedToolChoiceCustom',
      'ChatCompletionAllowedToolChoice',
    ],
    'tool_choice.allowed_tools.': ['ChatCompletionAllowedTools'],
    'stream_options.': ['ChatCompletionStreamOptions'],
  };
  for (const [prefix, names] of Object.entries(interfaces)) {
    for (const name of nonEmpty(names)) {
      assert.notEqual(fieldsOf(name).length, 0, name);
      assert.deepEqual(missingFrom(chatFates, prefix, name), [], name);
    }
  }
});

function droppedTo(target: FormName, fields: Partial<Params>): readonly string[] {
  const losses = new Losses('strict', target);
  const body: Params = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields };
  checkFates({ ...body }, chatFates, target, losses);
  return losses.dropped;
}

const targets = ['responses', 'messages', 'gemini'] as const;

test('values that say nothing pass without a signal', () => {
  const plain: Partial<Params> = {
    n: 1,
    logprobs: false,
    store: false,
    parallel_tool_calls: true,
    modalities: ['text'],
    presence_penalty: 0,
    service_tier: 'auto',
    logit_bias: null,
    stop: null,
  };
  for (const target of targets) assert.deepEqual(droppedTo(target, plain), []);
});

test('what only tunes is dropped with a signal where the target lacks it', () => {
  const tuning: Partial<Params> = {
    seed: 1,
    verbosity: 'low',
    user: 'u',
    metadata: { a: 'b' },
    logit_bias: { '1': 2 },
    parallel_tool_calls: false,
  };
  assert.deepEqual(droppedTo('responses', tuning), ['seed', 'logit_bias']);
  assert.deepEqual(droppedTo('messages', tuning), ['seed', 'verbosity', 'metadata', 'logit_bias']);
  const toGemini = ['verbosity', 'user', 'metadata', 'logit_bias', 'parallel_tool_calls'];
  assert.deepEqual(droppedTo('gemini', tuning), toGemini);
});

test('what changes the meaning is refused by name', () => {
  const meaning: Partial<Params>[] = [
    { modalities: ['text', 'audio'] },
    { audio: { format: 'mp3', voice: 'ash' } },
    { web_search_options: {} },
    { tools: [{ type: 'custom', custom: { name: 'x' } }] },
    { moderation: { model: 'm', policy: { input: { mode: 'block' } } } },
    { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
  ];
  for (const fields of meaning) {
    for (const target of targets) {
      assert.throws(() => droppedTo(target, fields), { code: 'invalid_body' }, JSON.stringify(fields));
    }
  }
});

test('sounds go to Gemini alone, the detail of an image not to Anthropic', () => {
  const sound: Partial<Params> = {
    messages: [
      { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA==', format: 'mp3' } }] },
    ],
  };
  assert.deepEqual(droppedTo('gemini', sound), []);
  for (const target of ['responses', 'messages'] as const) {
    assert.throws(() => droppedTo(target, sound), { param: 'messages[].content[].input_audio' });
  }
  const image_url = { url: 'https://a/b', detail: 'high' } as const;
  const picture: Partial<Params> = {
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url }] }],
  };
  assert.deepEqual(droppedTo('messages', picture), ['messages[].content[].image_url.detail']);
  assert.deepEqual(droppedTo('gemini', picture), []);
});

test('a message that a client echoes with all members of the SDK passes', () => {
  const echoed = {
    role: 'assistant',
    content: null,
    refusal: null,
    annotations: [],
    audio: null,
    function_call: null,
    reasoning_content: 'Hm.',
    reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', anything: 1 }],
    tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
  };
  const losses = new Losses('strict', 'messages');
  checkFates({ model: 'm', messages: [echoed] }, chatFates, 'messages', losses);
  assert.deepEqual(losses.dropped, []);
});
