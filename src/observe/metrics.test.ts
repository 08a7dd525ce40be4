import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from './metrics.ts';
import type { RequestSummary } from './request-log.ts';

const summary: RequestSummary = {
  id: 'r',
  protocol: 'openai',
  operation: 'chat.completions',
  outcome: 'done',
  status: 200,
  errorCode: undefined,
  errorLog: undefined,
  keyId: 1,
  keyName: 'secret-looking-name',
  model: 'm',
  channel: 'c',
  attempts: 1,
  dropped: undefined,
  inputTokens: 7,
  cachedTokens: 4,
  cacheWriteTokens: 1,
  outputTokens: 3,
  estimated: false,
  units: 10,
  firstByteMs: 5,
  totalMs: 125,
};

function metrics() {
  return createMetrics({
    requestsRunning: () => 2,
    keysInMemory: () => 3,
    areRestoresProtected: () => true,
    tombstonesQueued: () => 0,
    dataDisk: () => Promise.resolve({ freeBytes: 5, sizeBytes: 20 }),
    channels: () => [],
  });
}

test('counts requests, tokens and times by kind, and renders cumulative histograms', async () => {
  const { observe, render, revocationDone, management } = metrics();
  management.deleted('key', 3);
  observe(summary);
  observe({ ...summary, totalMs: 512_000 });
  observe({ ...summary, outcome: 'cut', firstByteMs: undefined });
  revocationDone(0.002);
  const { body } = await render();
  const has = (line: string) => assert.ok(body.split('\n').includes(line), `${line}\n${body}`);
  const kind = 'protocol="openai",operation="chat.completions"';
  has('halley_prompt_cache_tokens_total{channel="c",cache="read"} 12');
  has('halley_prompt_cache_tokens_total{channel="c",cache="written"} 3');
  has('halley_prompt_cache_tokens_total{channel="c",cache="none"} 6');
  has(`halley_requests_total{${kind},outcome="done",status="200"} 2`);
  has(`halley_requests_total{${kind},outcome="cut",status="200"} 1`);
  has('halley_tokens_total{protocol="openai",direction="input"} 21');
  has(`halley_request_seconds_bucket{${kind},le="0.1"} 0`);
  has(`halley_request_seconds_bucket{${kind},le="0.25"} 2`);
  has(`halley_request_seconds_bucket{${kind},le="300"} 2`);
  has(`halley_request_seconds_bucket{${kind},le="+Inf"} 3`);
  has(`halley_request_seconds_count{${kind}} 3`);
  has(`halley_request_seconds_sum{${kind}} 512.25`);
  has(`halley_first_byte_seconds_bucket{${kind},le="0.005"} 2`);
  has(`halley_first_byte_seconds_count{${kind}} 2`);
  has('halley_revocation_seconds_count 1');
  has('halley_requests_running 2');
  has('halley_deletions_total{kind="key"} 3');
  has('halley_deletions_total{kind="account"} 0');
  has('halley_role_grants_total{role="admin"} 0');
  has('halley_data_free_bytes 5');
  has('halley_data_size_bytes 20');
  has('# TYPE halley_request_seconds histogram');
});

test('a second scrape counts nothing twice, and no label names a key or model of a request', async () => {
  const { observe, render } = metrics();
  observe(summary);
  await render();
  const { body } = await render();
  assert.match(body, /halley_requests_total\{[^}]*\} 1\n/);
  assert.doesNotMatch(body, /secret-looking-name|"m"/);
});

test('counts refusals, passed budgets and deliveries by kind', async () => {
  const { observe, budgetNotice, webhookDelivery, render } = metrics();
  const refused = { ...summary, outcome: 'error', status: 429, errorCode: 'rate_limit_exceeded' } as const;
  observe(refused);
  observe(refused);
  observe({ ...refused, status: 403, errorCode: 'budget_exceeded' });
  observe({ ...refused, outcome: 'cut', errorCode: 'budget_exceeded' });
  observe({ ...refused, status: 404, errorCode: 'model_not_found' });
  budgetNotice('budget.soft', 'key');
  webhookDelivery('given_up');
  const { body } = await render();
  const refusals = body.split('\n').filter((line) => line.startsWith('halley_limit_refusals_total{'));
  assert.deepEqual(refusals, [
    'halley_limit_refusals_total{code="rate_limit_exceeded"} 2',
    'halley_limit_refusals_total{code="budget_exceeded"} 1',
  ]);
  assert.match(body, /^halley_budget_notices_total\{kind="budget.soft",scope="key"\} 1$/m);
  assert.match(body, /^halley_webhook_deliveries_total\{result="given_up"\} 1$/m);
});
