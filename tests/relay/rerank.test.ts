/** Reranking in Jina's form and Cohere's, over upstreams of each form, and what it is charged. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type FakeUpstream, startFakeUpstream } from '../support/fake-upstream.ts';
import { dataOf, type Gateway, startGateway, type TestKey } from '../support/gateway.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { answer, json } from '../support/upstream-behaviours.ts';

type Json = Record<string, unknown>;

let gateway: Gateway;
let upstream: FakeUpstream;
let key: TestKey;

const query = 'What is red?';
const documents = ['grass', 'blood', 'sky'];
const jinaResults = [
  { index: 1, relevance_score: 0.9 },
  { index: 2, relevance_score: 0.2 },
  { index: 0, relevance_score: 0.1 },
];

before(async () => {
  upstream = await startFakeUpstream();
  gateway = await startGateway();
  key = await gateway.createKey();
  const apis = ['jina', 'cohere', 'voyage'] as const;
  for (const rerank_api of apis) {
    await gateway.createChannel(upstream.origin, {
      models: [`by-token-${rerank_api}`, `by-unit-${rerank_api}`, `chat-${rerank_api}`],
      options: { rerank_api },
    });
  }
  const models = apis.flatMap((api) => [
    { id: `by-token-${api}`, input: '2', output: '0' },
    { id: `by-unit-${api}`, input: '0', output: '0', per_search_unit: '0.002' },
    { id: `chat-${api}`, input: '0', output: '3' },
  ]);
  dataOf(await gateway.call('PUT', '/api/price', { body: { models } }));
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

async function post(path: string, body: Json | string, apiKey = key.value) {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return {
    status: response.status,
    headers: response.headers,
    json: (await response.json()) as Json,
  };
}

const lastSent = (): { url: string; body: Json } => {
  const { url, body } = nonEmpty(upstream.requests).at(-1) ?? assert.fail();
  return { url, body: JSON.parse(body().toString()) as Json };
};

async function lastRecord(): Promise<{ requestId: unknown; quota: number; other: Json }> {
  const { items } = dataOf(await gateway.call('GET', '/api/log/?page_size=1')) as { items: Json[] };
  const [record] = nonEmpty(items);
  assert.ok(record);
  return {
    requestId: record.request_id,
    quota: Number(record.quota),
    other: JSON.parse(String(record.other)) as Json,
  };
}

const cohereAnswer = {
  id: 'c-1',
  results: jinaResults.toReversed(),
  meta: { api_version: { version: '2' }, billed_units: { search_units: 1 } },
};

test('the same form passes untouched, and its tokens are charged', async () => {
  const sent = { model: 'by-token-jina', query, documents, future_field: { a: 1 } };
  const told = { model: 'x', usage: { total_tokens: 40 }, results: jinaResults, future: true };
  upstream.on('/v1/rerank', json(told));
  for (const path of nonEmpty(['/v1/rerank', '/rerank'])) {
    const { status, json: body } = await post(path, sent);
    assert.equal(status, 200);
    assert.deepEqual(body, told);
    assert.deepEqual(lastSent(), { url: '/v1/rerank', body: sent });
    const { quota, other } = await lastRecord();
    assert.equal(quota, 40);
    assert.equal(other.estimated, false);
  }
});

test('Cohere’s form passes untouched, and its search units are charged', async () => {
  const sent = { model: 'by-unit-cohere', query, documents, priority: 1 };
  upstream.on('/v2/rerank', json(cohereAnswer));
  const { json: body } = await post('/v2/rerank', sent);
  assert.deepEqual(body, cohereAnswer);
  assert.deepEqual(lastSent(), { url: '/v2/rerank', body: sent });
  assert.equal((await lastRecord()).quota, 1000);
});

test('Jina’s form over Cohere: objects become texts, documents are added, results sorted', async () => {
  upstream.on('/v2/rerank', json(cohereAnswer));
  const { json: body } = await post('/v1/rerank', {
    model: 'by-unit-cohere',
    query,
    documents: ['grass', { text: 'blood', id: 7 }, { text: 'sky' }],
    top_n: 2,
    return_documents: true,
  });
  assert.deepEqual(lastSent(), {
    url: '/v2/rerank',
    body: { model: 'by-unit-cohere', query, documents, top_n: 2 },
  });
  assert.deepEqual(body, {
    model: 'by-unit-cohere',
    results: [
      { index: 1, relevance_score: 0.9, document: { text: 'blood' } },
      { index: 2, relevance_score: 0.2, document: { text: 'sky' } },
    ],
    meta: { billed_units: { search_units: 1 } },
  });
  assert.equal((await lastRecord()).quota, 1000);
});

test('Cohere’s form over Jina and Voyage', async () => {
  const answers = {
    jina: { results: jinaResults, usage: { total_tokens: 12 } },
    voyage: { object: 'list', data: jinaResults, usage: { total_tokens: 12 } },
  };
  for (const api of nonEmpty(['jina', 'voyage'] as const)) {
    upstream.on('/v1/rerank', json(answers[api]));
    const { json: body, headers } = await post('/v2/rerank', {
      model: `by-token-${api}`,
      query,
      documents,
      top_n: 3,
      max_tokens_per_doc: 9,
    });
    assert.equal(headers.get('x-halley-dropped'), 'max_tokens_per_doc');
    const top = api === 'voyage' ? { top_k: 3 } : { top_n: 3, return_documents: false };
    assert.deepEqual(lastSent(), {
      url: '/v1/rerank',
      body: { model: `by-token-${api}`, query, documents, ...top },
    });
    const { id, ...rest } = body;
    assert.match(String(id), /\S/);
    const meta = { api_version: { version: '2' }, billed_units: { input_tokens: 12 } };
    assert.deepEqual(rest, { results: jinaResults, meta });
    assert.equal((await lastRecord()).quota, 12);
  }
});

test('where nothing is reported that the price charges, it is estimated from the request', async () => {
  const many = Array.from({ length: 101 }, () => 'x'.repeat(100));
  upstream.on('/v1/rerank', json({ results: jinaResults }));
  await post('/v1/rerank', { model: 'by-token-jina', query: 'abcd', documents: many });
  const tokens = await lastRecord();
  // 101 documents of 100 bytes, each read with the query of 4, at 4 bytes a token.
  assert.equal(tokens.quota, 2626);
  assert.equal(tokens.other.estimated, true);
  upstream.on('/v1/rerank', json({ results: jinaResults, usage: { total_tokens: 5 } }));
  await post('/v1/rerank', { model: 'by-unit-jina', query: 'abcd', documents: many });
  const units = await lastRecord();
  assert.equal(units.quota, 2000);
  assert.equal(units.other.estimated, true);
});

test('a report among the documents is not believed', async () => {
  const document = { text: 'a', usage: { total_tokens: 1 }, meta: { billed_units: { search_units: 1 } } };
  const results = [{ index: 0, relevance_score: 1, document }];
  for (const told of nonEmpty([
    { results, usage: { total_tokens: 77 } },
    { usage: { total_tokens: 77 }, results },
  ])) {
    upstream.on('/v1/rerank', json(told));
    await post('/v1/rerank', { model: 'by-token-jina', query, documents: [document] });
    assert.equal((await lastRecord()).quota, 77);
  }
});

test('a limited key is reserved for the query once for each document', async () => {
  upstream.on('/v1/rerank', json({ results: jinaResults, usage: { total_tokens: 1_000 } }));
  const poor = await gateway.createKey({ unlimited_quota: false, remain_quota: 20_000 });
  const body = (count: number) => ({
    model: 'by-token-jina',
    query: 'q'.repeat(1_000),
    documents: Array.from({ length: count }, () => 'd'),
  });
  assert.equal((await post('/v1/rerank', body(10), poor.value)).status, 200);
  const { json: refused } = await post('/v1/rerank', body(100), poor.value);
  assert.match(String((refused.error as Json).code), /quota/);
});

test('errors have the form of the path', async () => {
  const calls: readonly [Json | string, number, RegExp][] = [
    [{ model: 'by-token-jina', documents }, 400, /query/],
    [{ model: 'by-token-jina', query, documents: 'x' }, 400, /must be an array/],
    [{ model: 'by-token-jina', query, documents, stream: true }, 400, /stream/],
    [{ query, documents }, 400, /model/],
    [{ model: 'nothing', query, documents }, 404, /nothing/],
    [{ model: 'chat-jina', query, documents }, 403, /no rate for this operation/],
    ['{', 400, /not valid JSON/],
  ];
  for (const [body, , words] of nonEmpty(calls)) {
    const jina = await post('/v1/rerank', body);
    const { error } = jina.json as { error: Json };
    assert.match(String(error.message), words);
    const cohere = await post('/v2/rerank', body);
    assert.match(String(cohere.json.message), words);
    assert.equal(cohere.status, jina.status);
    assert.equal(cohere.json.error, undefined);
    assert.equal(cohere.json.code, error.code);
  }
  assert.match(String((await post('/v2/rerank', { query }, 'sk-wrong')).json.message), /key/i);
});

test('what Cohere’s form cannot express is refused, and its errors and broken answers are told', async () => {
  const bad: readonly [Json, string][] = [
    [{ query: { image: 'https://x.test/a.png' }, documents }, 'query'],
    [{ query, documents: ['a', { image: 'https://x.test/a.png' }] }, 'documents[1]'],
    [{ query, documents, top_n: -1 }, 'top_n'],
    [{ query, documents, instruct: 'x' }, 'instruct'],
  ];
  for (const [body, param] of nonEmpty(bad)) {
    const { status, json: told } = await post('/v1/rerank', { model: 'by-unit-cohere', ...body });
    assert.equal(status, 400);
    assert.equal((told.error as Json).param, param);
  }
  upstream.on('/v2/rerank', json({ message: 'invalid request: too many documents' }, 400));
  const refused = await post('/v1/rerank', { model: 'by-unit-cohere', query, documents });
  assert.equal(refused.status, 400);
  assert.match(String((refused.json.error as Json).message), /too many documents/);
  const broken = ['{"results":[{"index":9,"relevance_score":1}]}', 'not json', '{"results":[{"index":0}]}'];
  for (const text of nonEmpty(broken)) {
    upstream.on('/v2/rerank', answer(200, text, { 'content-type': 'application/json' }));
    const { status, headers } = await post('/v1/rerank', { model: 'by-unit-cohere', query, documents });
    assert.equal(status, 502, text);
    // An error does not wait for its record.
    await until(async () => (await lastRecord()).requestId === headers.get('x-request-id'));
    assert.equal((await lastRecord()).quota, 0, text);
  }
});
