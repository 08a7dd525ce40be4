import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { limits } from '../../platform/limits.ts';
import type { AuditQuery } from '../audit-store.ts';
import { auditedWrites } from '../contract/audited-writes.ts';
import { auditPage } from '../statements/audit.ts';
import { testDatabase } from './test-database.ts';

/** The content of every table. */
function contentOf({ connection }: ReturnType<typeof testDatabase>): unknown {
  const tables = connection.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  return nonEmpty(tables).map(({ name }) => [name, connection.all(`SELECT * FROM ${name}`)]);
}

test('a write whose entry cannot be written changes nothing and announces nothing', async (t) => {
  const database = testDatabase(t);
  const { store, connection } = database;
  const writes = await auditedWrites(store);
  const refuse =
    "CREATE TRIGGER refuse BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'on purpose'); END";
  for (const { name, run } of nonEmpty(writes)) {
    connection.exec(refuse);
    const before = contentOf(database);
    await assert.rejects(async () => run(store), /on purpose/, name);
    assert.deepEqual(contentOf(database), before, name);
    connection.exec('DROP TRIGGER refuse');
    await run(store);
    assert.notDeepEqual(contentOf(database), before, name);
  }
});

test('the database itself refuses to change an entry, or to delete one that retention does not', async (t) => {
  const { store, connection } = testDatabase(t);
  await store.note([
    { action: 'revealed', object: 'key', objectId: 1, objectName: 'a', ownerId: 1, changes: [] },
  ]);
  const refused = (sql: string) => assert.throws(() => connection.exec(sql), /append-only/, sql);
  refused('DELETE FROM audit_events');
  refused("UPDATE audit_events SET address = '', user_agent = ''");
  connection.exec(`UPDATE audit_horizon SET erased_before_ms = ${Number.MAX_SAFE_INTEGER}`);
  refused("UPDATE audit_events SET address = '::1'");
  refused('DELETE FROM audit_events');
  const columns = connection.all('SELECT name, type FROM pragma_table_info(?)', 'audit_events');
  for (const { name, type } of nonEmpty(
    columns.filter((column) => !['address', 'user_agent'].includes(String(column.name))),
  )) {
    refused(
      `UPDATE audit_events SET ${name} = ${type === 'INTEGER' ? 77 : "'other'"}, address = '', user_agent = ''`,
    );
  }
  connection.exec("UPDATE audit_events SET address = '', user_agent = ''");
});

test('each filter is looked up in an index, in the order of the list, without sorting', (t) => {
  const { connection } = testDatabase(t);
  const indexes: readonly (readonly [AuditQuery, string])[] = [
    [{}, 'by_time'],
    [{ fromMs: 1, toMs: 2 }, 'by_time'],
    [{ object: 'key', objectId: 1, actorId: 2 }, 'by_object'],
    [{ address: '::1', actorId: 2 }, 'by_address'],
    [{ actorId: 2, ownerId: 3, fromMs: 1 }, 'by_actor'],
    [{ ownerId: 3, action: 'deleted', objectName: 'x' }, 'by_owner'],
    [{ action: 'deleted', object: 'key', scope: { id: 1, role: 10 } }, 'by_action'],
  ];
  for (const [query, index] of nonEmpty(indexes)) {
    for (const after of [undefined, { id: 5, createdMs: 5 }]) {
      const { page, last, parameters } = auditPage(query, limits.page_size_default, after);
      for (const each of [page, last]) {
        const plan = connection.all(
          `EXPLAIN QUERY PLAN ${each.sqlite}`,
          ...(each.bind(parameters) as number[]),
        );
        const steps = plan.map(({ detail }) => String(detail));
        assert.ok(
          steps.some((step) => step.includes(`audit_events_${index}`)),
          steps.join('; '),
        );
        assert.ok(!steps.some((step) => step.includes('TEMP B-TREE')), steps.join('; '));
      }
    }
  }
});
