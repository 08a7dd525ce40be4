import assert from 'node:assert/strict';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startPostgres, type TestPostgres } from '../../../tests/support/postgres.ts';
import { postgresBinaries } from '../../../tests/support/postgres-binaries.ts';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import {
  authority,
  otherAuthority,
  serverCertificate,
  serverKey,
} from '../../../tests/support/test-authority.ts';
import { systemClock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { Database } from './connection.ts';
import { openPostgresStore } from './open.ts';
import { withStrictTls } from './tls.ts';

let dir: string;
let postgres: TestPostgres;
const file = (name: string) => join(dir, name);

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'halley-tls-'));
  const { owner } = postgresBinaries();
  const files = { 'ca.pem': authority, 'other.pem': otherAuthority, 'server.pem': serverCertificate };
  for (const [name, text] of Object.entries(files)) await writeFile(file(name), text);
  await writeFile(file('server.key'), serverKey, { mode: 0o600 });
  if (owner !== undefined) for (const path of [dir, file('server.key')]) await chown(path, owner, owner);
  postgres = await startPostgres({
    settings: { ssl: 'on', ssl_cert_file: file('server.pem'), ssl_key_file: file('server.key') },
  });
});
after(async () => {
  await postgres?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** An address of the test's PostgreSQL. */
function url(host: string, parameters: Readonly<Record<string, string>>): string {
  return `postgres://postgres@${host}:${postgres.port}/postgres?${new URLSearchParams(parameters)}`;
}

const open = (address: string) =>
  openPostgresStore({
    ...connectionOf(address),
    clock: systemClock,
    nodeId: 'node',
    processId: 'process',
  });

async function refusal(address: string): Promise<string> {
  const error = await open(address).then(
    ({ store }) => store.close().then(() => undefined),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HalleyError, `${error}`);
  assert.equal(error.code, 'store_unavailable');
  return error.message;
}

test('verify-full with the certificate of a private authority opens the store, and every connection is encrypted', async () => {
  const address = url('localhost', { sslmode: 'verify-full', sslrootcert: file('ca.pem') });
  const { store, database } = await open(address);
  const row = await database.one(
    "SELECT count(*) AS all, count(*) FILTER (WHERE ssl) AS encrypted FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'halley%'",
  );
  assert.ok(Number(row.all) >= 1);
  assert.equal(row.encrypted, row.all);
  await store.close();
});

test('a certificate of another authority, or for another host, is refused with what to do', async () => {
  for (const parameters of [{ sslrootcert: file('other.pem') }, {}]) {
    const text = await refusal(url('localhost', { sslmode: 'verify-full', ...parameters }));
    assert.match(text, /on localhost:\d+ cannot be used: .*certificate.*`sslrootcert`/);
  }
  const elsewhere = await refusal(url('127.0.0.1', { sslmode: 'verify-full', sslrootcert: file('ca.pem') }));
  assert.match(elsewhere, /127\.0\.0\.1.*certificate is for another name/);
  const missing = await refusal(url('localhost', { sslmode: 'verify-full', sslrootcert: file('none.pem') }));
  assert.match(missing, /none\.pem/);
});

test('require, prefer and verify-ca are as strict as verify-full, and warn of nothing', async (t) => {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  t.after(() => process.off('warning', warn));
  for (const sslmode of ['require', 'prefer', 'verify-ca']) {
    assert.match(await refusal(url('localhost', { sslmode })), /`sslrootcert`/);
    const database = new Database(connectionOf(url('localhost', { sslmode, sslrootcert: file('ca.pem') })));
    const { ssl } = await database.one('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    assert.equal(ssl, true);
    await database.close();
  }
  assert.deepEqual(warnings, []);
});

test('a server without TLS is not talked to in the clear where TLS is asked for', async (t) => {
  const plain = await startPostgres();
  t.after(() => plain.stop());
  const address = `postgres://postgres@localhost:${plain.port}/postgres?sslmode=verify-full`;
  assert.match(await refusal(address), /does not support SSL.*`ssl = on`/s);
});

test('while it runs, a certificate that is not right any more is the database being away, not a fault inside', async () => {
  const database = new Database(
    connectionOf(url('localhost', { sslmode: 'verify-full', sslrootcert: file('other.pem') })),
  );
  await assert.rejects(
    database.get('SELECT 1'),
    (error) => error instanceof HalleyError && error.code === 'store_unavailable',
  );
  await database.close();
});

test('an address is changed in nothing but a mode that the driver would warn of', () => {
  const address = (query: string) => `postgres://u:p%40ss@h:5/db?${query}`;
  assert.equal(withStrictTls(address('sslmode=require')), address('sslmode=verify-full'));
  for (const same of ['sslmode=disable', 'sslmode=no-verify', 'a=b', 'sslmode=require&uselibpqcompat=true'])
    assert.equal(withStrictTls(address(same)), address(same));
});
