import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apisOf } from './upstream-api.ts';

test('an OpenAI channel serves what its operator says, and translated requests over one of the two', () => {
  const of = (chosen?: 'chat' | 'responses' | 'both') =>
    apisOf(['openai'], chosen === undefined ? {} : { openai_api: chosen });
  assert.deepEqual(of(), ['openai', 'rerank jina', 'chat', 'responses', 'translated chat']);
  assert.deepEqual(of('both'), ['openai', 'rerank jina', 'chat', 'responses', 'translated responses']);
  assert.deepEqual(of('chat'), ['openai', 'rerank jina', 'chat', 'translated chat']);
  assert.deepEqual(apisOf(['openai'], { openai_api: 'chat', rerank_api: 'cohere' }), [
    ...['openai', 'rerank cohere', 'chat', 'translated chat'],
  ]);
  assert.deepEqual(of('responses'), ['openai', 'rerank jina', 'responses', 'translated responses']);
});

test('other protocols have one API', () => {
  assert.deepEqual(apisOf(['anthropic', 'gemini'], { openai_api: 'chat' }), ['anthropic', 'gemini']);
});
