/** What the playground reads from the events and responses of each protocol, and from anything else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { protocolIds } from '../../console/features/model-request/protocol-ids.ts';
import { parametersOf, requestOf } from '../../console/features/model-request/protocols.ts';
import { type Output, readOutput } from '../../console/features/model-request/read-output.ts';
import { nonEmpty } from '../support/non-empty.ts';

const cases: readonly (readonly [
  name: string,
  protocol: (typeof protocolIds)[number],
  value: unknown,
  expected: Partial<Output>,
])[] = [
  ['a chunk', 'openai', { choices: [{ delta: { content: 'hi' } }] }, { text: 'hi' }],
  ['a whole chat', 'openai', { choices: [{ message: { content: 'hi' } }] }, { text: 'hi' }],
  ['thoughts', 'openai', { choices: [{ delta: { reasoning_content: 'hm' } }] }, { reasoning: 'hm' }],
  ['the end of a chat', 'openai', { choices: [], usage: {} }, {}],
  ['a delta', 'openai-response', { type: 'response.output_text.delta', delta: 'hi' }, { text: 'hi' }],
  [
    'a summary',
    'openai-response',
    { type: 'response.reasoning_summary_text.delta', delta: 'hm' },
    { reasoning: 'hm' },
  ],
  [
    'a whole response',
    'openai-response',
    {
      object: 'response',
      output: [
        { type: 'reasoning', summary: [{ text: 'hm' }] },
        { type: 'message', content: [{ text: 'h' }, { text: 'i' }] },
      ],
    },
    { text: 'hi', reasoning: 'hm' },
  ],
  [
    'a failed response',
    'openai-response',
    { type: 'response.failed', response: { error: { message: 'no' } } },
    { error: 'no' },
  ],
  ['a block', 'anthropic', { type: 'content_block_delta', delta: { text: 'hi' } }, { text: 'hi' }],
  ['a thought', 'anthropic', { type: 'content_block_delta', delta: { thinking: 'hm' } }, { reasoning: 'hm' }],
  [
    'a whole message',
    'anthropic',
    { type: 'message', content: [{ thinking: 'hm' }, { text: 'hi' }] },
    { text: 'hi', reasoning: 'hm' },
  ],
  ['an error event', 'anthropic', { type: 'error', error: { message: 'no' } }, { error: 'no' }],
  [
    'parts',
    'gemini',
    { candidates: [{ content: { parts: [{ text: 'hm', thought: true }, { text: 'hi' }] } }] },
    { text: 'hi', reasoning: 'hm' },
  ],
  [
    'an image',
    'gemini',
    {
      candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }] } }],
    },
    { images: ['data:image/png;base64,iVBORw0KGgo='] },
  ],
  [
    'an image that could run something',
    'gemini',
    {
      candidates: [{ content: { parts: [{ inlineData: { mimeType: 'image/svg+xml', data: 'PHN2Zz4=' } }] } }],
    },
    {},
  ],
  ['a refusal of the gateway', 'openai', { success: false, message: 'no key' }, { error: 'no key' }],
];

for (const [name, protocol, value, expected] of nonEmpty(cases)) {
  test(`${protocol}: ${name}`, () => {
    const nothing: Output = { text: '', reasoning: '', images: [], error: undefined };
    assert.deepEqual(readOutput(protocol, value), { ...nothing, ...expected });
  });
}

test('anything that is not of the protocol is ignored, and never thrown at', () => {
  const names = ['choices', 'delta', 'content', 'parts', 'error', 'response', 'candidates', 'text', 'output'];
  const key = fc.constantFrom(...names);
  const odd = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.constantFrom(null, 1, true, 'x', undefined),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  })).value;
  fc.assert(
    fc.property(odd, fc.constantFrom(...protocolIds), (value, protocol) => {
      const { text, reasoning, error } = readOutput(protocol, value);
      assert.equal(typeof text, 'string');
      assert.equal(typeof reasoning, 'string');
      assert.ok(error === undefined || typeof error === 'string');
    }),
  );
});

test('only parameters that are given are sent, by the names of the protocol', () => {
  for (const protocol of nonEmpty(protocolIds)) {
    const conversation = {
      model: 'm',
      system: '',
      turns: [{ role: 'user', text: 'q' }],
      stream: false,
    } as const;
    const bare = JSON.stringify(requestOf(protocol, { ...conversation, parameters: {} }).body);
    assert.doesNotMatch(bare, /temperature|top_?p|seed|system|instructions|stream/i, protocol);
    const all = { temperature: 0.25, topP: 0.75, maxTokens: 321, seed: 654 };
    const full = JSON.stringify(requestOf(protocol, { ...conversation, parameters: all, system: 's!' }).body);
    for (const value of nonEmpty([0.25, 0.75, 321, 's!'])) assert.ok(full.includes(String(value)), full);
    assert.equal(full.includes('654'), parametersOf(protocol).includes('seed'), full);
  }
});
