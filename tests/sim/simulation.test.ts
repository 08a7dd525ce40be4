/**
 * A fleet under simulated time and faults keeps its promises over many schedules; and the same with one guard of
 * the protocol taken out is caught.
 */
import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Figures, noFigures, summary } from '../../sim/simulation/figures.ts';
import { runSchedule } from '../../sim/simulation/schedule.ts';
import { type Edit, mutate } from '../support/mutants.ts';
import { nonEmpty } from '../support/non-empty.ts';

const schedules = 20_000;

/** Of a mutant, which stops at the first one that is caught. */
const schedulesMax = 2 * schedules;

const program = join(import.meta.dirname, '../../sim/simulation/run.ts');

/** In a process of its own: the test runner watches all promises of this one, which makes them several times slower. */
async function runAll(): Promise<{ readonly figures: Figures; readonly failed: number | undefined }> {
  const child = fork(program, ['--share', JSON.stringify([1, schedules, 1])]);
  const ended = once(child, 'close').then(() => assert.fail('the simulation ended without a result'));
  const [share] = await Promise.race([once(child, 'message'), ended]);
  return share;
}

test(`over ${schedules} schedules every promise is kept`, async (t) => {
  const { figures, failed } = await runAll();
  assert.equal(failed, undefined, `npm run sim -- --seed ${failed}`);
  t.diagnostic(summary(figures));
  assert.equal(figures.schedules, schedules);
  assert.ok(figures.admissions > 5 * schedules && figures.bytes > 2 * schedules);
  assert.ok(figures.revocations > schedules / 2);
  for (const [kind, count] of nonEmpty(Object.entries(figures.faults))) assert.ok(count > 100, kind);
});

test('a seed decides everything that happens', async () => {
  const hashes = new Set<number>();
  for (let seed = 1; seed <= 50; seed += 1) {
    const trace: string[] = [];
    const again: string[] = [];
    const { hash } = await runSchedule(seed, noFigures(), trace);
    assert.equal((await runSchedule(seed, noFigures(), again)).hash, hash);
    assert.deepEqual(again, trace);
    assert.equal((await runSchedule(seed, noFigures())).hash, hash, 'the trace changes nothing');
    hashes.add(hash);
  }
  assert.ok(hashes.size > 45);
});

/** What the simulation runs. */
const folders = ['src', 'sim/simulation'];
const core = 'src/revocation/node-core.ts';
const lease = 'src/revocation/lease.ts';
const barrier = 'src/revocation/barrier-core.ts';
const database = 'sim/simulation/database.ts';

/**
 * Without the orderly end of requests shortly before a lease lapses. It is no guard, but it hides for how long exactly a
 * lease is believed.
 */
const noOrderlyEnd: Edit = {
  file: 'src/revocation/cluster-node.ts',
  find: 'onEnding: (leftMs) => this.#abortInOrder(leftMs),',
  replace: 'onEnding: () => undefined,',
};

