/** What the detail of a request says of the session or the job that it belongs to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobOperation } from '../../src/domain/job.ts';
import { aJob } from '../../src/store/contract/a-job.ts';
import { aRecord, settleAll } from './records.ts';
import { createAccount, createKey, dataOf, useRig } from './rig.ts';

const rig = useRig();
const now = () => Math.floor(rig.clock.now() / 1000);

test('a response of a realtime session leads to the records before and after it, across a gap', async () => {
  const user = await createAccount(rig);
  const session = `session-${user.id}`;
  const response = (ordinal: number) => ({
    ...aRecord({ accountId: user.id, createdAt: now() }, { operation: 'realtime' }),
    requestId: `${session}.${ordinal}`,
  });
  const strange = { ...response(1), accountId: (await createAccount(rig)).id, requestId: `${session}.9` };
  await settleAll(rig.store, [response(1), response(2), response(5), strange]);
  const detailOf = async (requestId: string) =>
    dataOf(await rig.call('GET', `/api/log/detail?request_id=${requestId}`, { token: user.token }));
  const place = { request_id: session, number: 2, previous: `${session}.1`, next: `${session}.5` };
  assert.deepEqual((await detailOf(`${session}.2`)).session, place);
  const last = (await detailOf(`${session}.5`)).session as typeof place;
  assert.deepEqual([last.previous, last.next], [`${session}.2`, '']);
});

test('the record of a job names it, and other records name none', async () => {
  const user = await createAccount(rig);
  const key = await createKey(rig, {}, user.token);
  const job = aJob({ accountId: user.id, keyId: key.id });
  await rig.store.jobs.insert(job);
  const operation = jobOperation(job.vendor, job.action);
  const ofJob = aRecord(
    { accountId: user.id, createdAt: now(), requestId: job.requestId },
    { operation, videoSeconds: 8 },
  );
  const other = aRecord({ accountId: user.id, createdAt: now() }, { operation: 'chat.completions' });
  await settleAll(rig.store, [ofJob, other]);
  const detailOf = async (requestId: string) =>
    dataOf(await rig.call('GET', `/api/log/detail?request_id=${requestId}`, { token: user.token }));
  assert.equal((await detailOf(ofJob.requestId)).task_id, job.publicId);
  const { task_id, session } = await detailOf(other.requestId);
  assert.deepEqual([task_id, session], ['', null]);
});
