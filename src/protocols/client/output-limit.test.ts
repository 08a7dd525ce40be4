import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { edited } from '../json-bytes.ts';
import { messagesRequest } from './anthropic-request.ts';
import { embedRequest, generateRequest } from './gemini-request.ts';
import { imagesRequest } from './images-request.ts';
import { chatRequest, completionRequest, embeddingsRequest, responsesRequest } from './openai-request.ts';
import { lowering } from './output-limit.ts';
import type { RequestReading } from './request-bound.ts';

/** @returns field, thinking budget and the text with its limit lowered; undefined where it cannot be */
function lowered(reading: RequestReading, text: string, tokens = 2000): readonly unknown[] | undefined {
  const bytes = Buffer.from(text);
  const limit = reading.outputLimit?.(JSON.parse(text), bytes);
  if (!limit) return undefined;
  const changed = Buffer.concat(edited([bytes], lowering(limit, tokens))).toString();
  return [limit.field, limit.thinkingTokens, changed];
}

const max = 'generationConfig.maxOutputTokens';
const cases: [string, RequestReading, string, readonly unknown[] | undefined][] = [
  ['chat', chatRequest, '{"max_tokens" : 32000,"n":2}', ['max_tokens', 0, '{"max_tokens" : 2000,"n":2}']],
  [
    'both names, of which one is low enough',
    chatRequest,
    '{"max_tokens":7,"max_completion_tokens":"32_000"}',
    ['max_tokens', 0, '{"max_tokens":7,"max_completion_tokens":2000}'],
  ],
  [
    'a name in capitals and in escapes',
    chatRequest,
    '{"Max_Tokens":9000,"max_completion\\u005ftokens":8e3}',
    ['max_tokens', 0, '{"Max_Tokens":2000,"max_completion\\u005ftokens":2000}'],
  ],
  ['chat without a limit', chatRequest, '{"messages":[]}', undefined],
  ['chat with none by null', chatRequest, '{"max_tokens":null}', undefined],
  ['a prediction', chatRequest, '{"max_tokens":9000,"prediction":{"content":"a"}}', undefined],
  [
    'a budget beside the limit',
    chatRequest,
    '{"max_tokens":9000,"reasoning":{"max_tokens":1024}}',
    ['max_tokens', 1024, '{"max_tokens":2000,"reasoning":{"max_tokens":1024}}'],
  ],
  ['a completion', completionRequest, '{"max_tokens":9000}', ['max_tokens', 0, '{"max_tokens":2000}']],
  ['a completion without a limit', completionRequest, '{"prompt":"a"}', undefined],
  [
    'a response',
    responsesRequest,
    '{"max_output_tokens":9000}',
    ['max_output_tokens', 0, '{"max_output_tokens":2000}'],
  ],
  [
    'a response without a limit',
    responsesRequest,
    '{ "input":"a"}',
    ['max_output_tokens', 0, '{"max_output_tokens":2000, "input":"a"}'],
  ],
  [
    'a response with none by null',
    responsesRequest,
    '{"max_output_tokens":null}',
    ['max_output_tokens', 0, '{"max_output_tokens":2000}'],
  ],
  ['a response with a limit that is none', responsesRequest, '{"max_output_tokens":-1}', undefined],
  [
    'a message that thinks',
    messagesRequest,
    '{"thinking":{"type":"enabled","budget_tokens":1500},"max_tokens":32000}',
    ['max_tokens', 1500, '{"thinking":{"type":"enabled","budget_tokens":1500},"max_tokens":2000}'],
  ],
  ['a message that warms a cache', messagesRequest, '{"max_tokens":0}', undefined],
  [
    'gemini',
    generateRequest,
    '{"contents":[],"generationConfig":{"candidateCount":2, "maxOutputTokens":9000}}',
    [max, 0, '{"contents":[],"generationConfig":{"candidateCount":2, "maxOutputTokens":2000}}'],
  ],
  [
    'gemini in snake, thinking',
    generateRequest,
    '{"generation_config":{"max_output_tokens":"9000","thinking_config":{"thinking_budget":"512"}}}',
    [
      max,
      512,
      '{"generation_config":{"max_output_tokens":2000,"thinking_config":{"thinking_budget":"512"}}}',
    ],
  ],
  [
    'a limit twice within the configuration',
    generateRequest,
    '{"generationConfig":{"maxOutputTokens":8000,"maxOutputTokens":9000}}',
    [max, 0, '{"generationConfig":{"maxOutputTokens":2000,"maxOutputTokens":2000}}'],
  ],
  [
    'gemini without a configuration',
    generateRequest,
    '{"contents":[]}',
    [max, 0, '{"generationConfig":{"maxOutputTokens":2000},"contents":[]}'],
  ],
  [
    'gemini without a limit',
    generateRequest,
    '{"contents":[],"generationConfig": {"topK":1}}',
    [max, 0, '{"contents":[],"generationConfig": {"maxOutputTokens":2000,"topK":1}}'],
  ],
  [
    'gemini with an empty configuration',
    generateRequest,
    '{"generationConfig":{ }}',
    [max, 0, '{"generationConfig":{"maxOutputTokens":2000 }}'],
  ],
  [
    'gemini with two configurations',
    generateRequest,
    '{"generationConfig":{},"generation_config":{}}',
    undefined,
  ],
  ['gemini with a configuration that is none', generateRequest, '{"generationConfig":null}', undefined],
  ['embeddings', embeddingsRequest, '{"max_tokens":9000}', undefined],
  ['gemini embeddings', embedRequest, '{"generationConfig":{"maxOutputTokens":9000}}', undefined],
  ['pictures', imagesRequest, '{"n":9000}', undefined],
];

for (const [what, reading, text, expected] of cases) {
  test(`the limit of the output is lowered in place, or cannot be: ${what}`, () => {
    assert.deepEqual(lowered(reading, text), expected);
  });
}

test('after lowering, the bound of any request is what was asked for at most, and nothing else has changed', () => {
  const limit = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.constantFrom('5000', '1_000', 4.5));
  const names = fc.constantFrom('max_tokens', 'max_completion_tokens', 'MAX_TOKENS', 'n', 'x', 'model');
  const body = fc.dictionary(names, limit, { noNullPrototype: true });
  fc.assert(
    fc.property(body, fc.integer({ min: 1, max: 5000 }), (sent, tokens) => {
      const outcome = lowered(chatRequest, JSON.stringify(sent), tokens);
      const before = chatRequest.bound(sent, 0);
      if (!outcome) {
        assert.equal(before.outputTokens, undefined);
        return;
      }
      const changed = JSON.parse(String(outcome[2]));
      const after = chatRequest.bound(changed, 0);
      assert.equal(after.outputTokens, Math.min(before.outputTokens ?? 0, tokens));
      assert.deepEqual(
        Object.keys(changed).filter((key) => changed[key] !== sent[key] && !/^max_/i.test(key)),
        [],
      );
    }),
  );
});
