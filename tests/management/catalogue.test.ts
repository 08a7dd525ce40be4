import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataOf, refusalOf, useRig } from './rig.ts';

const rig = useRig({ settings: { groups: { selectable: ['default', 'open'] } } });

const channel = async (fields: object) => {
  const base = { name: 'c', protocols: ['openai'], base_url: 'https://upstream.example' };
  return dataOf(await rig.call('POST', '/api/channel/', { body: { ...base, ...fields } }));
};
let filled: Promise<void> | undefined;
const get = async (path: string) => {
  filled ??= fill();
  await filled;
  return rig.call('GET', path, { token: null });
};
const ids = async () => ((await get('/api/models')).json.data as { id: string }[]).map(({ id }) => id);

async function fill(): Promise<void> {
  await channel({ models: ['gpt-4o', 'gpt-4.1'], protocols: ['openai'] });
  // One channel may offer models of every type in each of its protocols.
  await channel({ models: ['text-embedding-3-small'], protocols: ['openai', 'anthropic'] });
  await channel({ models: ['gpt-4o'], protocols: ['anthropic', 'gemini'], groups: ['open'] });
  await channel({ models: ['own/model.v2'], protocols: ['gemini'] });
  await channel({ models: ['secret'], groups: ['staff'] });
  const models = [
    { id: 'gpt-4o', input: '2.5', output: '10', cached_input: '1.25' },
    { id: 'gpt-4.1', input: '0', output: '0', per_request: '0.01', per_image: '0.000001' },
  ];
  dataOf(await rig.call('PUT', '/api/price', { body: { models } }));
}

test('everyone sees the models on offer, on one page', async () => {
  const { status, json } = await get('/api/models');
  assert.equal(status, 200);
  const { data, ...page } = json;
  assert.deepEqual(page, { success: true, message: '', page: 0, page_size: 0, total: 4 });
  assert.deepEqual((await ids()).sort(), ['gpt-4.1', 'gpt-4o', 'own/model.v2', 'text-embedding-3-small']);
  assert.ok(!JSON.stringify(data).includes('null'), 'nothing is null');
});

test('a model shows its properties, its paths, and its price in numbers', async () => {
  const { overview, ...model } = dataOf(await get('/api/model/gpt-4o'));
  const { features, ...rest } = model;
  assert.ok(Array.isArray(features) && features.includes('tools'));
  assert.match(String(overview), /^# GPT-4o\n\n.*\n\n2\.5 USD/);
  assert.deepEqual(rest, {
    id: 'gpt-4o',
    code: 'gpt-4o',
    name: 'GPT-4o',
    description: '',
    provider: 'OpenAI',
    provider_code: 'openai',
    model_type: 'chat',
    endpoints: {
      openai: { path: '/v1/chat/completions', method: 'POST' },
      'openai-response': { path: '/v1/responses', method: 'POST' },
      anthropic: { path: '/v1/messages', method: 'POST' },
      gemini: { path: '/v1beta/models/gpt-4o:generateContent', method: 'POST' },
    },
    pricing: { currency: 'USD', input: 2.5, output: 10, cached_input: 1.25 },
    context_length: 128_000,
    max_completion_tokens: 16_384,
    api_doc_url: '',
  });
  const listed = ((await get('/api/models')).json.data as { id: string }[]).find(({ id }) => id === 'gpt-4o');
  assert.deepEqual(listed, model);
});

test('free tokens are 0, prices for each request or image are in USD, and a model without a price shows none', async () => {
  assert.deepEqual(dataOf(await get('/api/model/gpt-4.1')).pricing, {
    currency: 'USD',
    input: 0,
    output: 0,
    per_request: 0.01,
    per_image: 0.000001,
  });
  assert.deepEqual(dataOf(await get('/api/model/text-embedding-3-small')).pricing, { currency: 'USD' });
});

test('a model is found by its id, percent-encoded, and by its code', async () => {
  for (const code of ['own%2Fmodel.v2', 'own%2fmodel-v2', 'own%2Fmodel%2Ev2']) {
    const model = dataOf(await get(`/api/model/${code}`));
    assert.equal(model.id, 'own/model.v2', code);
    assert.equal(model.code, 'own/model-v2');
    assert.deepEqual(model.endpoints, {
      openai: { path: '/v1/chat/completions', method: 'POST' },
      'openai-response': { path: '/v1/responses', method: 'POST' },
      anthropic: { path: '/v1/messages', method: 'POST' },
      gemini: { path: '/v1beta/models/own%2Fmodel.v2:generateContent', method: 'POST' },
    });
  }
  assert.equal(dataOf(await get('/api/model/gpt-4-1')).id, 'gpt-4.1');
  assert.deepEqual(dataOf(await get('/api/model/text-embedding-3-small')).endpoints, {
    embeddings: { path: '/v1/embeddings', method: 'POST' },
  });
});

test('omits models that are not offered to everyone', async () => {
  for (const code of ['secret', 'gpt-5', '%', '%ff', 'GPT-4o']) {
    refusalOf(await get(`/api/model/${code}`), 200, /No such model is on offer/);
  }
});

test('a disabled channel removes its models from the catalogue', async () => {
  const made = await channel({ models: ['for-a-while'] });
  assert.ok((await ids()).includes('for-a-while'));
  dataOf(await rig.call('PUT', '/api/channel/', { body: { id: made.id, status: 2 } }));
  assert.ok(!(await ids()).includes('for-a-while'));
  refusalOf(await get('/api/model/for-a-while'), 200);
});
