import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, fleet, identity, keyChange } from '../../../tests/support/coordination.ts';
import { startPostgres } from '../../../tests/support/postgres.ts';
import { databaseIn } from '../../../tests/support/postgres-database.ts';
import { until } from '../../../tests/support/until.ts';
import { ManualClock } from '../../platform/clock.ts';
import type { CoordinationListener } from '../coordination.ts';

/** Writes down what it is told. */
class Heard implements CoordinationListener {
  hints = 0;
  lost = 0;
  readonly acknowledged: [number, number][] = [];

  onHint(): void {
    this.hints += 1;
  }

  onAcknowledged(incarnation: number, seq: number): void {
    this.acknowledged.push([incarnation, seq]);
  }

  onAsked(): void {}

  onAnswered(): void {}

  onLost(): void {
    this.lost += 1;
  }
}

test('who follows hears of changes and acknowledgements, again after the connection was lost', async (t) => {
  const { db, coordination } = await fleet(t);
  const heard = new Heard();
  const stop = await coordination.follow(heard);
  t.after(stop);
  const node = await coordination.register(identity('a'), undefined, 2000);
  const before = heard.hints;
  const [seq = 0] = await append(db, keyChange(1));
  await coordination.acknowledge(node, seq);
  await until(() => heard.hints > before && heard.acknowledged.length === 1);
  assert.deepEqual(heard.acknowledged, [[node, seq]]);

  const listening = `FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE '%listening'`;
  await db.run(`SELECT pg_terminate_backend(pid) ${listening}`);
  await until(() => heard.lost === 1);
  const lostAt = heard.hints;
  await until(() => heard.hints > lostAt);
  const backAt = heard.hints;
  await append(db, keyChange(2));
  await until(() => heard.hints > backAt);
  await stop();
  const stoppedAt = { hints: heard.hints, lost: heard.lost };
  await append(db, keyChange(3));
  await until(async () => Number((await db.one(`SELECT count(*) AS n ${listening}`)).n) === 0);
  assert.deepEqual({ hints: heard.hints, lost: heard.lost }, stoppedAt);
});

test('a connection that swallows everything is noticed and replaced', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const clock = new ManualClock();
  const { db, coordination } = await fleet(t, clock, await databaseIn(postgres));
  const heard = new Heard();
  const stop = await coordination.follow(heard);
  t.after(stop);
  await postgres.pause();
  try {
    // The time of the next ping, and the time for its answer.
    clock.advance(10_000);
    clock.advance(10_000);
    await until(() => heard.lost === 1);
  } finally {
    await postgres.resume();
  }
  const lostAt = heard.hints;
  clock.advance(10_000);
  await until(() => heard.hints > lostAt);
  const backAt = heard.hints;
  await append(db, keyChange(1));
  await until(() => heard.hints > backAt);
});
