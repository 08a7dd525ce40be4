import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { shareTestPostgres } from '../../tests/support/postgres.ts';
import { connectionOf } from '../../tests/support/postgres-database.ts';
import { type ColumnKind, type Columns, columnName, type Row } from './columns.ts';
import { Database } from './postgres/connection.ts';
import { migrate } from './postgres/migrate.ts';
import { testDatabase } from './sqlite/test-database.ts';
import * as lists from './tables.ts';
import * as usageLists from './usage-tables.ts';

const {
  budget: _,
  balanceEntries,
  alerts,
  auditEvents,
  setupCodes,
  receiptKeys,
  upstreamObjects,
  importedDigests,
  ...others
} = lists;
const { removedRecords, usageQuarters, usageQuartersFrom, hourly } = usageLists;
const tables: Readonly<Record<string, Columns>> = {
  ...others,
  hourly,
  journal: balanceEntries,
  notices: alerts,
  audit_events: auditEvents,
  removed_records: removedRecords,
  usage_quarters: usageQuarters,
  usage_quarters_from: usageQuartersFrom,
  setup_codes: setupCodes,
  receipt_keys: receiptKeys,
  upstream_objects: upstreamObjects,
  imported_digests: importedDigests,
};

type Types = Readonly<Record<ColumnKind, RegExp>>;
const sqliteTypes: Types = {
  integer: /^INTEGER$/,
  boolean: /^INTEGER$/,
  text: /^TEXT$/,
  json: /^TEXT$/,
  bytes: /^BLOB$/,
};
const postgresTypes: Types = {
  integer: /^(bigint|smallint|numeric)$/,
  boolean: /^boolean$/,
  text: /^text$/,
  json: /^text$/,
  bytes: /^bytea$/,
};

/** @param rows each a column of the table, with its type and whether it may be null */
function compare(table: string, columns: Columns, rows: readonly Row[], types: Types): void {
  const there = new Map(rows.map(({ name, type, is_optional }) => [name, { type, is_optional }]));
  const names = Object.entries(columns).map(([member, column]) => columnName(member, column));
  assert.deepEqual(names.toSorted(), [...there.keys()].toSorted(), table);
  for (const [member, column] of nonEmpty(Object.entries(columns))) {
    const found = there.get(columnName(member, column));
    assert.match(String(found?.type), types[column.kind], `${table}, ${member}`);
    const isOptional = found?.is_optional === true || found?.is_optional === 1;
    assert.equal(column.isOptional, isOptional, `${table}, ${member}`);
  }
}

test('the column lists are the tables of SQLite: names, types, and what may be null', (t) => {
  const { connection } = testDatabase(t);
  for (const [table, columns] of nonEmpty(Object.entries(tables))) {
    const rows = connection.all(
      'SELECT name, type, NOT "notnull" AND NOT pk AS is_optional FROM pragma_table_info(?)',
      table,
    );
    compare(table, columns, rows, sqliteTypes);
  }
});

test('the column lists are the tables of PostgreSQL: names, types, and what may be null', async (t) => {
  const database = new Database(connectionOf(await (await shareTestPostgres()).createDatabase()));
  t.after(() => database.close());
  await migrate(database, 'The database of the tests');
  for (const [table, columns] of nonEmpty(Object.entries(tables))) {
    const rows = await database.all(
      `SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS is_optional
        FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
      table,
    );
    compare(table, columns, rows, postgresTypes);
  }
});
