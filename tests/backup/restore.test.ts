/** `halley restore`: refusals, the handling of the server secret, and the state after a crash. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { SecretRing } from '../../src/domain/secret-ring.ts';
import { ManualClock, systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { settingsSchema } from '../../src/platform/settings/schema.ts';
import { prepareRestore } from '../../src/store/backup/restore.ts';
import { addAccount, addKey, aKey, anAccount } from '../../src/store/contract/engine.ts';
import { loadServerSecret, rotateServerSecret } from '../../src/store/server-secret.ts';
import { schemaVersion } from '../../src/store/sqlite/migrate.ts';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite/open.ts';
import { halley } from '../cli/halley.ts';
import { compileCache } from '../support/compile-cache.ts';
import { type TestStore, testOrigin, withChanges } from '../support/test-store.ts';
import { type Ending, fromInput, makePlace, type Place, passphrase } from './backups.ts';

const entry = join(import.meta.dirname, '../../src/cli/halley.ts');
const killer = pathToFileURL(join(import.meta.dirname, 'kill-at.ts')).href;

async function open({ dataDir }: Place): Promise<TestStore> {
  const secrets = new SecretRing(loadServerSecret(dataDir, systemRandom));
  const store = withChanges(openSqliteStore({ dir: dataDir, clock: new ManualClock() }));
  await store.sealed.admit(secrets);
  return store;
}

/** Created once and copied, since encrypting a secret with a passphrase takes long. */
const model = mkdtempSync(join(tmpdir(), 'halley-backup-'));
let accountId = 0;

before(async () => {
  const place = makePlace({ after }, model);
  const store = await open(place);
  accountId = (await addAccount(store, anAccount('one'))).id;
  await addKey(store, aKey(accountId, { name: 'then' }));
  await place.backup(place.path('backup'), ...fromInput);
  await addKey(store, aKey(accountId, { name: 'since' }));
  await store.close();
});

after(() => rmSync(model, { recursive: true }));

/**
 * Creates a data directory without a running gateway, with one account and a key called `then`, its backup, and a
 * later key.
 */
function makeBackedUp(t: Ending): { readonly place: Place; readonly backup: string } {
  const place = makePlace(t);
  cpSync(model, place.path('.'), { recursive: true });
  return { place, backup: place.path('backup') };
}

/** Returns the names of the keys in a database, which must not be damaged. */
function keyNames(dataDir: string): string {
  const database = new DatabaseSync(join(dataDir, databaseFileName));
  try {
    assert.equal(Object.values(database.prepare('PRAGMA integrity_check').get() ?? {})[0], 'ok');
    return database
      .prepare('SELECT name FROM keys ORDER BY id')
      .all()
      .map(({ name }) => name)
      .join();
  } finally {
    database.close();
  }
}

/** Copies a data directory as a killed gateway leaves it: the newest key is only in the write-ahead log. */
async function leaveWithLog(t: Ending, from: Place): Promise<Place> {
  const store = await open(from);
  await addKey(store, aKey(accountId, { name: 'in the log' }));
  const killed = makePlace(t);
  mkdirSync(killed.dataDir);
  const names = readdirSync(from.dataDir).filter(
    (name) => name.startsWith('halley') || name.startsWith('server'),
  );
  for (const name of names) copyFileSync(join(from.dataDir, name), join(killed.dataDir, name));
  await store.close();
  assert.ok(statSync(join(killed.dataDir, `${databaseFileName}-wal`)).size > 0);
  return killed;
}

async function restoreInProcess({ dataDir }: Place, from: string): Promise<void> {
  const prepared = await prepareRestore({
    origin: testOrigin,
    settings: settingsSchema.parse({ data_dir: dataDir }),
    from,
    passphrase: () => Promise.reject(new Error('the secret is there')),
    keepsReplaced: true,
    clock: systemClock,
    random: systemRandom,
  });
  prepared.commit();
}

