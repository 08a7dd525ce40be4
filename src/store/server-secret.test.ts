import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManualClock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { systemRandom } from '../platform/random.ts';
import { loadServerSecret } from './server-secret.ts';
import { openSqliteStore } from './sqlite/open.ts';
import { temporaryDirectory } from './sqlite/test-database.ts';

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
