import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchStored } from './routes.ts';

const callOf = (method: string, path: string) => {
  const found = matchStored(method, path);
  return found && ('call' in found ? `${found.call.name} ${found.id}` : `allow ${found.allow}`);
};

test('each call on a stored response is found by method and path, with its id decoded', () => {
  assert.equal(callOf('GET', '/v1/responses/resp_1'), 'responses.get resp_1');
  assert.equal(callOf('DELETE', '/v1/responses/resp_1/'), 'responses.delete resp_1');
  assert.equal(callOf('POST', '/v1/responses/resp_1/cancel'), 'responses.cancel resp_1');
  assert.equal(callOf('GET', '/v1/responses/resp%5F1/input_items'), 'responses.input_items resp_1');
  assert.equal(callOf('PUT', '/v1/responses/resp_1'), 'allow GET, DELETE');
  assert.equal(callOf('GET', '/v1/responses/resp_1/cancel'), 'allow POST');
});

test('what is no id, or lies deeper, is none of these paths', () => {
  for (const path of [
    ...[
      '/v1/responses/',
      '/v1/responses/.',
      '/v1/responses/..',
      '/v1/responses/%2e%2e',
      '/v1/responses/a%2fb',
    ],
    ...[
      '/v1/responses/a/b/cancel',
      '/v1/responses/%',
      '/v1/responses/a%00',
      '/v1/responses//cancel',
      '/v1/responses',
    ],
  ])
    assert.equal(callOf('GET', path), undefined, path);
});
