/** The contract of jobs: their life, the lease of the node that works on them, and the settlement that ends them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maybeEmpty } from '../../../tests/support/non-empty.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import type { JobEnding } from '../../domain/job.ts';
import type { JobRow, NewJob } from '../job-store.ts';
import { aJob, startMs } from './a-job.ts';
import { aRecord, aRequestId, assertInvariants, type Suite } from './engine.ts';
import { heardBy } from './heard.ts';
import { aPayer, keyLimitedTo, limitedTo, type Payer, reserve } from './payer.ts';

const lease = (by: string, nowMs: number) => ({ by, nowMs, untilMs: nowMs + 1000 });

async function running(store: TestStore, payer: Payer, fields: Partial<NewJob> = {}): Promise<JobRow> {
  const job = aJob(payer, fields);
  const id = await store.jobs.insert(job);
  const accepted = {
    id,
    upstreamId: `up-${id}`,
    upstreamPath: '/v1/videos',
    progress: 3,
    nextPollMs: startMs,
  };
  assert.ok(await store.jobs.accept({ ...accepted, sealed: job.sealed }));
  const row = await store.jobs.find(job.publicId);
  assert.ok(row);
  return row;
}

async function settle(store: TestStore, row: JobRow, state: JobEnding['state'], units: number) {
  const { accountId, keyId, requestId, reserved, id } = row;
  const type = state === 'succeeded' ? recordTypes.consume : recordTypes.error;
  const job = { id, state, failure: state === 'failed' ? 'why' : '', endedMs: startMs + 5000 };
  const record = aRecord({ requestId, accountId, keyId, units, type });
  await store.settle([{ record, reserved, job }], true);
}

const limits = { key: keyLimitedTo(100), account: limitedTo(100) };

export const jobsSuite: Suite = (engine, open) => {
  test(`${engine}: a job is what was written, and what became of it`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const job = aJob(payer, { sealed: new Uint8Array([1, 2, 3]), hasCallback: true });
    const id = await store.jobs.insert(job);
    const fresh = {
      ...job,
      ...{
        id,
        state: 'submitting',
        progress: 0,
        failure: '',
        upstreamId: '',
        upstreamPath: '',
        endedMs: null,
      },
      ...{ polls: 0, nextPollMs: 0, cancelled: false, hidden: false, callbackMs: null, callbackAttempts: 0 },
      charged: 0,
    };
    assert.deepEqual(await store.jobs.find(job.publicId), fresh);
    assert.equal(await store.jobs.find('job_other'), undefined);
    const { group, channelName, channelKey, upstreamModel } = job;
    const next = {
      id,
      group,
      multiplier: 2_000_000,
      channelName,
      channelKey,
      upstreamModel,
      channelId: 4,
      attempts: 2,
    };
    assert.ok(await store.jobs.redirect(next));
    const accepted = {
      upstreamId: 'up',
      upstreamPath: '/x',
      progress: 5,
      nextPollMs: 9,
      sealed: new Uint8Array([4]),
    };
    assert.ok(await store.jobs.accept({ id, ...accepted }));
    const row = {
      ...fresh,
      ...accepted,
      state: 'running',
      multiplier: 2_000_000,
      channelId: 4,
      attempts: 2,
      leaseUntilMs: 0,
      leasedBy: '',
    };
    assert.deepEqual(await store.jobs.find(job.publicId), row);
    assert.equal(await store.jobs.redirect(next), false);
    assert.equal(await store.jobs.hold(id, 'late'), false);
  });

  test(`${engine}: a settlement and the end of its job are one; the second changes nothing`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, limits);
    const requestId = aRequestId();
    assert.equal(await reserve(store, payer, 60, { requestId }), 'reserved');
    const row = await running(store, payer, { requestId, reserved: true, hasCallback: true });
    await assertInvariants(store);
    await settle(store, row, 'succeeded', 40);
    await settle(store, row, 'succeeded', 40);
    await settle(store, row, 'failed', 0);
    const ended = await store.jobs.find(row.publicId);
    assert.deepEqual(
      [ended?.state, ended?.charged, ended?.progress, ended?.failure, ended?.endedMs, ended?.callbackMs],
      ['succeeded', 40, 100, '', startMs + 5000, startMs + 5000],
    );
    const { key, account } = (await store.findKeyById(payer.keyId)) ?? {};
    assert.deepEqual([key?.usedQuota, key?.reserved, account?.quota, account?.reserved], [40, 0, 60, 0]);
    await assertInvariants(store);
  });

  test(`${engine}: a settlement of an ended job changes nothing under another request id either`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const row = await running(store, payer);
    await settle(store, row, 'failed', 0);
    await settle(store, { ...row, requestId: aRequestId() }, 'succeeded', 40);
    const found = await store.findKeyById(payer.keyId);
    assert.equal(found?.key.usedQuota, 0);
    assert.equal((await store.jobs.find(row.publicId))?.state, 'failed');
    await assertInvariants(store);
  });

  test(`${engine}: a restart keeps the reservations of open jobs, and of nothing else`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store, limits);
    const requestId = aRequestId();
    await reserve(store, payer, 30, { requestId });
    await reserve(store, payer, 20);
    const row = await running(store, payer, { requestId, reserved: true });
    assert.deepEqual({ ...(await store.releaseReservations()) }, { requests: 1, units: 20 });
    const { key, account } = (await store.findKeyById(payer.keyId)) ?? {};
    assert.deepEqual([key?.reserved, account?.reserved], [30, 30]);
    await assertInvariants(store);
    await settle(store, row, 'failed', 0);
    await assertInvariants(store);
  });

  test(`${engine}: verification finds a job that ended without a record, and a reservation that is gone`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const lost = await running(store, payer, { reserved: true });
    const what = (await store.findLedgerDifferences(10)).map((each) => each.what);
    assert.deepEqual(what, [`reservations of job ${lost.publicId}`]);
    await settle(store, lost, 'succeeded', 5);
    await assertInvariants(store);
    const recorded = await running(store, payer);
    const { requestId, accountId, keyId } = recorded;
    await store.settle([{ record: aRecord({ requestId, accountId, keyId }), reserved: false }], true);
    const found = (await store.findLedgerDifferences(10)).map((each) => each.what);
    assert.deepEqual(found.toSorted(), [
      `records of job ${recorded.publicId}`,
      `units of job ${recorded.publicId}`,
    ]);
  });

  test(`${engine}: one at a time works on a job, and another takes over when its lease has ended`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const rows = [await running(store, payer), await running(store, payer), await running(store, payer)];
    const [both, all] = await Promise.all([
      store.jobs.claimDue(lease('one', startMs), 2),
      store.jobs.claimDue(lease('two', startMs), 3),
    ]);
    const claimed = [...both, ...all].map(({ id }) => id);
    assert.equal(new Set(claimed).size, claimed.length);
    const left = await store.jobs.claimDue(lease('three', startMs + 500), 3);
    assert.deepEqual(
      [...claimed, ...left.map(({ id }) => id)].toSorted(),
      rows.map(({ id }) => id),
    );
    const late = await store.jobs.claimDue(lease('four', startMs + 1600), 3);
    assert.equal(late.length, 3);
    const [first] = late;
    assert.ok(first);
    const looked = {
      id: first.id,
      progress: 50,
      sealed: null,
      polls: 1,
      nextPollMs: startMs + 9000,
      cancelled: false,
    };
    assert.equal(await store.jobs.polled(looked, 'one'), false);
    assert.equal(await store.jobs.polled(looked, 'four'), true);
    assert.equal((await store.jobs.claimDue(lease('five', startMs + 8000), 3)).length, 2);
    assert.equal(
      await store.jobs.claimOne(first.id, lease('six', startMs + 8000)).then((row) => row?.progress),
      50,
    );
    assert.equal(await store.jobs.claimOne(first.id, lease('seven', startMs + 8500)), undefined);
  });

  test(`${engine}: a process that has the database alone takes over at once what another one worked on`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const row = await running(store, await aPayer(store));
    assert.equal((await store.jobs.claimDue(lease('one', startMs), 3)).length, 1);
    assert.deepEqual(await store.jobs.claimDue(lease('two', startMs), 3), []);
    await store.jobs.releaseLeases();
    const [taken] = await store.jobs.claimDue(lease('two', startMs), 3);
    assert.equal(taken?.id, row.id);
  });

  test(`${engine}: a job whose key is gone is due once more, until it is cancelled`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const row = await running(store, payer);
    const later = { id: row.id, progress: 0, sealed: null, polls: 1, nextPollMs: startMs + 99_000 };
    const claimAt = async (ms: number) =>
      (await store.jobs.claimDue(lease('one', startMs + ms), 5)).map(({ id }) => id);
    assert.deepEqual(await claimAt(0), [row.id]);
    await store.jobs.polled({ ...later, cancelled: false }, 'one');
    assert.deepEqual(await claimAt(1), []);
    await store.deleteKeys(payer.accountId, [payer.keyId], heardBy(store));
    assert.deepEqual(await claimAt(2), [row.id]);
    await store.jobs.polled({ ...later, cancelled: true }, 'one');
    assert.deepEqual(await claimAt(3), []);
    assert.deepEqual(await claimAt(99_000), [row.id]);
  });

  test(`${engine}: a submit that outlives its lease is held, and may still turn out to be accepted`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const job = aJob(payer);
    const id = await store.jobs.insert(job);
    assert.deepEqual(await store.jobs.holdAbandoned(startMs + 59_999, 'left'), []);
    const held = await store.jobs.holdAbandoned(startMs + 60_000, 'left');
    assert.deepEqual(
      held.map((row) => [row.id, row.state, row.failure]),
      [[id, 'held', 'left']],
    );
    assert.deepEqual(await store.jobs.holdAbandoned(startMs + 60_000, 'left'), []);
    assert.deepEqual(await store.jobs.claimDue(lease('one', startMs + 70_000), 5), []);
    const late = { id, upstreamId: 'up', upstreamPath: '/x', progress: 0, nextPollMs: 0, sealed: null };
    assert.ok(await store.jobs.accept(late));
    assert.deepEqual(await store.jobs.find(job.publicId).then((row) => [row?.state, row?.failure]), [
      'running',
      '',
    ]);
  });

  test(`${engine}: lists follow the filter and the order, and leave out what the client has no id of`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const [payer, other] = [await aPayer(store), await aPayer(store)];
    const one = await running(store, payer);
    const two = await running(store, payer, { vendor: 'suno', createdMs: startMs + 10 });
    const foreign = await running(store, other);
    await store.jobs.insert(aJob(payer));
    const ids = async (filter: Parameters<TestStore['jobs']['list']>[0], order: 'asc' | 'desc' = 'desc') => {
      const rows = await store.jobs.list(filter, { limit: 10, offset: 0, order });
      assert.equal((await store.jobs.count({ ...filter, afterId: undefined }, 10)) >= rows.length, true);
      return maybeEmpty(rows).map(({ id }) => id);
    };
    const { accountId, keyId } = payer;
    assert.deepEqual(await ids({ accountId, isListed: true }), [two.id, one.id]);
    assert.deepEqual(await ids({ accountId, isListed: true }, 'asc'), [one.id, two.id]);
    assert.deepEqual(await ids({ keyId, vendor: 'suno' }), [two.id]);
    assert.deepEqual(await ids({ isListed: true, afterId: two.id }), [one.id]);
    assert.deepEqual(await ids({ isListed: true, fromMs: startMs + 1 }), [two.id]);
    assert.deepEqual(await ids({ isListed: true, toMs: startMs, states: ['running'] }), [foreign.id, one.id]);
    assert.deepEqual(await ids({ publicId: one.publicId, states: [] }), []);
    assert.deepEqual(await ids({ accountId, requestId: one.requestId }), [one.id]);
    assert.deepEqual(await ids({ accountId: other.accountId, requestId: one.requestId }), []);
    assert.deepEqual(await ids({ requestId: two.requestId }), [two.id]);
    await store.jobs.hide(one.id);
    assert.deepEqual(await ids({ accountId, isListed: true }), [two.id]);
    assert.deepEqual(await store.jobs.countOpenOf([keyId, other.keyId, 999]), [3, 1, 0]);
    assert.deepEqual(await store.jobs.open(), [
      { vendor: 'suno', state: 'running', count: 1, oldestMs: startMs + 10 },
      { vendor: 'videos', state: 'running', count: 2, oldestMs: startMs },
      { vendor: 'videos', state: 'submitting', count: 1, oldestMs: startMs },
    ]);
  });

  test(`${engine}: a text that no row can hold finds nothing, and is written with a replacement`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const row = await running(store, payer);
    const page = { limit: 10, offset: 0, order: 'desc' } as const;
    for (const filter of [{ publicId: 'a\0' }, { vendor: '\0' }, { action: '\0' }, { keyId: 1.5 }]) {
      assert.deepEqual(await store.jobs.list(filter, page), []);
      assert.equal(await store.jobs.count(filter, 10), 0);
    }
    assert.equal(await store.jobs.find('\0'), undefined);
    await store.jobs.hurry('\0', startMs);
    const odd = await store.jobs.insert(aJob(payer, { clientAddress: 'a\0b', path: '/\ud800' }));
    assert.ok(await store.jobs.hold(odd, 'the upstream said \0'));
    assert.equal((await store.jobs.list({ states: ['held'] }, page)).length, 1);
    const { accountId, keyId, requestId, reserved, id } = row;
    const record = aRecord({ requestId, accountId, keyId, units: 0, type: recordTypes.error });
    const job = { id, state: 'failed', failure: 'it said \0', endedMs: startMs + 5000 } as const;
    await store.settle([{ record, reserved, job }], true);
    assert.equal((await store.jobs.find(row.publicId))?.state, 'failed');
  });

  test(`${engine}: one process reports an end to its callback, and ended jobs go in time`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const payer = await aPayer(store);
    const row = await running(store, payer, { hasCallback: true });
    await settle(store, await running(store, payer), 'failed', 0);
    assert.deepEqual(await store.jobs.claimCallbacks(lease('one', startMs + 9000), 5), []);
    await settle(store, row, 'succeeded', 1);
    const told = await store.jobs.claimCallbacks(lease('one', startMs + 9000), 5);
    assert.deepEqual(
      told.map(({ id }) => id),
      [row.id],
    );
    assert.deepEqual(await store.jobs.claimCallbacks(lease('two', startMs + 9000), 5), []);
    assert.equal(await store.jobs.deleteEndedBefore(startMs + 6000, 5), 1);
    await store.jobs.calledBack(row.id, 1, startMs + 20_000);
    assert.deepEqual(await store.jobs.claimCallbacks(lease('two', startMs + 19_000), 5), []);
    assert.equal(
      (await store.jobs.claimCallbacks(lease('two', startMs + 20_000), 5))[0]?.callbackAttempts,
      1,
    );
    await store.jobs.calledBack(row.id, 2, null);
    assert.equal(await store.jobs.deleteEndedBefore(startMs + 6000, 5), 1);
    assert.equal(await store.jobs.find(row.publicId), undefined);
  });
};
