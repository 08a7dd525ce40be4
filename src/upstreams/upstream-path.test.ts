/** Base URLs in every documented form, and the resulting request URLs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maybeEmpty } from '../../tests/support/non-empty.ts';
import type { ProtocolName } from '../domain/protocol-name.ts';
import { readBasePath, upstreamPath, withoutEndpoint } from './upstream-path.ts';

const join = (base: string, protocol: ProtocolName, operation: string) =>
  upstreamPath(readBasePath(new URL(base)), protocol, operation);
const chat = '/v1/chat/completions';
const generate = '/v1beta/models/m:generateContent';

test('the base URLs that providers document lead to their chat endpoint', () => {
  for (const [base, path] of [
    ['https://api.openai.com', '/v1/chat/completions'],
    ['https://api.openai.com/v1', '/v1/chat/completions'],
    ['https://api.openai.com/v1/', '/v1/chat/completions'],
    ['https://open.bigmodel.cn/api/paas/v4', '/api/paas/v4/chat/completions'],
    ['https://ark.cn-beijing.volces.com/api/v3', '/api/v3/chat/completions'],
    ['https://generativelanguage.googleapis.com/v1beta/openai', '/v1beta/openai/chat/completions'],
    ['https://dashscope.aliyuncs.com/compatible-mode/v1', '/compatible-mode/v1/chat/completions'],
    ['https://api.groq.com/openai/v1', '/openai/v1/chat/completions'],
    ['https://openrouter.ai/api/v1', '/api/v1/chat/completions'],
    ['https://qianfan.baidubce.com/v2', '/v2/chat/completions'],
    [
      'https://aiplatform.googleapis.com/v1beta1/projects/p/locations/l/endpoints/openapi',
      '/v1beta1/projects/p/locations/l/endpoints/openapi/chat/completions',
    ],
    ['https://api.perplexity.ai#', '/chat/completions'],
    ['https://models.github.ai/inference#', '/inference/chat/completions'],
    ['http://127.0.0.1:11434', '/v1/chat/completions'],
    ['https://gateway.example/team', '/team/v1/chat/completions'],
    ['https://r.openai.azure.com/openai/v1', '/openai/v1/chat/completions'],
    [
      'https://r.openai.azure.com/openai/deployments/gpt-4o?api-version=2024-10-21',
      '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
    ],
    ['https://r.services.ai.azure.com/models?api-version=x#', '/models/chat/completions?api-version=x'],
  ] as const) {
    assert.equal(join(base, 'openai', chat), path, base);
  }
});

test('Anthropic and Gemini paths keep their version unless the base URL ends in one', () => {
  assert.equal(join('https://api.anthropic.com', 'anthropic', '/v1/messages'), '/v1/messages');
  assert.equal(join('https://api.anthropic.com/v1', 'anthropic', '/v1/messages'), '/v1/messages');
  assert.equal(join('https://x.example/anthropic', 'anthropic', '/v1/messages'), '/anthropic/v1/messages');
  assert.equal(
    join('https://x.example/v1/account/anthropic', 'anthropic', '/v1/messages'),
    '/v1/account/anthropic/v1/messages',
  );
  assert.equal(join('https://g.example', 'gemini', generate), generate);
  assert.equal(join('https://g.example/v1beta', 'gemini', generate), generate);
  assert.equal(join('https://g.example/v1', 'gemini', generate), '/v1/models/m:generateContent');
});

test('keeps the query of the base URL, which overrides parameters of the client', () => {
  const base = 'https://x.example/v1?api-version=1&flag';
  assert.equal(join(base, 'openai', chat), '/v1/chat/completions?api-version=1&flag');
  assert.equal(join(base, 'openai', `${chat}?a=b`), '/v1/chat/completions?api-version=1&flag&a=b');
  assert.equal(
    join(base, 'openai', `${chat}?api-version=9&a=b&flag=1&a=c`),
    '/v1/chat/completions?api-version=1&flag&a=b&a=c',
  );
});

test('derives the base URL from the URL of an endpoint', () => {
  for (const [written, instead] of [
    ['https://x.example/v1/chat/completions', 'https://x.example/v1'],
    ['https://x.example/v1/chat/completions/', 'https://x.example/v1'],
    ['https://x.example/v1/completions', 'https://x.example/v1'],
    ['https://x.example/api/v3/responses', 'https://x.example/api/v3'],
    ['https://x.example/v1/embeddings', 'https://x.example/v1'],
    ['https://x.example/v1/images/generations', 'https://x.example/v1'],
    ['https://x.example/v1/messages', 'https://x.example/v1'],
    ['https://x.example/v1/messages/count_tokens', 'https://x.example/v1'],
    ['https://x.example/v1/models', 'https://x.example/v1'],
    ['https://x.example/v1beta/models/m:generateContent', 'https://x.example/v1beta'],
    ['https://api.perplexity.ai/chat/completions', 'https://api.perplexity.ai#'],
    [
      'https://r.openai.azure.com/openai/deployments/d/chat/completions?api-version=1',
      'https://r.openai.azure.com/openai/deployments/d?api-version=1',
    ],
  ] as const) {
    assert.equal(withoutEndpoint(new URL(written)), instead);
    assert.equal(withoutEndpoint(new URL(instead)), undefined, instead);
  }
  assert.equal(withoutEndpoint(new URL('https://r.services.ai.azure.com/models')), undefined);
});

const segment = fc.stringMatching(/^[a-z0-9._-]{1,8}$/).filter((text) => !/^\.{1,2}$/.test(text));
const protocol = fc.constantFrom<ProtocolName>('openai', 'anthropic', 'gemini');
const operation = fc.constantFrom(chat, '/v1/messages', `${generate}?alt=sse`, '/v1/models/m:countTokens');

test('for any base: its segments come first, at most one version is removed, and no slash is doubled', () => {
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 5 }), protocol, operation, (segments, which, path) => {
      const basePath = segments.map((each) => `/${each}`).join('');
      const joined = join(`https://x.example${basePath}`, which, path);
      const tail = path.replace(/^\/v1(beta)?/, '');
      assert.ok([basePath + path, basePath + tail].includes(joined), joined);
      assert.doesNotMatch(joined, /\/\//);
    }),
  );
});

test('a base that ends in a version is never followed by another', () => {
  const version = fc.stringMatching(/^v[0-9]{1,2}([a-z]{1,5}[0-9]?)?$/);
  fc.assert(
    fc.property(
      fc.array(segment, { maxLength: 3 }),
      version,
      protocol,
      operation,
      (segments, last, which, path) => {
        const basePath = [...segments, last].map((each) => `/${each}`).join('');
        const joined = join(`https://x.example${basePath}`, which, path);
        assert.equal(joined, basePath + path.replace(/^\/v1(beta)?/, ''));
      },
    ),
  );
});

test('every parameter of the base URL arrives once and as written', () => {
  const parameters = fc.uniqueArray(
    fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), fc.stringMatching(/^[a-z0-9]{0,4}$/)),
    {
      selector: ([name]) => name,
      maxLength: 4,
    },
  );
  const written = (list: readonly (readonly [string, string])[]) =>
    list.map(([name, value]) => `${name}=${value}`).join('&');
  fc.assert(
    fc.property(parameters, parameters, (own, sent) => {
      const [, query = ''] = join(
        `https://x.example/v1?${written(own)}`,
        'openai',
        `${chat}?${written(sent)}`,
      ).split('?');
      const arrived = new URLSearchParams(query);
      for (const [name, value] of maybeEmpty(own)) assert.deepEqual(arrived.getAll(name), [value]);
      for (const [name, value] of maybeEmpty(sent))
        assert.equal(arrived.has(name), true, `${name}=${value} is lost`);
    }),
  );
});