const mutants: Readonly<Record<string, readonly Edit[]>> = {
  'a read is installed whatever changed meanwhile': [
    { file: 'src/access/fills.ts', find: 'return !fill.stale;', replace: 'return true;' },
  ],
  'a committed change is not evicted on the node that made it': [
    { file: 'src/revocation/pending-revocations.ts', find: 'access.evict(change);', replace: '' },
  ],
  'what other nodes change is not evicted': [
    { file: 'src/revocation/node-handlers.ts', find: 'else access.evict(change);', replace: '' },
  ],
  'a lease is renewed before the log is read': [
    {
      file: core,
      find: 'else {\n        state.extended = state.sentAt;',
      replace: 'else {\n        state.lease = state.sentAt;\n        state.extended = state.sentAt;',
    },
  ],
  'a lease is counted from the answer to its renewal': [
    {
      file: core,
      find: 'else {\n        state.extended = state.sentAt;',
      replace: 'else {\n        state.extended = now;',
    },
    {
      file: core,
      find: 'state.incarnation = event.incarnation;\n      state.extended = state.sentAt;',
      replace: 'state.incarnation = event.incarnation;\n      state.extended = now;',
    },
  ],
  'a change is acknowledged before running requests have ended': [
    {
      file: core,
      find: 'return Math.min(applied?.seq ?? 0, ...enforcing.map(({ after }) => after));',
      replace: 'return applied?.seq ?? 0 * enforcing.length;',
    },
  ],
  'the barrier does not wait for the whole lease': [
    { file: lease, find: 'leaseMs * (1 + rateDriftMax)', replace: 'leaseMs * 0.9' },
    noOrderlyEnd,
  ],
  'clocks are taken to be exact': [
    { file: lease, find: 'rateDriftMax = 0.01', replace: 'rateDriftMax = 0' },
    noOrderlyEnd,
  ],
  'the monotonic clock alone decides': [
    {
      file: lease,
      find: 'Math.max(now.monotonic - from.monotonic, now.wall - from.wall)',
      replace: 'now.monotonic - from.monotonic',
    },
  ],
  'the wall clock alone decides': [
    {
      file: lease,
      find: 'Math.max(now.monotonic - from.monotonic, now.wall - from.wall)',
      replace: 'now.wall - from.wall',
    },
  ],
  'memory outlives the registration': [
    {
      file: core,
      find: "fence(state, effects);\n  effects.push({ do: 'forget' });",
      replace: 'fence(state, effects);',
    },
    {
      file: core,
      find: '!applied || server !== state.server',
      replace: 'applied && server !== state.server',
    },
  ],
  'memory outlives a run of the database': [
    { file: core, find: '!applied || server !== state.server', replace: '!applied' },
  ],
  'what was known under an earlier registration is not compared': [
    { file: core, find: 'state.known = state.applied ?? state.known;', replace: '' },
  ],
  'what was asserted again is not compared': [{ file: core, find: 'state.known = event.head;', replace: '' }],
  'changes that have the same place are waited for together': [
    {
      file: 'src/revocation/barriers.ts',
      find: 'if (latest?.barrier.seq === seq) return latest.done.promise;',
      replace: `for (const { barrier, done } of this.#waiting) if (barrier.seq === seq) return done.promise;
    if (latest?.barrier.seq === seq) return latest.done.promise;`,
    },
  ],
  'the log is believed to be the same by its numbers': [
    { file: core, find: 'same ? same.nonce === applied.nonce : applied.seq === 0', replace: 'true' },
  ],
  'memory is believed without a lease': [
    {
      file: core,
      find: 'return !state.fenced && state.lease !== undefined && isAlive(state.lease, now, state.leaseMs);',
      replace: 'return !state.fenced && state.lease !== undefined && isAlive(now, now, state.leaseMs);',
    },
  ],
  'who does not acknowledge is ended though it renews': [
    { file: database, find: 'if (row?.renewals === renewals)', replace: 'if (row && renewals >= 0)' },
  ],
  'who is silent is ended too early': [
    {
      file: barrier,
      find: 'if (!haveAllEnded(seenAt, nowMonotonic, leaseMs)) return undefined;',
      replace: '',
    },
    noOrderlyEnd,
  ],
  'a registration takes the place of an earlier one of the process': [
    {
      file: database,
      find: 'if (replaces !== undefined) this.leave(replaces);',
      replace: `if (replaces !== undefined) this.leave(replaces);
    for (const row of nodes) if (row.processId === node.processId) row.state = 'left';`,
    },
  ],
};

/** @returns what the mutant says at the end */
function runMutant(dir: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const entry = join(dir, 'sim/simulation/run.ts');
  execFile(process.execPath, [entry, '--schedules', String(schedulesMax)], (_error, stdout) =>
    resolve(stdout),
  );
  return promise;
}

for (const [name, edits] of Object.entries(mutants)) {
  test(`mutant: ${name}`, async (t) => {
    const dir = mutate(folders, edits);
    try {
      const said = await runMutant(dir);
      const violation = /^seed \d+: .*/m.exec(said)?.[0];
      assert.ok(violation, 'a promise must have been broken');
      t.diagnostic(violation);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}
