import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealedColumns } from '../sealed-columns.ts';
import { testDatabase } from './test-database.ts';

test('a rotation re-seals every column that holds something sealed', (t) => {
  const { connection } = testDatabase(t);
  const columns = connection.all(`SELECT m.name AS table_name, c.name AS name FROM sqlite_schema AS m
    JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.name LIKE 'sealed%'`);
  assert.deepEqual(
    columns.map(({ table_name, name }) => `${table_name}.${name}`).toSorted(),
    Object.values(sealedColumns)
      .map(({ table, sealed }) => `${table}.${sealed}`)
      .toSorted(),
  );
});
