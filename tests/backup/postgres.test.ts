/**
 * The restore drill on PostgreSQL: every node is stopped, the database goes back to an earlier copy, the nodes start.
 * The copy is made by the server itself (CREATE DATABASE … TEMPLATE), which stands for pg_dump and pg_restore.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { mutate } from '../support/mutants.ts';
import { shareTestPostgres } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { type Ending, temporaryDirectory } from './backups.ts';
import { assertRestored, changeCast, makeCast } from './drill.ts';

type Env = Readonly<Record<string, string>>;
const nodeNames = ['one', 'two'] as const;

/** @param logOf settings of the tombstone log of a node */
async function drill(t: Ending, logOf: (node: string, dir: string) => Env, entry?: string): Promise<void> {
  const dir = temporaryDirectory(t);
  const url = await freshDatabase();
  const start = async (changed?: string): Promise<readonly [Gateway, Gateway]> => {
    const [one, two] = await Promise.all(
      nodeNames.map(async (node) => {
        const dataDir = join(dir, node);
        mkdirSync(dataDir, { recursive: true, mode: 0o700 });
        const gateway = await startGateway({
          dataDir,
          env: {
            HALLEY_BOOTSTRAP_TOKEN: 'root-token-of-the-drill',
            HALLEY_DATABASE_URL: url,
            HALLEY_SERVER_SECRET: 'd4'.repeat(32),
            HALLEY_FLEET_LEASE_MS: '10000',
            ...logOf(node, dir),
          },
          ...(changed === undefined ? {} : { entry: changed }),
        });
        t.after(() => void gateway.process.kill('SIGKILL'));
        return gateway;
      }),
    );
    assert.ok(one && two);
    return [one, two];
  };
  const first = await start();
  const cast = await makeCast(first[0]);
  for (const node of first) await node.stop();
  const backup = `${nameOf(url)}_backup`;
  await copyDatabase(nameOf(url), backup);

  const second = await start();
  const later = await changeCast(second[0], cast);
  for (const node of second) await node.stop();
  await query(`DROP DATABASE "${nameOf(url)}"`);
  await copyDatabase(backup, nameOf(url));
  // What belongs to a node alone is not counted on.
  for (const node of nodeNames) rmSync(join(dir, node), { recursive: true });

  const third = await start(entry);
  try {
    for (const node of third) await assertRestored(node, cast, later);
  } finally {
    for (const node of third) await node.kill();
  }
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);

async function query(sql: string): Promise<void> {
  const postgres = await shareTestPostgres();
  await postgres.query(postgres.url, sql);
}

const copyDatabase = (from: string, to: string) => query(`CREATE DATABASE "${to}" TEMPLATE "${from}"`);

const byVolume = (node: string, dir: string): Env => ({ HALLEY_TOMBSTONES_PATH: join(dir, `${node}.log`) });

test('what was deleted after the backup is dead on every node, by a log on a volume of each', (t) =>
  drill(t, byVolume));

test('and by a log in a second database', async (t) => {
  const url = await (await shareTestPostgres()).createDatabase();
  await drill(t, () => ({ HALLEY_TOMBSTONES_URL: url }));
});

test('caught: nodes that start without a look at the tombstone log', async (t) => {
  const dir = mutate(
    ['src'],
    [
      {
        file: 'src/assembly/protect-restores.ts',
        find: 'await reconcileTombstones(',
        replace: 'await (async (..._: unknown[]) => ({ revived: {}, restored: 0, logged: 0, damaged: 0 }))(',
      },
    ],
  );
  t.after(() => rmSync(dir, { recursive: true }));
  await assert.rejects(drill(t, byVolume, join(dir, 'src/cli/halley.ts')), /lives again/);
});
