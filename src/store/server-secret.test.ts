import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { ManualClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { systemRandom } from '../platform/random.ts';
import { loadSecrets, loadServerSecret, removeOldSecret, rotateServerSecret } from './server-secret.ts';
import { openSqliteStore } from './sqlite/open.ts';
import { temporaryDirectory } from './sqlite/test-database.ts';

const settingsOf = (dir: string) => ({
  data_dir: dir,
  server_secret: undefined,
  server_secrets_accepted: [],
});

function assertRefused(dir: string, why: RegExp): void {
  assert.throws(
    () => loadServerSecret(dir, systemRandom),
    (error) => error instanceof HalleyError && why.test(error.message),
  );
}

test('the secret is made once, of 32 random bytes, in a file that only its owner may read', async (t) => {
  const dir = join(temporaryDirectory(t), 'data');
  const secret = loadServerSecret(dir, systemRandom);
  assert.equal(secret.byteLength, 32);
  assert.equal(statSync(join(dir, 'server-secret')).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(dir), ['server-secret']);
  await openSqliteStore({ dir, clock: new ManualClock() }).close();
  assert.deepEqual(loadServerSecret(dir, systemRandom), secret);
  assert.notDeepEqual(loadServerSecret(temporaryDirectory(t), systemRandom), secret);
});

test('a secret that others may use is refused with the cure', (t) => {
  const dir = temporaryDirectory(t);
  loadServerSecret(dir, systemRandom);
  const path = join(dir, 'server-secret');
  for (const mode of [0o640, 0o604, 0o620, 0o602]) {
    chmodSync(path, mode);
    assertRefused(dir, new RegExp(`has mode 0${mode.toString(8)}: .*chmod 600 ${path}$`));
  }
  chmodSync(path, 0o400);
  loadServerSecret(dir, systemRandom);
});

test('a file that does not hold a secret is refused and left alone', (t) => {
  const dir = temporaryDirectory(t);
  const path = join(dir, 'server-secret');
  for (const text of [
    '',
    'ab'.repeat(31),
    'ab'.repeat(33),
    `${'ab'.repeat(31)}xy`,
    `${'ab'.repeat(32)}\nmore`,
  ]) {
    writeFileSync(path, text, { mode: 0o600 });
    assertRefused(dir, /is not 64 hexadecimal digits/);
    assert.equal(readFileSync(path, 'utf8'), text);
  }
});

test('a missing secret is not made anew beside a database whose values only the old one opens', async (t) => {
  const dir = temporaryDirectory(t);
  loadServerSecret(dir, systemRandom);
  await openSqliteStore({ dir, clock: new ManualClock() }).close();
  rmSync(join(dir, 'server-secret'));
  assertRefused(dir, /Restore .*server-secret from a backup/);
  assert.equal(readdirSync(dir).includes('server-secret'), false);
});

const paths = (dir: string) => [join(dir, 'server-secret'), join(dir, 'server-secret.old')] as const;

test('a new secret takes the place of the old one, which stays beside it and opens what it sealed', (t) => {
  const dir = temporaryDirectory(t);
  const before = loadServerSecret(dir, systemRandom);
  rotateServerSecret(dir, systemRandom);
  assert.deepEqual(readdirSync(dir).toSorted(), ['server-secret', 'server-secret.old']);
  for (const path of nonEmpty(paths(dir))) assert.equal(statSync(path).mode & 0o777, 0o600);
  const ring = loadSecrets(settingsOf(dir), systemRandom);
  assert.notDeepEqual(ring.current.bytes, before);
  assert.deepEqual(
    ring.known.map(({ bytes }) => bytes),
    [loadServerSecret(dir, systemRandom), before],
  );
  assert.throws(() => rotateServerSecret(dir, systemRandom), /server-secret\.old is still there/);
  assert.deepEqual(loadSecrets(settingsOf(dir), systemRandom).known, ring.known);
  assert.equal(removeOldSecret(dir), true);
  assert.equal(removeOldSecret(dir), false);
  assert.deepEqual(loadSecrets(settingsOf(dir), systemRandom).known, [ring.current]);
});

test('there is nothing to replace in a directory without a secret, and none is made', (t) => {
  const dir = temporaryDirectory(t);
  assert.throws(() => rotateServerSecret(dir, systemRandom), /There is no server secret/);
  assert.deepEqual(readdirSync(dir), []);
});

test('a replacement that was killed at any step has lost no secret, and the next one completes it', (t) => {
  // What is on the disk after each step; the last file of a step is what the step made.
  const steps = [
    ['server-secret', 'server-secret.new.0123456789abcdef'],
    ['server-secret', 'server-secret.new'],
    ['server-secret', 'server-secret.new', 'server-secret.old'],
    ['server-secret', 'server-secret.old'],
  ] as const;
  const [older, newer] = ['ab'.repeat(32), 'cd'.repeat(32)];
  for (const [index, files] of steps.entries()) {
    const dir = temporaryDirectory(t);
    for (const file of files) {
      const isNew = file.includes('.new') || (file === 'server-secret' && index === 3);
      writeFileSync(join(dir, file), `${isNew ? newer : older}\n`, { mode: 0o600 });
    }
    const known = () =>
      loadSecrets(settingsOf(dir), systemRandom).known.map(({ bytes }) => Buffer.from(bytes).toString('hex'));
    assert.ok(known().includes(older), `step ${index}`);
    if (index === 3) assert.deepEqual(known(), [newer, older]);
    else {
      assert.deepEqual(known(), [older]);
      rotateServerSecret(dir, systemRandom);
      assert.equal(known().length, 2);
      assert.equal(known()[1], older);
      if (index > 0) assert.equal(known()[0], newer);
    }
  }
});

test('an old secret that others may use, or that is damaged, is refused and not passed over', (t) => {
  const dir = temporaryDirectory(t);
  loadServerSecret(dir, systemRandom);
  rotateServerSecret(dir, systemRandom);
  const [, old] = paths(dir);
  chmodSync(old, 0o640);
  assert.throws(() => loadSecrets(settingsOf(dir), systemRandom), /server-secret\.old has mode 0640/);
  chmodSync(old, 0o600);
  writeFileSync(old, 'half');
  assert.throws(() => loadSecrets(settingsOf(dir), systemRandom), /server-secret\.old is not 64/);
});
