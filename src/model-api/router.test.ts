import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isMatched, isModelPath, matchOperation } from '../operations/match.ts';
import type { Operation } from '../operations/operation.ts';
import { HalleyError } from '../platform/errors.ts';
import { Piece } from '../protocols/events/piece.ts';
import type { JsonObject } from '../protocols/protocol.ts';
import { matchModels, protocolOf } from './models-route.ts';

function operation(path: string, query = ''): Operation {
  const found = matchOperation('POST', path, query);
  assert.ok(isMatched(found), `${path}: ${JSON.stringify(found)}`);
  return found;
}

function refusal(path: string, body: JsonObject): HalleyError | undefined {
  try {
    operation(path).checkBody(body);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof HalleyError);
    return error;
  }
}

const gemini = (model: string, verb: string) => `/v1beta/models/${model}:${verb}`;

describe('matchOperation', () => {
  it("serves Google's paths of OpenAI's protocol as the same operations, without a key in the query", () => {
    for (const path of ['chat/completions', 'embeddings', 'images/generations']) {
      const [google, own] = [operation(`/v1beta/openai/${path}`, 'key=k'), operation(`/v1/${path}`)];
      assert.equal(google.name, own.name);
      assert.equal(google.client, own.client);
      assert.equal(google.calls[0].path('m', 'json'), `/v1/${path}`);
    }
    for (const path of ['responses', 'completions', 'messages', 'models/m:generateContent'])
      assert.equal(matchOperation('POST', `/v1beta/openai/${path}`, ''), 'not_found');
    assert.deepEqual(matchOperation('GET', '/v1beta/openai/embeddings', ''), { allow: 'POST' });
  });

  it('knows the fixed paths, with and without one slash at the end', () => {
    const paths: [string, string, string][] = [
      ['/v1/chat/completions', 'openai', 'chat.completions'],
      ['/v1/completions', 'openai', 'completions'],
      ['/v1/responses', 'openai', 'responses'],
      ['/v1/embeddings', 'openai', 'embeddings'],
      ['/v1/images/generations', 'openai', 'images.generations'],
      ['/v1/messages', 'anthropic', 'messages'],
      ['/v1/messages/count_tokens', 'anthropic', 'messages.count_tokens'],
    ];
    for (const [path, protocol, name] of paths) {
      for (const written of [path, `${path}/`]) {
        const found = operation(written);
        assert.equal(found.client.name, protocol);
        assert.equal(found.name, name);
        assert.equal(found.modelInPath, undefined);
        assert.equal(found.calls[0].path('any', 'json'), path);
        assert.deepEqual(matchOperation('GET', written, ''), { allow: 'POST' });
      }
    }
  });

  it("reads Gemini's model and verb out of the path, encoded or not", () => {
    const models: [string, string][] = [
      ['gemini-2.5-flash', 'gemini-2.5-flash'],
      ['google%2Fgemini-2.5', 'google/gemini-2.5'],
      ['google/gemini-2.5', 'google/gemini-2.5'],
      ['a%3Ab', 'a:b'],
      ['a:b', 'a:b'],
      ['m%C3%BC', 'mü'],
    ];
    for (const [written, model] of models) {
      for (const path of [gemini(written, 'generateContent'), `/v1/models/${written}%3agenerateContent/`]) {
        const found = operation(path);
        assert.equal(found.modelInPath, model);
        assert.equal(found.name, 'generateContent');
        assert.equal(found.client.name, 'gemini');
      }
    }
    for (const verb of ['streamGenerateContent', 'embedContent', 'batchEmbedContents', 'countTokens']) {
      assert.equal(operation(gemini('m', verb)).name, verb);
      assert.deepEqual(matchOperation('GET', gemini('m', verb), ''), { allow: 'POST' });
    }
  });

  it('finds nothing at other paths', () => {
    const paths = [
      '/v1',
      '/v1/',
      '/v1/chat/completions//',
      '/v1//chat/completions',
      '//v1/chat/completions',
      '/v1/Chat/completions',
      '/v1/chat%2Fcompletions',
      '/v1/models',
      '/v1beta/models',
      '/v1beta/models/m',
      gemini('m', 'unknownVerb'),
      gemini('', 'generateContent'),
      gemini('%E0%A4', 'generateContent'),
      gemini('a%0Ab', 'generateContent'),
      gemini('a%00b', 'generateContent'),
      gemini('a%20b', 'generateContent'),
      gemini('a//b', 'generateContent'),
      gemini('x'.repeat(257), 'generateContent'),
      '/v1beta/tunedModels/m:generateContent',
    ];
    for (const path of paths) assert.equal(matchOperation('POST', path, ''), 'not_found', path);
  });

  it("sends the mapped model and the other parameters upstream, never the caller's key", () => {
    const stream = operation(gemini('a%2Fb', 'streamGenerateContent'), 'key=sk-secret&alt=sse');
    assert.equal(stream.calls[0].path('a/b', 'json'), '/v1beta/models/a%2Fb:streamGenerateContent?alt=sse');
    assert.equal(
      stream.calls[0].path('../x?y#z', 'json'),
      '/v1beta/models/..%2Fx%3Fy%23z:streamGenerateContent?alt=sse',
    );
    assert.equal(
      operation('/v1/messages', 'beta=true&key=x').calls[0].path('m', 'json'),
      '/v1/messages?beta=true',
    );
    assert.equal(operation('/v1/messages', 'key=x').calls[0].path('m', 'json'), '/v1/messages');
    assert.match(
      operation('/v1/models/m:countTokens').calls[0].path('m', 'json'),
      /^\/v1\/models\/m:countTokens$/,
    );
  });

  it('keeps any model in one segment of the path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (model) => {
        const path = operation(gemini('m', 'generateContent')).calls[0].path(model, 'json');
        assert.match(path, /^\/v1beta\/models\/[^/?#\s]+:generateContent$/);
      }),
    );
  });

  it('never throws on any path', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (path, query) => {
        matchOperation('POST', `/v1beta/models/${path}`, query);
        matchModels('GET', `/v1/models/${path}`, {}, query);
      }),
    );
  });

  it('knows how the answer is framed', () => {
    const form = (path: string, body: JsonObject, query = '') => operation(path, query).responseForm(body);
    assert.equal(form('/v1/chat/completions', { stream: true }), 'sse');
    assert.equal(form('/v1/chat/completions', { stream: false }), 'json');
    assert.equal(form('/v1/messages', {}), 'json');
    assert.equal(form('/v1/embeddings', { stream: true }), 'json');
    assert.equal(form(gemini('m', 'streamGenerateContent'), {}, 'alt=sse'), 'sse');
    assert.equal(form(gemini('m', 'streamGenerateContent'), {}, 'alt=json'), 'json-array');
    assert.equal(form(gemini('m', 'generateContent'), {}, 'alt=sse'), 'json');
  });

  it('keeps the end of each answer back by the marks of its protocol', () => {
    const ends: [string, string, boolean][] = [
      ['/v1/chat/completions', 'data: [DONE]\n\n', true],
      ['/v1/completions', 'data: [DONE]\n\n', true],
      ['/v1/responses', 'event: response.completed\ndata: {}\n\n', true],
      ['/v1/messages', 'event: message_stop\ndata: {}\n\n', true],
      [gemini('m', 'streamGenerateContent'), 'data: {"finishReason":"STOP"}\n\n', false],
    ];
    for (const [path, end, ended] of ends) {
      const hold = operation(path, 'alt=sse').tailHold('sse', false);
      assert.equal(hold.push(new Piece(Buffer.from(': ping\n\n'), 'events'))?.toString(), ': ping\n\n');
      assert.equal(hold.push(new Piece(Buffer.from(end), 'events')), undefined, path);
      assert.equal(hold.ended, ended);
      assert.equal(hold.flush()?.toString(), end);
    }
  });

  it('asks for usage where a stream would not report it', () => {
    const asked = (path: string) =>
      operation(path).calls[0].askForUsage?.({ stream: true }, Buffer.from('{"stream":true}'));
    const withUsage = [{ start: 1, end: 1, text: '"stream_options":{"include_usage":true},' }];
    assert.deepEqual(asked('/v1/chat/completions'), withUsage);
    assert.deepEqual(asked('/v1/completions'), withUsage);
    for (const path of ['/v1/responses', '/v1/messages', gemini('m', 'streamGenerateContent')]) {
      assert.equal(asked(path), undefined);
    }
  });

  it('bounds what a request may use', () => {
    const bound = (path: string, body: JsonObject) => operation(path).bound(body, 100);
    assert.equal(bound('/v1/chat/completions', { max_tokens: 7 }).outputTokens, 7);
    assert.equal(bound('/v1/embeddings', {}).outputTokens, 0);
    assert.equal(bound(gemini('m', 'embedContent'), {}).outputTokens, 0);
    assert.equal(bound(gemini('m', 'generateContent'), {}).outputTokens, undefined);
    assert.equal(bound('/v1/images/generations', { n: 2 }).pieces.images, 2);
  });

  it('charges for everything but counting', () => {
    assert.equal(operation('/v1/messages/count_tokens').charged, false);
    assert.equal(operation(gemini('m', 'countTokens')).charged, false);
    assert.equal(operation('/v1/messages').charged, true);
    assert.equal(operation(gemini('m', 'embedContent')).charged, true);
  });
});

