/**
 * The restore drill on PostgreSQL: every node stops, the database is replaced by an earlier copy, the nodes start.
 * The server itself makes the copy (CREATE DATABASE … TEMPLATE), instead of pg_dump and pg_restore.
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { shareTestPostgres } from '../support/postgres.ts';
import { freshDatabase } from '../support/postgres-database.ts';
import { type Ending, temporaryDirectory } from './backups.ts';
import { assertRestored, changeCast, makeCast } from './drill.ts';

type Env = Readonly<Record<string, string>>;

/** @param logOf settings of the tombstone log of a node */
async function drill(
  t: Ending,
  nodeNames: readonly string[],
  logOf: (node: string, dir: string) => Env,
): Promise<void> {
  const dir = temporaryDirectory(t);
  const url = await freshDatabase();
  const start = (): Promise<readonly Gateway[]> =>
    Promise.all(
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
        });
        t.after(() => void gateway.process.kill('SIGKILL'));
        return gateway;
      }),
    );
  const first = await start();
  const cast = await makeCast(firstOf(first));
  for (const node of first) await node.stop();
  const backup = `${nameOf(url)}_backup`;
  await copyDatabase(nameOf(url), backup);

  const second = await start();
  const later = await changeCast(firstOf(second), cast);
  for (const node of second) await node.stop();
  await query(`DROP DATABASE "${nameOf(url)}"`);
  await copyDatabase(backup, nameOf(url));
  // The drill must not depend on the files of single nodes.
  for (const node of nodeNames) rmSync(join(dir, node), { recursive: true });

  const third = await start();
  try {
    for (const node of third) await assertRestored(node, cast, later);
  } finally {
    for (const node of third) await node.kill();
  }
}

function firstOf(nodes: readonly Gateway[]): Gateway {
  const [first] = nodes;
  assert.ok(first);
  return first;
}

const nameOf = (url: string) => new URL(url).pathname.slice(1);

async function query(sql: string): Promise<void> {
  const postgres = await shareTestPostgres();
  await postgres.query(postgres.url, sql);
}

const copyDatabase = (from: string, to: string) => query(`CREATE DATABASE "${to}" TEMPLATE "${from}"`);

const byVolume = (node: string, dir: string): Env => ({ HALLEY_TOMBSTONES_PATH: join(dir, `${node}.log`) });

test('credentials deleted after the backup stay revoked on every node, with a log on a volume of each', (t) =>
  drill(t, ['one', 'two'], byVolume));

test('credentials deleted after the backup stay revoked on every node, with a log in a second database', async (t) => {
  const url = await (await shareTestPostgres()).createDatabase();
  await drill(t, ['one'], () => ({ HALLEY_TOMBSTONES_URL: url }));
});