test('after a crash at any step, the old or the new database opens, and a second restore succeeds', async (t) => {
  const { place, backup } = makeBackedUp(t);
  const loaded = await leaveWithLog(t, place);
  const seen = new Set<string>();
  for (let index = 1; ; index += 1) {
    const killed = makePlace(t);
    cpSync(loaded.dataDir, killed.dataDir, { recursive: true });
    const args = ['--import', killer, entry, 'restore', backup, '--data-dir', killed.dataDir, '--yes'];
    const { status, signal, stderr } = spawnSync(process.execPath, args, {
      env: { PATH: process.env.PATH, HOME: killed.dataDir, ...compileCache, KILL_AT: String(index) },
      encoding: 'utf8',
    });
    if (signal === null) {
      assert.equal(status, exitCodes.ok, stderr);
      assert.equal(keyNames(killed.dataDir), 'then');
      assert.ok(index > 4, `only ${index} steps were seen`);
      break;
    }
    // Start gateways after the crash and after a second restore.
    const names = keyNames(killed.dataDir);
    assert.ok(['then,since,in the log', 'then'].includes(names), `step ${index}: ${names}`);
    seen.add(names);
    await restoreInProcess(killed, backup);
    assert.equal(keyNames(killed.dataDir), 'then');
    const left = readdirSync(killed.dataDir).filter((name) => /restoring|-wal$|-shm$/.test(name));
    assert.deepEqual(left, [], `step ${index}`);
  }
  assert.equal(seen.size, 2, 'crashes before and after the change were seen');
});

test('a restore keeps the replaced database with its write-ahead log, or removes it with the option', async (t) => {
  const { place, backup } = makeBackedUp(t);
  const killed = await leaveWithLog(t, place);
  const { code, stdout, stderr } = await killed.restore(backup);
  assert.equal(code, exitCodes.ok, stderr);
  assert.match(stderr, /Created after the backup, and lost by the restore: 2 keys, 0 accounts/);
  const kept = /replaced database is (\S+)\./.exec(stdout)?.[1] ?? '';
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  const old = makePlace(t);
  mkdirSync(old.dataDir);
  copyFileSync(kept, join(old.dataDir, databaseFileName));
  assert.equal(keyNames(old.dataDir), 'then,since,in the log');

  const discarded = await killed.restore(backup, '--discard-replaced');
  assert.equal(discarded.code, exitCodes.ok);
  assert.doesNotMatch(discarded.stdout, /replaced database/);
  assert.equal(readdirSync(killed.dataDir).filter((name) => name.includes('.replaced-')).length, 1);
});

test('an id assigned after the backup is never assigned again', async (t) => {
  const { place, backup } = makeBackedUp(t);
  assert.equal((await place.restore(backup)).code, exitCodes.ok);
  const store = await open(place);
  const key = await addKey(store, aKey(accountId, { name: 'new' }));
  await store.close();
  assert.equal(key.id, 3);
});

test('replaces a damaged database and keeps its files unchanged', async (t) => {
  const { place, backup } = makeBackedUp(t);
  writeFileSync(join(place.dataDir, databaseFileName), 'no database at all. '.repeat(500));
  writeFileSync(join(place.dataDir, `${databaseFileName}-wal`), 'no log either');
  const { code, stdout, stderr } = await place.restore(backup);
  assert.equal(code, exitCodes.ok, stderr);
  assert.match(stderr, /present database cannot be read/);
  assert.equal(keyNames(place.dataDir), 'then');
  const kept = /replaced database is (\S+)\./.exec(stdout)?.[1] ?? '';
  assert.match(readFileSync(kept, 'utf8'), /^no database at all/);
  assert.equal(readFileSync(`${kept}-wal`, 'utf8'), 'no log either');
});

