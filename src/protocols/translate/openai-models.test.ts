/** Models of OpenAI that do not reason are not asked to, over either of its APIs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chatUpstream } from './chat/upstream.ts';
import { Losses } from './losses.ts';
import { writeRequest as writeResponses } from './responses/write-request.ts';
import { emptyForm } from './test-form.ts';

function reasoningAt(model: string, effort: 'none' | 'high') {
  const form = { ...emptyForm, reasoning: { effort, budgetTokens: undefined, isShown: undefined } };
  const losses = new Losses('strict', 'chat');
  const chat = chatUpstream.writeRequest(form, model, losses, {}).reasoning_effort;
  const { reasoning, include } = writeResponses(form, model, losses);
  return { chat, responses: reasoning, include, dropped: losses.dropped };
}

const nothing = { chat: undefined, responses: undefined, include: undefined };

test('a model that does not reason is not asked to, and the client is notified', () => {
  for (const model of [
    'gpt-4.1',
    'gpt-4o-mini',
    'openai/gpt-4o',
    'ft:gpt-3.5-turbo:acme',
    'chatgpt-4o-latest',
  ]) {
    assert.deepEqual(reasoningAt(model, 'high'), { ...nothing, dropped: ['reasoning'] }, model);
  }
  assert.deepEqual(reasoningAt('gpt-4.1', 'none'), { ...nothing, dropped: [] });
});

test('every other model is asked', () => {
  for (const model of ['gpt-5.7', 'o4-mini', 'deepseek-reasoner', 'my-gpt-4']) {
    assert.deepEqual(reasoningAt(model, 'high'), {
      chat: 'high',
      responses: { effort: 'high' },
      include: ['reasoning.encrypted_content'],
      dropped: [],
    });
  }
});