describe('checkBody', () => {
  it('refuses a Gemini body that names another model than the path, wherever it does', () => {
    const check = (body: JsonObject) => refusal(gemini('m', 'countTokens'), body)?.code;
    for (const own of ['m', 'models/m']) {
      assert.equal(check({ contents: [], model: own, requests: [{ model: own }, {}] }), undefined);
    }
    for (const model of ['other', 'models/other', 'models/models/m', 'M', 1, null]) {
      assert.equal(check({ contents: [], model }), 'invalid_body');
      assert.equal(check({ contents: [], requests: [{ model: 'm' }, { model }] }), 'invalid_body');
      assert.equal(check({ contents: [], generateContentRequest: { model } }), 'invalid_body');
      assert.equal(check({ contents: [], generate_content_request: { model } }), 'invalid_body');
    }
  });

  it('names the field that is missing', () => {
    const needs: [string, string, JsonObject][] = [
      ['/v1/chat/completions', 'messages', { messages: [] }],
      ['/v1/messages', 'messages', { messages: [] }],
      ['/v1/messages/count_tokens', 'messages', { messages: [] }],
      ['/v1/responses', 'input', { previous_response_id: 'r' }],
      ['/v1/embeddings', 'input', { input: '' }],
      ['/v1/images/generations', 'prompt', { prompt: 'a cat', stream: false }],
      [gemini('m', 'generateContent'), 'contents', { contents: [] }],
      [gemini('m', 'embedContent'), 'content', { content: {} }],
      [gemini('m', 'batchEmbedContents'), 'requests', { requests: [] }],
      [gemini('m', 'countTokens'), 'contents', { generateContentRequest: {} }],
    ];
    for (const [path, field, enough] of needs) {
      for (const body of [{}, { [field]: null }]) {
        const error = refusal(path, body);
        assert.equal(error?.code, 'field_missing', path);
        assert.equal(error?.param, field);
        assert.match(error?.message ?? '', new RegExp(`"${field}"`));
      }
      assert.equal(refusal(path, enough), undefined, path);
    }
  });

  it('refuses fields of a wrong type', () => {
    assert.equal(refusal('/v1/chat/completions', { messages: 'hi' })?.param, 'messages');
    assert.equal(refusal('/v1/chat/completions', { messages: [], stream: 'true' })?.param, 'stream');
    assert.equal(refusal('/v1/messages', { messages: [], stream: 1 })?.code, 'invalid_body');
    assert.equal(refusal('/v1/images/generations', { prompt: 'a cat', stream: 'x' })?.param, 'stream');
    assert.equal(
      refusal('/v1/images/generations', { prompt: 'a cat', output_format: 'SVG' })?.code,
      'invalid_body',
    );
  });
});

