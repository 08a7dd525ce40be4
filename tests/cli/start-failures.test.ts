/** A failed start prints one sentence that names the file or address, and the fix. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { ManualClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { loadServerSecret } from '../../src/store/server-secret.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { startPostgres, type TestPostgres } from '../support/postgres.ts';
import { halley } from './halley.ts';

const root = mkdtempSync(join(tmpdir(), 'halley-start-'));
const model = join(root, 'model');

before(async () => {
  loadServerSecret(model, systemRandom);
  await openSqliteStore({ dir: model, clock: new ManualClock() }).close();
});

after(() => rmSync(root, { recursive: true }));

let directories = 0;

/** Changes a data directory that a gateway has used. */
function spoiled(spoil: (dir: string, database: string) => void): string {
  directories += 1;
  const dir = join(root, String(directories));
  cpSync(model, dir, { recursive: true });
  spoil(dir, join(dir, 'halley.sqlite'));
  return dir;
}

async function assertRefused(env: Readonly<Record<string, string>>, text: RegExp): Promise<void> {
  const { code, stdout, stderr } = await halley(['serve'], { HALLEY_LISTEN: '127.0.0.1:0', ...env });
  assert.equal(code, exitCodes.failure, stderr);
  assert.match(stderr, text);
  assert.match(stderr, /^halley: [^\n]+\n$/, 'one line');
  assert.doesNotMatch(stderr, /Nothing was confirmed|my-password| at .*:\d+:\d+/);
  assert.equal(stdout, '');
}

const inDirectory = (dir: string, text: RegExp) => assertRefused({ HALLEY_DATA_DIR: dir }, text);

test('start failures: a file that is not a database, a truncated one, one of a newer Halley', async () => {
  const junk = spoiled((_, database) => writeFileSync(database, randomBytes(20_000)));
  await inDirectory(junk, new RegExp(`${junk}/halley\\.sqlite is not a SQLite database .*halley restore`));
  for (const bytes of [5000, 60_000]) {
    const cut = spoiled((_, database) => truncateSync(database, bytes));
    await inDirectory(
      cut,
      new RegExp(`${cut}/halley\\.sqlite is damaged, or was cut short .*halley restore`),
    );
  }
  const newer = spoiled((_, database) => {
    const connection = new DatabaseSync(database);
    connection.exec('UPDATE schema_version SET version = 999');
    connection.close();
  });
  await inDirectory(newer, /halley\.sqlite was written by a newer Halley .*Run the newer Halley/);
});

test('start failures: a missing server secret, and one that others can read', async () => {
  const missing = spoiled((dir) => rmSync(join(dir, 'server-secret')));
  await inDirectory(
    missing,
    /holds a database but not the server secret .*Restore .*server-secret from a backup/,
  );
  const open = spoiled((dir) => chmodSync(join(dir, 'server-secret'), 0o644));
  await inDirectory(open, /server-secret has mode 0644.*Run: chmod 600/);
});

test('start failures: a directory that is a file, and one without permission', async (t) => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  await inDirectory(
    file,
    /data directory .*file cannot be used: a file is where a directory must be .*Set data_dir/,
  );
  if (process.getuid?.() === 0)
    return t.diagnostic('SKIPPED for root, who may use every directory: a closed one');
  const closed = spoiled((dir) => chmodSync(dir, 0o000));
  await inDirectory(closed, /cannot be (?:used|opened).*Check that .*this user may read and write/);
  chmodSync(closed, 0o700);
});

