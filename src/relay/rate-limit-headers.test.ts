import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimitError, rateLimitHeaders } from './rate-limit-headers.ts';

const now = Date.UTC(2027, 0, 31, 23, 59, 30, 250);
const state = {
  requests: { limit: 60, remaining: 59, resetMs: 60_001 },
  tokens: { limit: 90_000, remaining: 0, resetMs: 29_750 },
};

test('OpenAI and Gemini clients are told limits by x-ratelimit headers with durations', () => {
  const expected = {
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '59',
    'x-ratelimit-reset-requests': '1m1s',
    'x-ratelimit-limit-tokens': '90000',
    'x-ratelimit-remaining-tokens': '0',
    'x-ratelimit-reset-tokens': '30s',
  };
  assert.deepEqual(rateLimitHeaders('openai', state, now), expected);
  assert.deepEqual(rateLimitHeaders('gemini', state, now), expected);
});

test('Anthropic clients are told limits by anthropic-ratelimit headers with times', () => {
  assert.deepEqual(rateLimitHeaders('anthropic', state, now), {
    'anthropic-ratelimit-requests-limit': '60',
    'anthropic-ratelimit-requests-remaining': '59',
    'anthropic-ratelimit-requests-reset': '2027-02-01T00:00:31Z',
    'anthropic-ratelimit-tokens-limit': '90000',
    'anthropic-ratelimit-tokens-remaining': '0',
    'anthropic-ratelimit-tokens-reset': '2027-02-01T00:00:00Z',
  });
});

test('only limits that there are get headers', () => {
  assert.deepEqual(rateLimitHeaders('openai', { requests: undefined, tokens: undefined }, now), {});
  assert.deepEqual(
    Object.keys(
      rateLimitHeaders(
        'openai',
        { requests: { limit: 1, remaining: 1, resetMs: 0 }, tokens: undefined },
        now,
      ),
    ),
    ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  );
});

test('a refusal is 429, says which limit and when to come back, unless waiting cannot help', () => {
  const refusal = { admitted: false, limit: 'requests', most: 60, retryAfterSeconds: 17, state } as const;
  const error = rateLimitError('anthropic', refusal, now);
  assert.deepEqual([error.code, error.status, error.kind], ['rate_limit_exceeded', 429, 'rate_limit']);
  assert.match(error.message, /60 requests a minute.*17 s/);
  assert.equal(error.headers['retry-after'], '17');
  assert.equal(error.headers['anthropic-ratelimit-requests-limit'], '60');
  const never = rateLimitError(
    'openai',
    { ...refusal, limit: 'tokens', most: 500, retryAfterSeconds: undefined },
    now,
  );
  assert.match(never.message, /more tokens than the 500/);
  assert.equal(never.headers['retry-after'], undefined);
  const busy = rateLimitError(
    'openai',
    { ...refusal, limit: 'concurrency', most: 1, retryAfterSeconds: 1 },
    now,
  );
  assert.deepEqual([busy.code, busy.status], ['concurrency_limit_exceeded', 429]);
  assert.match(busy.message, /1 request running/);
  assert.equal(busy.headers['retry-after'], '1');
});