describe('matchModels', () => {
  const route = (path: string, headers = {}, query = '', method = 'GET') => {
    const found = matchModels(method, path, headers, query);
    return typeof found === 'object' && 'protocol' in found ? [found.protocol.name, found.id] : found;
  };

  it("lists models in the caller's protocol", () => {
    const claude = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' };
    const google = { 'x-goog-api-key': 'k' };
    assert.deepEqual(route('/v1/models'), ['openai', undefined]);
    assert.deepEqual(route('/v1/models/', { 'x-api-key': 'k' }), ['openai', undefined]);
    assert.deepEqual(route('/v1/models', claude), ['anthropic', undefined]);
    assert.deepEqual(route('/v1/models', { 'anthropic-version': 'x' }), ['anthropic', undefined]);
    assert.deepEqual(route('/v1/models', google), ['gemini', undefined]);
    assert.deepEqual(route('/v1/models', {}, 'key=k'), ['gemini', undefined]);
    assert.deepEqual(route('/v1beta/models'), ['gemini', undefined]);
    assert.deepEqual(route('/v1beta/openai/models', google), ['openai', undefined]);
    assert.deepEqual(route('/v1/models/google%2Fx', claude), ['anthropic', 'google/x']);
    assert.deepEqual(route('/v1beta/models/google/x'), ['gemini', 'google/x']);
  });

  it('refuses other methods and knows no other paths', () => {
    assert.deepEqual(route('/v1/models', {}, '', 'DELETE'), { allow: 'GET, HEAD' });
    for (const path of ['/v1', '/v1/modelsx', '/v1//models', '/v1/models/%E0', '/v1/models/m:countTokens']) {
      assert.equal(route(path), 'not_found', path);
    }
  });
});

