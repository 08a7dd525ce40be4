import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagementRequest } from '../request.ts';
import type { Services } from '../services.ts';
import { openApiEndpoint } from './endpoint.ts';

test('the document is not made anew for everyone who asks', async () => {
  const services = { version: '1.2.3', settings: {} } as Services;
  const ask = async () => {
    const answer = await openApiEndpoint.run(services, {} as ManagementRequest, '');
    assert.ok('file' in answer);
    return answer.file;
  };
  const first = await ask();
  const document: unknown = JSON.parse(Buffer.from(first.plain().bytes).toString());
  assert.equal((document as { info: { version: string } }).info.version, '1.2.3');
  assert.equal(await ask(), first);
});
