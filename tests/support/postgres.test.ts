/** The PostgreSQL of the tests must do what the tests of failures rely on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { startPostgres } from './postgres.ts';
import { until } from './until.ts';

test('databases are apart, and what was committed is there after a kill, on the same port', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const [one, two] = [await postgres.createDatabase(), await postgres.createDatabase()];
  await postgres.query(one, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)');
  await assert.rejects(postgres.query(two, 'SELECT * FROM kept'), /does not exist/);
  const client = new pg.Client({ connectionString: one });
  let broken = false;
  client.on('error', () => (broken = true));
  await client.connect();
  await postgres.kill();
  await until(() => broken);
  await assert.rejects(postgres.query(one, 'SELECT 1'), { code: 'ECONNREFUSED' });
  await postgres.restart();
  assert.deepEqual(await postgres.query(one, 'SELECT id FROM kept'), [{ id: 7 }]);
});

test('a pause answers nobody until it is over', async (t) => {
  const postgres = await startPostgres();
  t.after(() => postgres.stop());
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await postgres.pause();
  let answered = false;
  const answer = client.query('SELECT 1').then(() => (answered = true));
  // Time enough for an answer, were there one.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(answered, false);
  await postgres.resume();
  await answer;
  await client.end();
});

test('a test process that is killed takes its PostgreSQL with it', async () => {
  const script = `
    import { startPostgres } from ${JSON.stringify(join(import.meta.dirname, 'postgres.ts'))};
    const postgres = await startPostgres();
    const [row] = await postgres.query(postgres.url, 'SHOW data_directory');
    process.stdout.write(JSON.stringify({ port: postgres.port, dir: row.data_directory }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [told] = (await once(child.stdout, 'data')) as [Buffer];
  const { port, dir } = JSON.parse(told.toString()) as { port: number; dir: string };
  assert.ok(existsSync(dir));
  child.kill('SIGKILL');
  await until(() => !existsSync(dir));
  const client = new pg.Client({ connectionString: `postgres://postgres@127.0.0.1:${port}/postgres` });
  await assert.rejects(client.connect(), { code: 'ECONNREFUSED' });
});
