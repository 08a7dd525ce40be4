/** A restore and the audit log: entries made after the backup stay, and one says what was restored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { SecretRing } from '../../src/domain/secret-ring.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { addAccount, addKey, aKey, anAccount } from '../../src/store/contract/engine.ts';
import { loadServerSecret } from '../../src/store/server-secret.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { type TestStore, withChanges } from '../support/test-store.ts';
import { fromInput, makePlace, type Place } from './backups.ts';

async function open({ dataDir }: Place): Promise<TestStore> {
  const secrets = new SecretRing(loadServerSecret(dataDir, systemRandom));
  const store = withChanges(openSqliteStore({ dir: dataDir, clock: systemClock }));
  await store.sealed.admit(secrets);
  return store;
}

async function entriesOf(place: Place): Promise<readonly string[]> {
  const store = await open(place);
  const { items } = await store.audit.list({}, 1000);
  await store.close();
  return items.toReversed().map(({ action, object, objectName }) => `${action} ${object} ${objectName}`);
}

test('a restore keeps the entries of the audit log that were made after the backup, and adds its own', async (t) => {
  const place = makePlace(t);
  const store = await open(place);
  const { id } = await addAccount(store, anAccount('one'));
  const backup = place.path('backup');
  await place.backup(backup, ...fromInput);
  await addKey(store, aKey(id, { name: 'since' }));
  await store.close();
  const before = await entriesOf(place);
  assert.deepEqual(before, ['created account one', 'created key since']);
  const { code, stderr } = await place.restore(backup);
  assert.equal(code, exitCodes.ok, stderr);
  const after = await entriesOf(place);
  assert.deepEqual(after.slice(0, -1), before);
  assert.match(String(after.at(-1)), /^restored database backup of \d{4}-/);
});
