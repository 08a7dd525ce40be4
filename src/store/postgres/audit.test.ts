import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import { testStore } from '../../../tests/support/postgres-store.ts';
import { auditedWrites } from '../contract/audited-writes.ts';
import { Database } from './connection.ts';

async function rig(t: { after(run: () => Promise<void>): void }) {
  const { store, url } = await testStore(t);
  const database = new Database(connectionOf(url));
  t.after(() => database.close());
  return { store, database };
}

/** The content of every table; the sequence and nonce of the log move on with each attempt. */
async function contentOf(database: Database): Promise<unknown> {
  const tables = await database.all(
    "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1",
  );
  const contents: unknown[] = [];
  for (const { name } of nonEmpty(tables)) {
    const rows = await database.all(`SELECT each::text AS row FROM ${name} AS each ORDER BY 1`);
    contents.push([name, rows.map(({ row }) => row)]);
  }
  return contents;
}

test('a write whose entry cannot be written changes nothing and announces nothing', async (t) => {
  const { store, database } = await rig(t);
  const writes = await auditedWrites(store);
  await database.run(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'on purpose'; END $$`);
  for (const { name, run } of nonEmpty(writes)) {
    await database.run(
      'CREATE TRIGGER refuse BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION refuse()',
    );
    const before = await contentOf(database);
    await assert.rejects(async () => run(store), /on purpose/, name);
    assert.deepEqual(await contentOf(database), before, name);
    await database.run('DROP TRIGGER refuse ON audit_events');
    await run(store);
    assert.notDeepEqual(await contentOf(database), before, name);
  }
});

test('the database itself refuses to change an entry, or to delete one that retention does not', async (t) => {
  const { store, database } = await rig(t);
  await store.note([
    { action: 'revealed', object: 'key', objectId: 1, objectName: 'a', ownerId: 1, changes: [] },
  ]);
  const refused = (sql: string) => assert.rejects(database.run(sql), /append-only/, sql);
  await refused('DELETE FROM audit_events');
  await refused('TRUNCATE audit_events');
  await refused("UPDATE audit_events SET address = '', user_agent = ''");
  await database.run('UPDATE audit_horizon SET erased_before_ms = $1', Number.MAX_SAFE_INTEGER);
  await refused("UPDATE audit_events SET address = '::1'");
  await refused('DELETE FROM audit_events');
  const columns = await database.all(
    `SELECT column_name::text AS name, data_type::text AS type FROM information_schema.columns
      WHERE table_name = 'audit_events' AND column_name NOT IN ('address', 'user_agent')`,
  );
  for (const { name, type } of nonEmpty(columns)) {
    const other = type === 'bigint' ? '77' : "'other'";
    await refused(`UPDATE audit_events SET ${name} = ${other}, address = '', user_agent = ''`);
  }
  await database.run("UPDATE audit_events SET address = '', user_agent = ''");
});
