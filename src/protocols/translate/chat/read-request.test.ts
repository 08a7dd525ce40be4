/** Tests of reading chat completion requests. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../protocol.ts';
import type { RequestForm } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { readRequest, usesFunctions } from './read-request.ts';

function read(fields: JsonObject, losses = new Losses('strict', 'messages')): RequestForm {
  return readRequest({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...fields }, losses);
}

const turnsOf = (...messages: JsonObject[]) => read({ messages }).turns;
const call = (id: string, args = '{}', more: object = {}) => ({
  id,
  type: 'function',
  function: { name: 'look', arguments: args },
  ...more,
});

test('tool messages and the user message after them are one turn, results first', () => {
  const turns = turnsOf(
    { role: 'user', content: 'Go' },
    { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
    { role: 'tool', tool_call_id: 'b', content: 'B' },
    { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: 'A' }] },
    { role: 'user', content: 'And now?' },
  );
  const result = (callId: string, text: string) => ({
    kind: 'tool-result',
    callId,
    name: undefined,
    isError: false,
    parts: [{ kind: 'text', text }],
  });
  assert.deepEqual(turns[2], {
    role: 'user',
    parts: [result('b', 'B'), result('a', 'A'), { kind: 'text', text: 'And now?' }],
  });
  assert.equal(turns.length, 3);
});

test('results at the end, or before an assistant message, are a user turn of their own', () => {
  const roles = turnsOf(
    { role: 'assistant', tool_calls: [call('a')] },
    { role: 'tool', tool_call_id: 'a', content: '1' },
    { role: 'assistant', content: '', tool_calls: [call('b')] },
    { role: 'tool', tool_call_id: 'b', content: '2' },
  ).map(({ role, parts }) => [role, parts.map(({ kind }) => kind)]);
  assert.deepEqual(roles, [
    ['assistant', ['tool-call']],
    ['user', ['tool-result']],
    ['assistant', ['tool-call']],
    ['user', ['tool-result']],
  ]);
});

test('instructions are turns where they stand, each with its blocks', () => {
  const turns = turnsOf(
    {
      role: 'system',
      content: [{ type: 'text', text: 'A', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    },
    { role: 'developer', content: 'B' },
    { role: 'user', content: 'Hi' },
    { role: 'system', content: 'C' },
  );
  assert.deepEqual(
    turns.map(({ role }) => role),
    ['system', 'developer', 'user', 'system'],
  );
  assert.deepEqual(turns[0]?.parts, [{ kind: 'text', text: 'A', cache: { ttl: '1h' } }]);
});

test('a mark of the cache on a whole message or call is one on its last part', () => {
  const cache_control = { type: 'ephemeral' };
  const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } });
  const turns = turnsOf(
    { role: 'system', content: 'A', cache_control },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'B' },
        { type: 'text', text: 'C' },
      ],
      cache_control,
    },
    { role: 'assistant', content: null, tool_calls: [call('a'), { ...call('b'), cache_control }] },
    { role: 'tool', tool_call_id: 'a', content: 'D', cache_control },
    { role: 'tool', tool_call_id: 'b', content: 'E' },
  );
  assert.deepEqual(
    turns.map(({ parts }) => parts.map((part) => 'cache' in part)),
    [[true], [false, true], [false, true], [true, false]],
  );
});

test('empty texts are no parts, and messages without parts no turns', () => {
  const turns = turnsOf(
    { role: 'system', content: '' },
    {
      role: 'user',
      content: [
        { type: 'text', text: '' },
        { type: 'text', text: 'Hi' },
      ],
    },
    { role: 'assistant', content: '', refusal: null },
  );
  assert.deepEqual(turns, [{ role: 'user', parts: [{ kind: 'text', text: 'Hi' }] }]);
});

test('arguments keep their text; an empty one is an empty object; no object is refused', () => {
  const [turn] = turnsOf({
    role: 'assistant',
    tool_calls: [call('a', '{"n": 12345678901234567890}'), call('b', '')],
  });
  const args = turn?.parts.map((part) => part.kind === 'tool-call' && part.arguments);
  assert.deepEqual(args, ['{"n": 12345678901234567890}', '{}']);
  for (const bad of ['{"a"', '"text"', '[]']) {
    const tool_calls = [call('a', bad)];
    assert.throws(() => turnsOf({ role: 'assistant', tool_calls }), {
      param: 'messages[].tool_calls[].function.arguments',
    });
  }
});

test('thought signatures are read from the members of Google and of Vertex, our own are unwrapped', () => {
  const extra = (vendor: string, thought_signature: string) => ({
    extra_content: { [vendor]: { thought_signature } },
  });
  const [turn] = turnsOf({
    role: 'assistant',
    tool_calls: [
      call('a', '{}', extra('google', 'c2ln')),
      call('b', '{}', extra('vertex', 'c2lo')),
      call('c', '{}', extra('google', 'halley2.anthropic.s.x')),
    ],
  });
  const carried = turn?.parts.map((part) => part.kind === 'tool-call' && part.carried);
  assert.deepEqual(carried, [
    { provider: 'gemini', blob: 'c2ln' },
    { provider: 'gemini', blob: 'c2lo' },
    { provider: 'anthropic', blob: 'x', seal: 's' },
  ]);
});

test('reasoning is read from all of its places', () => {
  const reasoningOf = (fields: JsonObject) =>
    turnsOf({ role: 'assistant', content: 'Hi', ...fields })[0]?.parts.filter(
      ({ kind }) => kind === 'reasoning',
    );
  const plain = [{ kind: 'reasoning', text: 'Hm.', carried: undefined }];
  assert.deepEqual(reasoningOf({ reasoning_content: 'Hm.' }), plain);
  assert.deepEqual(reasoningOf({ reasoning: 'Hm.' }), plain);
  const details = [
    { type: 'reasoning.text', text: 'Hm', index: 0, format: 'anthropic-claude-v1' },
    { type: 'reasoning.text', text: '.', signature: 'sig', index: 0, format: 'anthropic-claude-v1' },
    { type: 'reasoning.text', text: '', signature: 'sig2', index: 1, format: 'anthropic-claude-v1' },
    { type: 'reasoning.encrypted', data: 'halley2.anthropic.s.red', index: 2 },
    { type: 'reasoning.summary', summary: 'Sum', index: 3, format: 'openai-responses-v1' },
    { type: 'reasoning.encrypted', data: 'enc', index: 3, format: 'openai-responses-v1' },
    { type: 'reasoning.unknown', index: 4 },
    { type: 'reasoning.encrypted', data: 'x', index: 5, format: 'xai-responses-v1' },
  ];
  assert.deepEqual(reasoningOf({ reasoning_content: 'Hm.', reasoning_details: details }), [
    { kind: 'reasoning', text: 'Hm.', carried: { provider: 'anthropic', blob: 'sig' } },
    { kind: 'reasoning', text: '', carried: { provider: 'anthropic', blob: 'sig2' } },
    {
      kind: 'reasoning',
      text: '',
      carried: { provider: 'anthropic', blob: 'red', seal: 's' },
      isRedacted: true,
    },
    { kind: 'reasoning', text: 'Sum', carried: { provider: 'openai', blob: 'enc' } },
  ]);
});

test('reads functions, their calls and results', () => {
  const body = {
    functions: [{ name: 'look', description: 'd', parameters: { type: 'object' } }],
    function_call: { name: 'look' },
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{"a":1}' } },
      { role: 'function', name: 'look', content: 'seen' },
      { role: 'assistant', content: null, function_call: { name: 'look', arguments: '' } },
      { role: 'function', name: 'look', content: 'again' },
    ],
  };
  assert.ok(usesFunctions(body));
  assert.ok(!usesFunctions({ tools: [], functions: [] }));
  const losses = new Losses('strict', 'gemini');
  const form = read(body, losses);
  assert.deepEqual(losses.dropped, []);
  assert.deepEqual(form.tools, [
    { name: 'look', description: 'd', parameters: { type: 'object' }, strict: undefined },
  ]);
  assert.deepEqual(form.toolChoice, { kind: 'tool', name: 'look' });
  assert.equal(form.parallelToolCalls, false);
  assert.deepEqual(
    form.turns.flatMap(({ parts }) =>
      parts.map((part) =>
        part.kind === 'tool-call'
          ? [part.id, part.arguments]
          : part.kind === 'tool-result' && [part.callId, part.name],
      ),
    ),
    [false, ['call_0', '{"a":1}'], ['call_0', 'look'], ['call_1', '{}'], ['call_1', 'look']],
  );
});

test("a participant's name is dropped with a signal", () => {
  const losses = new Losses('strict', 'messages');
  const { turns } = read({ messages: [{ role: 'user', name: 'Ada', content: 'Hi' }] }, losses);
  assert.equal(turns[0]?.name, 'Ada');
  assert.deepEqual(losses.dropped, ['messages[].name']);
});

test('media: data URLs with parameters, links, files, sounds', () => {
  const content = [
    { type: 'image_url', image_url: { url: 'data:image/PNG;charset=utf-8;base64,AAAA', detail: 'low' } },
    { type: 'image_url', image_url: { url: 'https://a/b.png' } },
    { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,BBBB' } },
    { type: 'input_audio', input_audio: { data: 'CCCC', format: 'wav' } },
  ];
  assert.deepEqual(turnsOf({ role: 'user', content })[0]?.parts, [
    { kind: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' }, detail: 'low' },
    { kind: 'image', source: { type: 'url', url: 'https://a/b.png' } },
    {
      kind: 'file',
      source: { type: 'base64', mediaType: 'application/pdf', data: 'BBBB' },
      filename: 'a.pdf',
    },
    { kind: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: 'CCCC' } },
  ]);
});

test('tool choice in all its forms', () => {
  const choiceOf = (tool_choice: unknown) => read({ tool_choice }).toolChoice;
  assert.equal(choiceOf(undefined), undefined);
  for (const kind of ['auto', 'none', 'required']) assert.deepEqual(choiceOf(kind), { kind });
  assert.deepEqual(choiceOf({ type: 'function', function: { name: 'f' } }), { kind: 'tool', name: 'f' });
  const tools = [{ type: 'function', function: { name: 'f' } }];
  assert.deepEqual(choiceOf({ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools } }), {
    kind: 'allowed',
    mode: 'auto',
    names: ['f'],
  });
});

test('limits, stops, reasoning and the end user by each of their names', () => {
  const form = read({ max_tokens: 5, stop: 'x', user: 'u', reasoning: { max_tokens: 9, exclude: true } });
  assert.equal(form.maxOutputTokens, 5);
  assert.deepEqual(form.stop, ['x']);
  assert.equal(form.endUser, 'u');
  assert.deepEqual(form.reasoning, { effort: undefined, budgetTokens: 9, isShown: false });
  const newer = read({
    max_tokens: 5,
    max_completion_tokens: 6,
    safety_identifier: 's',
    user: 'u',
    reasoning_effort: 'max',
  });
  assert.equal(newer.maxOutputTokens, 6);
  assert.equal(newer.endUser, 's');
  assert.equal(newer.reasoning?.effort, 'max');
});

test('what is malformed is refused by its name', () => {
  const bad: [JsonObject, string][] = [
    [{ messages: [] }, 'messages'],
    [{ messages: ['x'] }, 'messages[]'],
    [{ messages: [{ role: 'robot' }] }, 'messages[].role'],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[].content'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[].content[].text'],
    [{ messages: [{ role: 'user', content: [{ type: 'hologram' }] }] }, 'messages[].content[].type'],
    [
      { messages: [{ role: 'system', content: [{ type: 'refusal', refusal: 'x' }] }] },
      'messages[].content[]',
    ],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[].tool_call_id'],
    [{ messages: [{ role: 'function', name: 'f', content: 'x' }] }, 'messages[].name'],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:x,y' } }] }] },
      'messages[].content[].image_url.url',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] },
      'messages[].content[].file.file_data',
    ],
    [{ tools: [{ type: 'function' }] }, 'tools[].function'],
    [{ tools: [{ type: 'web' }] }, 'tools[].type'],
    [{ tool_choice: 'maybe' }, 'tool_choice'],
    [{ response_format: { type: 'xml' } }, 'response_format.type'],
    [{ reasoning_effort: 'extreme' }, 'reasoning_effort'],
  ];
  for (const [fields, param] of bad)
    assert.throws(() => read(fields), { code: 'invalid_body', param }, param);
});
