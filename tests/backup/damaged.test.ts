/** `halley restore` over a partly damaged database: loses only what no other source contains. */

import assert from 'node:assert/strict';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { SecretRing } from '../../src/domain/secret-ring.ts';
import { ManualClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { addAccount, anAccount } from '../../src/store/contract/engine.ts';
import { loadServerSecret } from '../../src/store/server-secret.ts';
import { databaseFileName, openSqliteStore } from '../../src/store/sqlite/open.ts';
import { withChanges } from '../support/test-store.ts';
import { fromInput, makePlace } from './backups.ts';

test('replaces a database whose tombstones are damaged, with a warning', async (t) => {
  const place = makePlace(t);
  const secrets = new SecretRing(loadServerSecret(place.dataDir, systemRandom));
  const store = withChanges(openSqliteStore({ dir: place.dataDir, clock: new ManualClock() }));
  await store.sealed.admit(secrets);
  await addAccount(store, anAccount('one'));
  await store.close();
  const backup = place.path('backup');
  await place.backup(backup, ...fromInput);
  const path = join(place.dataDir, databaseFileName);
  const database = new DatabaseSync(path);
  const pageOf = (name: string) =>
    Number(database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(name)?.rootpage);
  const pages = ['tombstones', 'tombstones_by_time'].map(pageOf);
  const size = Number(database.prepare('PRAGMA page_size').get()?.page_size);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const file = openSync(path, 'r+');
  for (const page of pages) writeSync(file, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
  closeSync(file);
  const { code, stderr } = await place.restore(backup);
  assert.equal(code, exitCodes.ok, stderr);
  assert.match(stderr, /present database is damaged where it records deletions/);
});
