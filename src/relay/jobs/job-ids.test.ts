import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretRing } from '../../domain/secret-ring.ts';
import { systemRandom } from '../../platform/random.ts';
import { callbackPath, calledBack, newJobId } from './job-ids.ts';

const [older, newer] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

test('only a path that this gateway has signed names a job, also under the secret before', () => {
  const id = newJobId(systemRandom);
  const path = callbackPath(new SecretRing(older), id);
  assert.equal(calledBack(new SecretRing(older), path), id);
  assert.equal(calledBack(new SecretRing(newer, [older]), path), id);
  assert.equal(calledBack(new SecretRing(newer), path), undefined);
  const other = newJobId(systemRandom);
  assert.equal(calledBack(new SecretRing(older), path.replace(id, other)), undefined);
  for (const wrong of [
    path.slice(0, -1),
    `${path}/`,
    path.replace('callback', 'call'),
    '/v1/jobs/x/callback/y',
  ]) {
    assert.equal(calledBack(new SecretRing(older), wrong), undefined, wrong);
  }
});