test('a restore refuses a backup that is damaged, incomplete or newer, and changes nothing', async (t) => {
  const { place, backup } = makeBackedUp(t);
  const manifestOf = (dir: string) => join(dir, 'manifest.json');
  const edit = (dir: string, change: (manifest: Record<string, unknown>) => void) => {
    const manifest = JSON.parse(readFileSync(manifestOf(dir), 'utf8')) as Record<string, unknown>;
    change(manifest);
    writeFileSync(manifestOf(dir), JSON.stringify(manifest));
  };
  const spoilings: [RegExp, (dir: string) => void][] = [
    [/damaged: use another/, (dir) => truncateSync(join(dir, 'halley.sqlite'), 8192)],
    [
      /damaged: use another/,
      (dir) => {
        const bytes = readFileSync(join(dir, 'halley.sqlite'));
        bytes[5000] = (bytes[5000] ?? 0) ^ 1;
        writeFileSync(join(dir, 'halley.sqlite'), bytes);
      },
    ],
    [
      /manifest\.json is damaged, at "database\.sha256"/,
      (dir) =>
        edit(dir, (manifest) => {
          manifest.database = { ...Object(manifest.database), sha256: 'x' };
        }),
    ],
    [/manifest\.json cannot be read/, (dir) => writeFileSync(manifestOf(dir), '{')],
    [
      /newer Halley\. Restore with that version/,
      (dir) =>
        edit(dir, (manifest) => {
          manifest.format = 2;
        }),
    ],
    [
      new RegExp(`schema version ${schemaVersion + 1} is newer than this one's \\(${schemaVersion}\\)`),
      (dir) =>
        edit(dir, (manifest) => {
          manifest.schema_version = schemaVersion + 1;
        }),
    ],
    [
      /There is no backup in .*manifest\.json is missing/,
      (dir) => writeFileSync(`${dir}.x`, '') ?? undefined,
    ],
  ];
  const original = readFileSync(join(place.dataDir, databaseFileName));
  for (const [index, [text, spoil]] of spoilings.entries()) {
    const spoiled = place.path(`spoiled-${index}`);
    cpSync(backup, spoiled, { recursive: true });
    spoil(spoiled);
    const from = existsSync(`${spoiled}.x`) ? place.path('.') : spoiled;
    await assert.rejects(restoreInProcess(place, from), { code: 'store_unavailable', message: text });
  }
  const { code, stdout, stderr } = await place.restore(place.path('nowhere'));
  assert.deepEqual([code, stdout], [exitCodes.failure, '']);
  assert.match(stderr, /^halley: There is no backup in .*nowhere does not exist\..*\n$/);
  assert.deepEqual(readFileSync(join(place.dataDir, databaseFileName)), original);
  const names = readdirSync(place.dataDir).filter((name) => name.includes('restoring'));
  assert.deepEqual(names, []);
});

test('a restore refuses while a gateway or another program uses the database, and names it', async (t) => {
  const { place, backup } = makeBackedUp(t);
  const gateway = await place.start();
  const refused = await place.restore(backup);
  assert.equal(refused.code, exitCodes.failure);
  assert.ok(refused.stderr.includes(`Another process (pid ${gateway.process.pid}) uses`), refused.stderr);
  await gateway.stop();

  const reader = new DatabaseSync(join(place.dataDir, databaseFileName));
  try {
    reader.prepare('SELECT count(*) FROM keys').get();
    const open = await place.restore(backup);
    assert.equal(open.code, exitCodes.failure);
    assert.match(open.stderr, /Another program has .*halley\.sqlite open\. End it/);
  } finally {
    reader.close();
  }
  assert.equal(keyNames(place.dataDir), 'then,since');
});

test('refuses a directory of another user', {
  skip: process.getuid?.() !== 0 && 'SKIPPED: needs root',
}, async (t) => {
  const { place, backup } = makeBackedUp(t);
  chownSync(place.dataDir, 65534, 65534);
  const { code, stderr } = await place.restore(backup);
  assert.equal(code, exitCodes.usage);
  assert.match(stderr, /belongs to another user \(uid 65534\).*sudo -u '#65534'/);
});

test('restores nothing without a confirmation', async (t) => {
  const { place, backup } = makeBackedUp(t);
  const { code, stderr } = await halley(['restore', backup, '--data-dir', place.dataDir]);
  assert.equal(code, exitCodes.usage);
  assert.match(stderr, /Add --yes/);
  assert.equal(keyNames(place.dataDir), 'then,since');
});