describe('protocolOf', () => {
  it('tells by the path whose error shape a caller reads', () => {
    const shapes: [string, string][] = [
      ['/v1/chat/completions', 'openai'],
      ['/v1/nothing', 'openai'],
      ['/v1/messages', 'anthropic'],
      ['/v1/messages/batches', 'anthropic'],
      ['/v1/messagesx', 'openai'],
      ['/v1beta/x', 'gemini'],
      ['/v1beta/openai/chat/completions', 'openai'],
      ['/v1/models/m:generateContent', 'gemini'],
      ['/v1/v1/messages', 'anthropic'],
      ['/messages', 'anthropic'],
      ['/chat/completions', 'openai'],
      ['/v1/threads/t/messages', 'openai'],
      ['/v1alpha/models/m:generateContent', 'gemini'],
      ['/upload/v1beta/files', 'gemini'],
    ];
    for (const [path, name] of shapes) assert.equal(protocolOf(path, {}).name, name, path);
    const claude = { 'anthropic-version': '2023-06-01' };
    const google = { 'x-goog-api-key': 'k' };
    assert.equal(protocolOf('/v1/files', claude).name, 'anthropic');
    assert.equal(protocolOf('/v1/batches', google).name, 'gemini');
    assert.equal(protocolOf('/v1/chat/completions', { ...claude, ...google }).name, 'openai');
  });
});

describe('isModelPath', () => {
  it('holds for what clients ask for, also with another version or none, and for nothing else', () => {
    for (const path of ['/messages', '/chat/completions', '/models/m:generateContent', '/v1alpha/models'])
      assert.ok(isModelPath(path), path);
    for (const path of ['/v1', '/v1/', '/v1/x', '/v1beta', '/v1beta/models']) assert.ok(isModelPath(path));
    for (const path of ['/', '/v1x', '/v1betax', '/api/v1/', '/V1/x']) assert.ok(!isModelPath(path));
  });
});
