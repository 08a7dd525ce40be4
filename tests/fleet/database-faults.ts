/** Faults of the database, or of a node during a revocation. Revocations are repeated until they are confirmed. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { maybeEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { judge } from './checker.ts';
import { Hammer } from './clients.ts';
import { askOnce } from './connection.ts';
import type { Fleet } from './fleet.ts';
import type { Fault } from './node-faults.ts';
import { requireAway } from './outage.ts';
import { type RaceResult, type Running, race, untilAll, waitedOf } from './race.ts';

const run = promisify(execFile);

/** The database is unreachable when the revocations arrive, for longer than the lease. */
async function away(
  fleet: Fleet,
  leave: () => Promise<unknown> | unknown,
  comeBack: () => Promise<unknown> | unknown,
): Promise<RaceResult> {
  let awaySince = 0;
  const key = await fleet.createKey();
  const result = await race(fleet, {
    through: fleet.node(0),
    otherwise: fleet.node(1),
    again: fleet.node(2),
    healthy: [],
    async afflict() {
      await leave();
      awaySince = performance.now();
    },
    async relent({ hammer }: Running) {
      await requireAway(fleet, hammer, key.value, awaySince);
      await comeBack();
    },
  });
  assert.ok(result.unconfirmed.length > 0, 'it was not away');
  for (const { status } of maybeEmpty(result.unconfirmed)) assert.equal(status, 503);
  return result;
}

function wayOfAll(fleet: Fleet, way: 'cut' | 'swallow' | 'pass'): void {
  for (const { proxy } of fleet.nodes) proxy.set(way);
}

/** The deletion is committed, but its caller does not learn that. */
async function commitUnheard(fleet: Fleet): Promise<RaceResult> {
  const [first, second] = [fleet.node(0), fleet.node(1)];
  const result = await race(fleet, {
    through: first,
    again: second,
    deletionAlone: true,
    healthy: fleet.nodes.filter((node) => node !== first),
    afflict: () => first.proxy.set('lose-commit'),
    async relent({ deletedKeyId }) {
      assert.deepEqual(
        await fleet.query(`SELECT 1 FROM keys WHERE id = ${deletedKeyId}`),
        [],
        'not committed',
      );
    },
  });
  assert.equal(result.unconfirmed.length, 1);
  assert.equal(result.unconfirmed[0]?.status, 503);
  return result;
}

/** The other nodes cannot acknowledge, so that the coordinator is still waiting when it is killed. */
async function coordinatorKilled(fleet: Fleet): Promise<RaceResult> {
  const [coordinator, second, ...others] = fleet.nodes;
  assert.ok(coordinator && second);
  const dies = async ({ deletedKeyId }: Running) => {
    const isGone = async () =>
      (await fleet.query(`SELECT 1 FROM keys WHERE id = ${deletedKeyId}`)).length === 0;
    await until(isGone, 2);
    await coordinator.kill();
    for (const node of others) node.resume();
  };
  let death: Promise<void> | undefined;
  const result = await race(fleet, {
    through: coordinator,
    again: second,
    deletionAlone: true,
    healthy: [second],
    afflict(running) {
      for (const node of others) node.pause();
      death = dies(running);
    },
    relent: () => death,
  });
  assert.deepEqual(
    result.unconfirmed.map(({ status }) => status),
    [0],
    'it had answered before it died',
  );
  return result;
}

/** The database goes back to a state before a confirmed deletion. */
async function failedOver(fleet: Fleet): Promise<RaceResult> {
  const [lost, control] = [await fleet.createKey(), await fleet.createKey()];
  const [{ data_directory: directory } = {}] = await fleet.query('SHOW data_directory');
  const copy = `${directory}.before`;
  await fleet.postgres.kill();
  await run('cp', ['-a', String(directory), copy]);
  await fleet.postgres.restart();
  await fleet.settle();
  const hammer = new Hammer(fleet, {
    keys: new Map([
      ['deleted', lost.value],
      ['control', control.value],
    ]),
  });
  try {
    await untilAll(fleet.nodes, hammer, ['deleted', 'control'], 200);
    const beganAt = performance.now();
    const asked = { method: 'DELETE', path: `/api/token/${lost.id}`, credential: fleet.token };
    const reply = await askOnce(fleet.node(0).gateway.url, asked);
    hammer.volley('deleted');
    const waited = [waitedOf(reply)];
    await fleet.postgres.kill();
    await run('rm', ['-r', String(directory)]);
    await run('mv', [copy, String(directory)]);
    // Otherwise nodes would reassert the deletion before the check.
    wayOfAll(fleet, 'cut');
    await fleet.postgres.restart();
    assert.equal(
      (await fleet.query(`SELECT 1 FROM keys WHERE id = ${lost.id}`)).length,
      1,
      'nothing was lost',
    );
    await fleet.settle();
    const isGone = async () =>
      (await fleet.query(`SELECT 1 FROM keys WHERE id = ${lost.id}`)).length === 0 &&
      (await fleet.query(`SELECT 1 FROM tombstones WHERE key_id = ${lost.id}`)).length === 1;
    await until(isGone);
    await untilAll(fleet.nodes, hammer, ['deleted'], 401, performance.now());
    await untilAll(fleet.nodes, hammer, ['control'], 200, performance.now());
    await hammer.stop();
    const revoked = { right: 'deleted', returned: reply.at, restored: Number.POSITIVE_INFINITY };
    const verdict = judge(hammer.attempts, [revoked], fleet.upstream.reached);
    assert.deepEqual(verdict.violations, []);
    const deleteMs = reply.at - beganAt;
    return { ...verdict, waited, servedMeanwhile: 0, deleteMs, unconfirmed: [], stalled: false };
  } finally {
    await hammer.stop();
  }
}

async function restarted(fleet: Fleet): Promise<RaceResult> {
  let restart: Promise<unknown> | undefined;
  return race(fleet, {
    through: fleet.node(0),
    otherwise: fleet.node(1),
    again: fleet.node(2),
    healthy: [],
    afflict() {
      restart = fleet.postgres.restart();
    },
    heal: () => restart,
  });
}

export const databaseFaults: readonly Fault[] = [
  { name: 'PostgreSQL restarted in order', run: restarted },
  {
    name: 'PostgreSQL killed, and away at the revocation',
    run: (fleet) =>
      away(
        fleet,
        () => fleet.postgres.kill(),
        () => fleet.postgres.restart(),
      ),
  },
  {
    name: 'PostgreSQL stopped in the middle of everything, and going on later',
    run: (fleet) =>
      away(
        fleet,
        () => fleet.postgres.pause(),
        () => fleet.postgres.resume(),
      ),
  },
  {
    name: 'every node cut off from PostgreSQL',
    run: (fleet) =>
      away(
        fleet,
        () => wayOfAll(fleet, 'swallow'),
        () => wayOfAll(fleet, 'pass'),
      ),
  },
  { name: 'the answer to the commit lost: a repetition confirms', run: commitUnheard },
  {
    name: 'the coordinator killed after its commit: a repetition through another node confirms',
    run: coordinatorKilled,
  },
  { name: 'a fail-over to a database that has lost the deletion', run: failedOver },
];