test('start failures: a limit of the file size', async () => {
  // The limit of the shell is in blocks of 512 or 1024 bytes. Both are smaller than a database.
  const dir = join(root, 'limited');
  mkdirSync(dir);
  const { spawnSync } = await import('node:child_process');
  const entry = join(import.meta.dirname, '../../src/cli/halley.ts');
  const { status, stderr } = spawnSync(
    'sh',
    ['-c', 'ulimit -f 60; exec "$0" "$@"', process.execPath, entry, 'serve'],
    {
      env: { PATH: process.env.PATH, HALLEY_DATA_DIR: dir, HALLEY_LISTEN: '127.0.0.1:0' },
      cwd: dir,
      encoding: 'utf8',
    },
  );
  assert.equal(status, exitCodes.failure, stderr);
  assert.match(stderr, /^halley: .*limited\/halley\.sqlite cannot be .*limits on file sizes.*\n$/);
});

test('start failures: addresses on which the gateway cannot listen', async (t) => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  t.after(() => holder.close());
  const { port } = holder.address() as { port: number };
  const taken = `127.0.0.1:${port}`;
  const own = { HALLEY_DATA_DIR: spoiled(() => undefined) };
  await assertRefused(
    { ...own, HALLEY_LISTEN: taken },
    new RegExp(`Cannot listen on ${taken}: another process uses it .*set listen to another port`),
  );
  await assertRefused(
    { ...own, HALLEY_METRICS_LISTEN: taken },
    new RegExp(`${taken}: .*set metrics\\.listen to another port`),
  );
  await assertRefused({ ...own, HALLEY_LISTEN: '192.0.2.1:8787' }, /192\.0\.2\.1:8787: .*no such address/);
});

test('start failures: a PostgreSQL that is unreachable, refuses the password, lacks the database, or has no TLS', async (t) => {
  const postgres: TestPostgres = await startPostgres();
  t.after(() => postgres.stop());
  await postgres.query(postgres.url, "CREATE ROLE me LOGIN PASSWORD 'right'");
  const own = { HALLEY_DATA_DIR: join(root, 'node') };
  const at = (user: string, rest: string) => ({ ...own, HALLEY_DATABASE_URL: `postgres://${user}@${rest}` });
  const server = `127.0.0.1:${postgres.port}`;
  await assertRefused(
    at('me:my-password', '127.0.0.1:1/halley'),
    /database halley on 127\.0\.0\.1:1 .*ECONNREFUSED.*Start it/,
  );
  await assertRefused(
    at('me:my-password', 'nowhere.invalid/halley'),
    /halley on nowhere\.invalid:5432 .*host name/,
  );
  await assertRefused(
    at('postgres:my-password', `${server}/nowhere`),
    /nowhere on .*does not exist.*Create the database/,
  );
  await assertRefused(
    at('postgres:my-password', `${server}/postgres?sslmode=verify-full`),
    /does not support SSL.*ssl = on/,
  );
  const [row] = await postgres.query(postgres.url, 'SHOW hba_file');
  writeFileSync(
    String(row?.hba_file),
    'host all postgres 127.0.0.1/32 trust\nhost all me 127.0.0.1/32 scram-sha-256\n',
  );
  await postgres.query(postgres.url, 'SELECT pg_reload_conf()');
  await assertRefused(
    at('me:my-password', `${server}/postgres`),
    /password authentication failed.*Correct user and password in database\.url/,
  );
});

test('commands that read the database report the same failures', async () => {
  const junk = spoiled((_, database) => writeFileSync(database, randomBytes(20_000)));
  const commands = [
    ['ledger', 'verify'],
    ['secret', 'status'],
    ['root', 'reset', '--yes'],
  ];
  for (const words of commands) {
    const { code, stdout, stderr } = await halley(words, { HALLEY_DATA_DIR: junk });
    assert.deepEqual([code, stdout], [exitCodes.failure, ''], words.join(' '));
    assert.match(stderr, /^halley: .*halley\.sqlite is not a SQLite database .*halley restore --help\.\n$/);
  }
  const nothing = await halley(['ledger', 'verify'], { HALLEY_DATA_DIR: join(root, 'nothing') });
  assert.match(nothing.stderr, /^halley: There is no database .*nothing\/halley\.sqlite\. .*--data-dir\.\n$/);
});