test('restores the server secret into a directory without one, and never replaces another one', async (t) => {
  const { place, backup } = makeBackedUp(t);
  const secretOf = (dir: string) => readFileSync(join(dir, 'server-secret'), 'utf8');
  const fresh = makePlace(t);
  const wrong = await halley(
    ['restore', backup, '--data-dir', fresh.dataDir, '--yes', ...fromInput],
    {},
    `${passphrase}?\n`,
  );
  assert.equal(wrong.code, exitCodes.failure);
  assert.match(wrong.stderr, /passphrase does not open .*server-secret\.sealed/);
  assert.ok(!existsSync(join(fresh.dataDir, databaseFileName)));
  const unasked = await fresh.restore(backup);
  assert.equal(unasked.code, exitCodes.usage);
  assert.match(unasked.stderr, /--passphrase-file/);
  assert.equal((await fresh.restore(backup, ...fromInput)).code, exitCodes.ok);
  assert.equal(secretOf(fresh.dataDir), secretOf(place.dataDir));
  assert.equal(statSync(join(fresh.dataDir, 'server-secret')).mode & 0o777, 0o600);

  const other = makePlace(t);
  await (await open(other)).close();
  const own = secretOf(other.dataDir);
  const refused = await other.restore(backup, ...fromInput);
  assert.equal(refused.code, exitCodes.failure);
  assert.match(refused.stderr, /not the one that the backup was written under.*server_secrets_accepted/);
  assert.equal(secretOf(other.dataDir), own);
  // The suggested fix works.
  const accepted = { HALLEY_SERVER_SECRETS_ACCEPTED: secretOf(place.dataDir).trim() };
  const helped = await halley(['restore', backup, '--data-dir', other.dataDir, '--yes'], accepted);
  assert.equal(helped.code, exitCodes.ok, helped.stderr);
});

test('backs up a secret from the settings too, and refuses a restore with a different one', async (t) => {
  const place = makePlace(t);
  const env = { HALLEY_SERVER_SECRET: 'b2'.repeat(32) };
  const gateway = await place.start(env);
  const backup = place.path('backup');
  const made = await halley(
    ['backup', backup, '--data-dir', place.dataDir, ...fromInput],
    env,
    `${passphrase}\n`,
  );
  assert.equal(made.code, exitCodes.ok, made.stderr);
  assert.ok(!readdirSync(place.dataDir).includes('server-secret'));
  await gateway.stop();
  const words = (dir: Place) => ['restore', backup, '--data-dir', dir.dataDir, '--yes'];
  const same = makePlace(t);
  const fits = await halley(words(same), env);
  assert.equal(fits.code, exitCodes.ok, fits.stderr);
  assert.ok(!existsSync(join(same.dataDir, 'server-secret')));
  const refused = await halley(words(makePlace(t)), { HALLEY_SERVER_SECRET: 'c3'.repeat(32) });
  assert.equal(refused.code, exitCodes.failure);
  assert.match(refused.stderr, /setting server_secret is not the one/);
  const file = makePlace(t);
  assert.equal((await file.restore(backup, ...fromInput)).code, exitCodes.ok);
  assert.equal(readFileSync(join(file.dataDir, 'server-secret'), 'utf8').trim(), env.HALLEY_SERVER_SECRET);
});

test('a backup during a rotation contains both secrets, and the rotation continues after the restore', async (t) => {
  const place = makePlace(t);
  const store = await open(place);
  const old = loadServerSecret(place.dataDir, systemRandom);
  rotateServerSecret(place.dataDir, systemRandom);
  await store.sealed.admit(new SecretRing(loadServerSecret(place.dataDir, systemRandom), [old]));
  const backup = place.path('backup');
  await place.backup(backup, ...fromInput);
  await store.close();
  const fresh = makePlace(t);
  const { code, stderr } = await fresh.restore(backup, ...fromInput);
  assert.equal(code, exitCodes.ok, stderr);
  for (const name of ['server-secret', 'server-secret.old']) {
    const text = (dir: string) => readFileSync(join(dir, name), 'utf8');
    assert.equal(text(fresh.dataDir), text(place.dataDir));
  }
  const status = await halley(['secret', 'status', '--data-dir', fresh.dataDir]);
  assert.match(status.stdout, /A rotation is under way/);
});

test('refuses to start with a copied database file next to the write-ahead log of another database', async (t) => {
  const { place, backup } = makeBackedUp(t);
  const killed = await leaveWithLog(t, place);
  copyFileSync(join(backup, 'halley.sqlite'), join(killed.dataDir, databaseFileName));
  const { code, stdout, stderr } = await halley([
    'serve',
    '--data-dir',
    killed.dataDir,
    '--listen',
    '127.0.0.1:0',
  ]);
  assert.equal(code, exitCodes.failure);
  assert.equal(stdout, '');
  assert.match(stderr, /halley\.sqlite was replaced by hand beside .*-wal, .*halley restore/);
  assert.equal(stderr.split('\n').length, 2);
  // The suggested fix works.
  for (const suffix of ['-wal', '-shm']) rmSync(join(killed.dataDir, databaseFileName + suffix));
  await (await open(killed)).close();
  assert.equal(keyNames(killed.dataDir), 'then');
});
