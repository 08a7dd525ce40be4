/** The restore drill on SQLite, over the real command line and HTTP, and mutants that it must catch. */
import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { databaseFileName } from '../../src/store/sqlite/open.ts';
import { mutate } from '../support/mutants.ts';
import { makePlace } from './backups.ts';
import { assertRestored, changeCast, makeCast } from './drill.ts';

test('credentials deleted or replaced after the backup stay revoked after the restore, and other data goes back', async (t) => {
  const place = makePlace(t);
  const before = await place.start();
  const cast = await makeCast(before);
  const backup = place.path('backup');
  await place.backup(backup, '--without-secret');
  const later = await changeCast(before, cast);
  // Killed, so that the write-ahead log remains.
  await before.kill();

  const restored = await place.restore(backup);
  assert.equal(restored.code, exitCodes.ok, restored.stderr);
  assert.match(restored.stderr, /still revoked: 3 keys, 1 account, 1 access token\./);
  assert.match(restored.stderr, /lost by the restore: 1 key, 0 accounts\./);
  const after = await place.start();
  await assertRestored(after, cast, later);
  await after.stop();
});

test('on another machine the tombstone log keeps deleted credentials revoked; without it the restore warns', async (t) => {
  const place = makePlace(t);
  const before = await place.start();
  const cast = await makeCast(before);
  const backup = place.path('backup');
  await place.backup(backup, '--passphrase-file', '-');
  const later = await changeCast(before, cast);
  await before.kill();

  const fresh = makePlace(t);
  const bare = await fresh.restore(backup, '--passphrase-file', '-');
  assert.equal(bare.code, exitCodes.ok, bare.stderr);
  assert.match(bare.stderr, /There was no tombstone log .*tombstones\.log: .* work again/);
  copyFileSync(join(place.dataDir, 'tombstones.log'), join(fresh.dataDir, 'tombstones.log'));
  const again = await fresh.restore(backup);
  assert.match(again.stderr, /still revoked: 3 keys, 1 account, 1 access token\./);
  assert.doesNotMatch(again.stderr, /There was no tombstone log/);
  const after = await fresh.start();
  await assertRestored(after, cast, later);
  await after.stop();
});

/** Restores by hand: copies the database file of a backup. The start of the gateway handles the rest. */
async function drillByHand(t: Parameters<typeof makePlace>[0], entry?: string): Promise<void> {
  const place = makePlace(t);
  const before = await place.start();
  const cast = await makeCast(before);
  const backup = place.path('backup');
  await place.backup(backup, '--without-secret');
  const later = await changeCast(before, cast);
  await before.stop();
  copyFileSync(join(backup, databaseFileName), join(place.dataDir, databaseFileName));
  const after = await place.start({}, entry);
  await assertRestored(after, cast, later).finally(() => after.kill());
}

test('a start without a restore command keeps credentials deleted after the backup revoked', (t) =>
  drillByHand(t));

test('caught: a start that skips the tombstone log', async (t) => {
  const nothingDone = '{ revived: {}, restored: 0, logged: 0, damaged: 0 }';
  const edit = { mark: 'the tombstone log is applied', part: 'declarations.0.init', with: nothingDone };
  const dir = mutate(['src'], [edit]);
  t.after(() => rmSync(dir, { recursive: true }));
  await assert.rejects(drillByHand(t, join(dir, 'src/cli/halley.ts')), /lives again/);
});
