/** Tests of writing chat completion requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type OpenAI from 'openai';
import type { ChannelOptions } from '../../../domain/channel-options.ts';
import type { JsonObject } from '../../protocol.ts';
import { checkFates } from '../fates.ts';
import type { Part, RequestForm, ToolResultPart, Turn } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { chatFates } from './fates.ts';
import { readRequest } from './read-request.ts';
import { chatForms, formOf } from './test-forms.ts';
import { chatUpstream } from './upstream.ts';

type Params = OpenAI.Chat.Completions.ChatCompletionCreateParams;
type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

interface Written {
  readonly body: JsonObject;
  readonly dropped: readonly string[];
}

function write(
  form: RequestForm,
  options: ChannelOptions = {},
  policy: 'strict' | 'lenient' = 'strict',
): Written {
  const losses = new Losses(policy, 'chat');
  const body = chatUpstream.writeRequest(form, 'gpt', losses, options);
  return { body, dropped: losses.dropped };
}

const user = (...parts: Part[]): Turn => ({ role: 'user', parts });
const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts });
const text = (value: string) => ({ kind: 'text' as const, text: value });
const call = (id: string, more: object = {}) => ({
  kind: 'tool-call' as const,
  id,
  name: 'look',
  arguments: '{}',
  ...more,
});
const result = (callId: string, more: Partial<ToolResultPart> = {}): ToolResultPart => ({
  kind: 'tool-result',
  callId,
  name: undefined,
  isError: false,
  parts: [text('seen')],
  ...more,
});
const picture = {
  kind: 'image' as const,
  source: { type: 'base64' as const, mediaType: 'image/png', data: 'AAAA' },
};
const messagesOf = (turns: Turn[], options: ChannelOptions = {}) =>
  write(formOf(turns), options).body.messages;
const written = (id: string) => ({
  id,
  type: 'function' as const,
  function: { name: 'look', arguments: '{}' },
});

test('what is written and read again is the same', () => {
  const options = { signatures_of: ['openai', 'anthropic', 'gemini'], takes_breakpoints: true } as const;
  fc.assert(
    fc.property(chatForms, (form) => {
      const { body, dropped } = write(form, options);
      assert.deepEqual(dropped, []);
      const sent = JSON.parse(JSON.stringify(body));
      assert.deepEqual(readRequest(sent, new Losses('strict', 'responses')), form);
    }),
    { numRuns: 400 },
  );
});

test('every field that is written has a fate that maps it', () => {
  const options = { signatures_of: ['openai', 'anthropic', 'gemini'], takes_breakpoints: true } as const;
  const table = Object.fromEntries(
    Object.entries(chatFates).map(([path, fate]) => [path, fate === 'free' ? fate : ('mapped' as const)]),
  );
  fc.assert(
    fc.property(chatForms, (form) => {
      checkFates(write(form, options).body, table, 'chat', new Losses('strict', 'chat'));
    }),
  );
});

test('a whole request, in the words of the SDK', () => {
  const expected: Params = {
    model: 'gpt',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
    tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' }, strict: false } }],
    tool_choice: { type: 'function', function: { name: 'look' } },
    parallel_tool_calls: false,
    response_format: { type: 'json_schema', json_schema: { name: 'response', schema: { type: 'object' } } },
    reasoning_effort: 'xhigh',
    max_completion_tokens: 10,
    stop: ['x'],
    service_tier: 'default',
    safety_identifier: 'u',
    prompt_cache_key: 'k',
    stream: true,
    stream_options: { include_usage: true },
  };
  const tool = { name: 'look', description: undefined, parameters: { type: 'object' }, strict: false };
  const form = formOf([{ role: 'system', parts: [text('Be brief.')] }, user(text('Hi'))], {
    tools: [tool],
    toolChoice: { kind: 'tool', name: 'look' },
    parallelToolCalls: false,
    output: {
      kind: 'schema',
      name: undefined,
      description: undefined,
      schema: { type: 'object' },
      strict: undefined,
    },
    reasoning: { effort: 'xhigh', budgetTokens: undefined, isShown: undefined },
    maxOutputTokens: 10,
    stop: ['x'],
    serviceTier: 'standard',
    endUser: 'u',
    cacheKey: 'k',
    stream: true,
  });
  assert.deepEqual(write(form), { body: expected, dropped: [] });
});

test('each result is a message of its own, before what else the turn holds', () => {
  const expected: Message[] = [
    { role: 'assistant', content: null, tool_calls: [written('a'), written('b')] },
    { role: 'tool', tool_call_id: 'b', content: 'Error: seen' },
    { role: 'tool', tool_call_id: 'a', content: '' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'From the result of tool call b:' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        { type: 'text', text: 'Next.' },
      ],
    },
  ];
  const results = [
    result('b', { isError: true, parts: [picture, text('seen')] }),
    result('a', { parts: [] }),
  ];
  assert.deepEqual(messagesOf([assistant(call('a'), call('b')), user(text('Next.'), ...results)]), expected);
});

test('a call without a result gets one, whatever follows it', () => {
  const cancelled = (id: string) => ({
    role: 'tool',
    tool_call_id: id,
    content: 'Error: the call was cancelled.',
  });
  const calls = assistant(call('a'), call('b'));
  const said = { role: 'assistant', content: null, tool_calls: [written('a'), written('b')] };
  assert.deepEqual(messagesOf([calls, user(result('b'), text('No.'))]), [
    said,
    { role: 'tool', tool_call_id: 'b', content: 'seen' },
    cancelled('a'),
    { role: 'user', content: 'No.' },
  ]);
  assert.deepEqual(messagesOf([calls]), [said, cancelled('a'), cancelled('b')]);
});

test('ids that OpenAI would refuse are the same in call and result', () => {
  const id = `functions.look:0|${'x'.repeat(90)}`;
  const [said, answered] = messagesOf([assistant(call(id)), user(result(id))]) as [
    { tool_calls: { id: string }[] },
    { tool_call_id: string },
  ];
  assert.match(said.tool_calls[0]?.id ?? '', /^[\w-]{1,64}$/);
  assert.equal(said.tool_calls[0]?.id, answered.tool_call_id);
});

test('instructions in the middle, by what the upstream takes', () => {
  const turns: Turn[] = [
    { role: 'system', parts: [text('A')] },
    { role: 'developer', parts: [text('B')] },
    user(text('Hi')),
    { role: 'system', parts: [text('C')] },
  ];
  const hi = { role: 'user', content: 'Hi' };
  const joined = { role: 'system', content: 'A\n\nB' };
  assert.deepEqual(messagesOf(turns), [
    { role: 'system', content: 'A' },
    { role: 'developer', content: 'B' },
    hi,
    { role: 'developer', content: 'C' },
  ]);
  assert.deepEqual(messagesOf(turns, { system_in_middle: 'system' }), [
    joined,
    hi,
    { role: 'system', content: 'C' },
  ]);
  const demoted = { role: 'user', content: '<system>\nC\n</system>' };
  assert.deepEqual(messagesOf(turns, { system_in_middle: 'user' }), [joined, hi, demoted]);
});

test('reasoning goes back only where it came from', () => {
  const turns = [
    assistant(
      { kind: 'reasoning', text: 'Own.', carried: undefined },
      { kind: 'reasoning', text: 'Signed.', carried: { provider: 'anthropic', blob: 'sig' } },
      text('Hi'),
    ),
  ];
  const hi = { role: 'assistant', content: 'Hi' };
  assert.deepEqual(messagesOf(turns), [{ ...hi, reasoning_content: 'Own.' }]);
  assert.deepEqual(messagesOf(turns, { takes_reasoning: false }), [hi]);
  assert.deepEqual(messagesOf(turns, { takes_reasoning: false, signatures_of: ['anthropic'] }), [
    {
      ...hi,
      reasoning_content: 'Signed.',
      reasoning_details: [
        {
          type: 'reasoning.text',
          text: 'Signed.',
          signature: 'sig',
          format: 'anthropic-claude-v1',
          index: 0,
        },
      ],
    },
  ]);
  const foreign = assistant({ kind: 'reasoning', text: '', carried: { provider: 'anthropic', blob: 'sig' } });
  assert.deepEqual(messagesOf([foreign, user(text('Hi'))]), [{ role: 'user', content: 'Hi' }]);
});

test("a call's thought signature goes to Google's endpoint alone", () => {
  const turns = [assistant(call('a', { carried: { provider: 'gemini', blob: 'sig' } })), user(result('a'))];
  const callOf = (options: ChannelOptions) =>
    (messagesOf(turns, options) as { tool_calls: object[] }[])[0]?.tool_calls[0];
  assert.deepEqual(callOf({}), written('a'));
  assert.deepEqual(callOf({ signatures_of: ['gemini'] }), {
    ...written('a'),
    extra_content: { google: { thought_signature: 'sig' } },
  });
});

test('markers become breakpoints where the upstream takes them, with the nearest longer life', () => {
  const turns = [user({ ...text('Hi'), cache: { ttl: '1h' } })];
  assert.deepEqual(write(formOf(turns)), {
    body: { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }] },
    dropped: ['cache_control'],
  });
  const { body, dropped } = write(formOf(turns), { takes_breakpoints: true });
  const marked = { type: 'text', text: 'Hi', prompt_cache_breakpoint: { mode: 'explicit', ttl: '12h' } };
  assert.deepEqual(body.messages, [{ role: 'user', content: [marked] }]);
  assert.deepEqual(dropped, ['cache_control.ttl']);
});

test('media that it does not have are refused, or left out with a signal', () => {
  const url = { type: 'url' as const, url: 'https://a/b' };
  const sound = { type: 'base64' as const, mediaType: 'audio/flac', data: 'AAAA' };
  const cases: [Part, string][] = [
    [{ kind: 'file', source: url }, 'file'],
    [{ kind: 'audio', source: sound }, 'audio'],
    [{ kind: 'video', source: url }, 'video'],
  ];
  for (const [part, param] of cases) {
    const form = formOf([user(text('Hi'), part)]);
    assert.throws(() => write(form), { code: 'invalid_body', param });
    const { body, dropped } = write(form, {}, 'lenient');
    assert.deepEqual(body.messages, [{ role: 'user', content: 'Hi' }]);
    assert.deepEqual(dropped, [param]);
  }
  assert.throws(() => write(formOf([assistant(text('Hi'), picture)])), { param: 'image' });
});

test('what it has no place for is dropped or refused', () => {
  const turns = [user(text('Hi'))];
  const dropping = formOf(turns, {
    topK: 1,
    metadata: { a: 'b' },
    reasoning: { effort: 'low', budgetTokens: undefined, isShown: true },
  });
  assert.deepEqual(write(dropping).dropped, ['top_k', 'metadata', 'reasoning.summary']);
  const refused: [Partial<RequestForm>, string][] = [
    [{ maxOutputTokens: 0 }, 'max_tokens'],
    [{ serviceTier: 'ultrafast' }, 'service_tier'],
  ];
  for (const [fields, param] of refused) {
    assert.throws(() => write(formOf(turns, fields)), { code: 'invalid_body', param });
  }
});

test('without tools nothing is said of them', () => {
  const form = formOf([user(text('Hi'))], { toolChoice: { kind: 'auto' }, parallelToolCalls: true });
  assert.deepEqual(Object.keys(write(form).body), ['model', 'messages']);
});

test('a budget of reasoning is an effort', () => {
  const effortOf = (budgetTokens: number) =>
    write(formOf([user(text('Hi'))], { reasoning: { effort: undefined, budgetTokens, isShown: undefined } }))
      .body.reasoning_effort;
  assert.deepEqual([0, 1024, 2049, 10_000, -1].map(effortOf), ['none', 'low', 'medium', 'high', undefined]);
});

test('an end user that is long or an address is hashed', () => {
  const userOf = (endUser: string) => write(formOf([user(text('Hi'))], { endUser })).body.safety_identifier;
  assert.equal(userOf('u'), 'u');
  for (const long of ['a@b.c', 'x'.repeat(129)]) assert.match(String(userOf(long)), /^[0-9a-f]{64}$/);
});
