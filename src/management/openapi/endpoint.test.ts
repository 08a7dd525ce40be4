import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagementRequest } from '../request.ts';
import type { Services } from '../services.ts';
import { openApiEndpoint } from './endpoint.ts';

test('the document is not made anew for everyone who asks', async () => {
  const services = { version: '1.2.3', settings: {} } as Services;
  const ask = async () => {
    const answer = await openApiEndpoint.run(services, {} as ManagementRequest, '');
    assert.ok('body' in answer);
    return answer.body;
  };
  const first = await ask();
  assert.equal((first.info as { version: string }).version, '1.2.3');
  assert.equal(await ask(), first);
});
