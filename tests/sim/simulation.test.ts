/**
 * A cluster under simulated time and faults keeps its promises over many schedules. Mutants with one guard of the
 * protocol removed are caught.
 */
import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Figures, noFigures, summary } from '../../sim/simulation/figures.ts';
import { runSchedule } from '../../sim/simulation/schedule.ts';
import { compileCacheOf, type Edit, mutate, someOf } from '../support/mutants.ts';
import { nonEmpty } from '../support/non-empty.ts';

const schedules = 6000;

/** Limit for a mutant, which stops at the first violation. */
const schedulesMax = 2 * schedules;

const program = join(import.meta.dirname, '../../sim/simulation/run.ts');

/**
 * In a separate process: the test runner tracks all promises of its own process, which slows them down several
 * times.
 */
async function runAll(): Promise<{ readonly figures: Figures; readonly failed: number | undefined }> {
  const child = fork(program, ['--share', JSON.stringify([1, schedules, 1])]);
  const ended = once(child, 'close').then(() => assert.fail('the simulation ended without a result'));
  const [share] = await Promise.race([once(child, 'message'), ended]);
  return share;
}

test(`keeps every promise over ${schedules} schedules`, async (t) => {
  const { figures, failed } = await runAll();
  assert.equal(failed, undefined, `npm run sim -- --seed ${failed}`);
  t.diagnostic(summary(figures));
  assert.equal(figures.schedules, schedules);
  assert.ok(figures.admissions > 5 * schedules && figures.bytes > 2 * schedules);
  assert.ok(figures.revocations > schedules / 2 && figures.reports > schedules / 2);
  for (const [kind, count] of nonEmpty(Object.entries(figures.faults))) assert.ok(count > 100, kind);
});

test('a seed determines everything that happens', async () => {
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

/** The folders that the simulation runs. */
const folders = ['src', 'sim/simulation'];

/**
 * Disables the orderly end of requests shortly before a lease expires. That is not a guard, but it hides exactly
 * how long a node trusts its lease.
 */
const noOrderlyEnd: Edit = { mark: 'requests end before the lease', part: 'value.body', with: 'undefined' };

const startOfLease = 'start of an extended lease';
const runOfDatabase = 'the cache is of one run of the database';

const oneClock = (which: 0 | 1): Edit => ({
  mark: 'the clock that shows more',
  part: 'declarations.0.init',
  with: (of) => of(`declarations.0.init.arguments.${which}`),
});

const mutants: Readonly<Record<string, readonly Edit[]>> = {
  'an admission is not noted, so that a receipt would not know it': [
    { mark: 'an admission is noted', with: '' },
  ],
  'a read is installed whatever changed meanwhile': [
    { mark: 'a stale read is not installed', part: 'argument', with: 'true' },
  ],
  'a committed change is not evicted on the node that made it': [
    { mark: 'own changes are evicted', with: '' },
  ],
  'what other nodes change is not evicted': [
    { mark: 'changes of others are evicted', part: 'alternate.alternate', with: ';' },
  ],
  'a lease is renewed before the log is read': [
    { mark: startOfLease, with: (of) => `state.lease = ${of('expression.right')}; ${of('')}` },
  ],
  'a lease is counted from the answer to its renewal': [
    { mark: startOfLease, part: 'expression.right', with: 'now' },
    { mark: 'start of the first lease', part: 'expression.right', with: 'now' },
  ],
  'a change is acknowledged before running requests have ended': [
    { mark: 'acknowledged is enforced', part: 'argument', with: (of) => of('argument.arguments.0') },
  ],
  'the barrier does not wait for the whole lease': [
    {
      mark: 'the end of all leases',
      part: 'argument.right',
      with: (of) => `${of('argument.right.left')} * 0.9`,
    },
    noOrderlyEnd,
  ],
  'clocks are taken to be exact': [
    { mark: 'drift of clocks', part: 'declarations.0.init', with: '0' },
    noOrderlyEnd,
  ],
  'the monotonic clock alone decides': [oneClock(0)],
  'the wall clock alone decides': [oneClock(1)],
  'memory outlives the registration': [
    { mark: 'the cache is of one registration', with: '' },
    {
      mark: runOfDatabase,
      part: 'test',
      with: (of) => `${of('test.left.argument')} && ${of('test.right')}`,
    },
  ],
  'memory outlives a run of the database': [
    { mark: runOfDatabase, part: 'test', with: (of) => of('test.left') },
  ],
  'what was known under an earlier registration is not compared': [
    { mark: 'an earlier registration is compared', with: '' },
  ],
  'what was asserted again is not compared': [{ mark: 'what was reasserted is compared', with: '' }],
  'changes that have the same place are waited for together': [
    {
      mark: 'a commit has a wait of its own',
      with: (of) =>
        `for (const { barrier, done } of this.#waiting) if (barrier.seq === seq) return done.promise; ${of('')}`,
    },
  ],
  'the log is believed to be the same by its numbers': [
    { mark: 'a nonce identifies a log', part: 'argument', with: 'true' },
  ],
  'memory is believed without a lease': [
    { mark: 'serving needs a lease', part: 'argument', with: (of) => of('argument.left') },
  ],
  'who does not acknowledge is ended though it renews': [
    {
      mark: 'only who does not renew is expelled',
      part: 'test',
      with: (of) => of('test.left.expression.object'),
    },
  ],
  'who is silent is ended too early': [{ mark: 'only ended leases are expelled', with: '' }, noOrderlyEnd],
  'a registration takes the place of an earlier one of the process': [
    {
      mark: 'a registration replaces one',
      with: (of) =>
        `${of('')} for (const row of nodes) if (row.processId === node.processId) row.state = 'left';`,
    },
  ],
};

/** @returns the last output of the mutant */
function runMutant(dir: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const entry = join(dir, 'sim/simulation/run.ts');
  const env = { ...process.env, ...compileCacheOf(dir) };
  execFile(process.execPath, [entry, '--schedules', String(schedulesMax)], { env }, (_error, stdout) =>
    resolve(stdout),
  );
  return promise;
}

for (const [name, edits] of nonEmpty(someOf(Object.entries(mutants)))) {
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
