/**
 * Measures what many nodes cost one PostgreSQL, with simulated nodes: renewing their leases, and acknowledging a
 * deletion.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Database } from '../../src/store/postgres/connection.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { append, keyChange } from '../../tests/support/coordination.ts';
import { startPostgres, type TestPostgres } from '../../tests/support/postgres.ts';
import { connectionOf } from '../../tests/support/postgres-database.ts';
import type { Bench, Scenario } from '../bench.ts';
import { Child } from '../child.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import { joinNode } from '../members.ts';
import { workOf } from '../postgres-cost.ts';

const leaseMs = 2000;
/** Processes that hold the simulated nodes. */
const processes = 2;
const file = fileURLToPath(new URL('../members.ts', import.meta.url));
/** Joining takes a connection and a transaction for each. */
const joinMs = 120_000;

async function startMembers(url: string, count: number): Promise<readonly Child[]> {
  const children = Array.from({ length: processes }, (_, index) => {
    const own = Math.floor(count / processes) + (index < count % processes ? 1 : 0);
    return new Child('members.ts', [file, url, String(own), String(leaseMs)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  });
  await Promise.all(children.map((child) => child.firstMessage(joinMs)));
  return children;
}

/** CPU time in a second, without changes. */
async function idle(postgres: TestPostgres, url: string, ms: number) {
  const before = await workOf(postgres, url);
  await sleep(ms);
  const after = await workOf(postgres, url);
  return {
    cpuMs: ((after.cpuMs - before.cpuMs) * 1000) / ms,
    commits: ((after.commits - before.commits) * 1000) / ms,
  };
}

async function withMembers(bench: Bench, postgres: TestPostgres, count: number): Promise<Figure[]> {
  const url = await postgres.createDatabase();
  const db = new Database(connectionOf(url));
  await migrate(db, url);
  const children = await startMembers(url, count);
  const maker = await joinNode(url, leaseMs, 'maker');
  await sleep(leaseMs);
  const rest = await idle(postgres, url, bench.quick ? 4000 : 10_000);
  const waits: number[] = [];
  let silent = 0;
  const deletions = bench.quick ? 10 : 30;
  const before = await workOf(postgres, url);
  const beganAt = performance.now();
  for (let keyId = 1; keyId <= deletions; keyId += 1) {
    const [seq = 0] = await append(db, keyChange(keyId, { deleted: true }));
    const { waitedMs, unresponsive, nodes } = await maker.node.confirmed(seq);
    if (nodes !== count) throw new Error(`${nodes} of ${count} nodes were members`);
    waits.push(waitedMs);
    silent += unresponsive;
    await sleep(50);
  }
  const tookMs = performance.now() - beganAt;
  const work = await workOf(postgres, url);
  const cpuOfDeletion = (work.cpuMs - before.cpuMs - (rest.cpuMs * tookMs) / 1000) / deletions;
  await maker.stop();
  await Promise.all(children.map((child) => child.stop()));
  await db.close();
  return [
    {
      name: `${count} nodes: CPU of PostgreSQL in a second, for leases`,
      value: rest.cpuMs,
      unit: 'ms',
      detail: `${rest.commits.toFixed(0)} transactions a second`,
    },
    {
      name: `${count} nodes: a deletion waits for all of them`,
      ...overRounds(waits),
      unit: 'ms',
      detail: `median of ${median(waits).toFixed(0)} ms; CPU of PostgreSQL ${cpuOfDeletion.toFixed(0)} ms; ${silent} silent nodes`,
    },
  ];
}

export const membersScenario: Scenario = {
  name: 'members',
  anyRelay: false,
  async run(bench) {
    const postgres = await startPostgres({ durable: true, settings: { max_connections: '1200' } });
    const figures: Figure[] = [];
    try {
      for (const count of [10, 40, 160]) figures.push(...(await withMembers(bench, postgres, count)));
      return figures;
    } finally {
      await postgres.stop();
    }
  },
};
