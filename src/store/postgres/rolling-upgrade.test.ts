import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { shareTestPostgres } from '../../../tests/support/postgres.ts';
import { connectionOf } from '../../../tests/support/postgres-database.ts';
import { Database, type Queryable } from './connection.ts';
import { migrations } from './migrate.ts';

/** What the code of a version relies on, by name. */
interface Catalogue {
  /** By `table.column`. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Whatever must hold of a row, by its definition: unique, check and foreign keys, and triggers. */
  readonly rules: ReadonlyMap<string, Rule>;
  /** Functions with their arguments and results, and sequences. */
  readonly others: ReadonlySet<string>;
}

interface Column {
  readonly type: string;
  readonly isRequired: boolean;
  readonly hasDefault: boolean;
}

interface Rule {
  readonly table: string;
  readonly columns: readonly string[];
  readonly isUnique: boolean;
}

const columnsSql = `SELECT t.relname || '.' || a.attname AS name,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), c.collname) AS type, a.attnotnull AS is_required,
    a.atthasdef OR a.attidentity <> '' AS has_default
  FROM pg_class AS t JOIN pg_attribute AS a ON a.attrelid = t.oid LEFT JOIN pg_collation AS c ON c.oid = a.attcollation
  WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped`;

const columnNames = (table: string, numbers: string) => `ARRAY(SELECT attname::text FROM pg_attribute
  WHERE attrelid = ${table} AND attnum = ANY(${numbers}))`;

const rulesSql = `SELECT conrelid::regclass || ': ' || pg_get_constraintdef(oid) AS name, conrelid::regclass::text AS "table",
    ${columnNames('conrelid', 'conkey')} AS columns, false AS is_unique
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'x')
  UNION ALL SELECT indrelid::regclass || ': unique ' || concat_ws(' ', ${columnNames('indrelid', 'indkey')}::text,
      pg_get_expr(indexprs, indrelid), pg_get_expr(indpred, indrelid)), indrelid::regclass::text,
    ${columnNames('indrelid', 'indkey')}, true
  FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
  WHERE relnamespace = 'public'::regnamespace AND indisunique
  UNION ALL SELECT tgrelid::regclass || ': ' || pg_get_triggerdef(pg_trigger.oid), tgrelid::regclass::text, '{}', false
  FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
  WHERE relnamespace = 'public'::regnamespace AND NOT tgisinternal`;

const othersSql = `SELECT oid::regprocedure || ' returns ' || pg_get_function_result(oid) AS name
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT 'sequence ' || sequencename FROM pg_sequences WHERE schemaname = 'public'`;

async function catalogueOf(db: Queryable): Promise<Catalogue> {
  const columns = await db.all(columnsSql);
  const rules = await db.all(rulesSql);
  const others = await db.all(othersSql);
  return {
    columns: new Map(
      columns.map(({ name, type, is_required, has_default }) => [
        String(name),
        { type: String(type), isRequired: is_required === true, hasDefault: has_default === true },
      ]),
    ),
    rules: new Map(
      rules.map(({ name, table, columns, is_unique }) => [
        String(name),
        { table: String(table), columns: columns as string[], isUnique: is_unique === true },
      ]),
    ),
    others: new Set(others.map(({ name }) => String(name))),
  };
}

/** What code written for `before` cannot rely on any more once the database is as `after`. */
function incompatibilities(before: Catalogue, after: Catalogue): string[] {
  return [
    ...[...before.columns].flatMap(([name, column]) => columnChanges(name, column, after.columns.get(name))),
    ...[...after.columns]
      .filter(([name, column]) => !before.columns.has(name) && isForced(before, name, column))
      .map(([name]) => `${name} is new, required, and has no default`),
    ...[...after.rules]
      .filter(([name, rule]) => !before.rules.has(name) && isStricter(before, rule))
      .filter(([name]) => !countingTriggers.test(name))
      .map(([name]) => `what was there has a new rule: ${name}`),
    // ON CONFLICT needs the index.
    ...[...before.rules]
      .filter(([name, rule]) => rule.isUnique && !after.rules.has(name))
      .map(([name]) => `no longer: ${name}`),
    ...[...before.others].filter((name) => !after.others.has(name)).map((name) => `${name} is gone`),
  ];
}

const tableOf = (column: string) => column.slice(0, column.indexOf('.'));
const hasTable = ({ columns }: Catalogue, table: string) =>
  [...columns.keys()].some((name) => tableOf(name) === table);

function columnChanges(name: string, before: Column, after: Column | undefined): string[] {
  if (!after) return [`${name} is gone`];
  return [
    ...(after.type === before.type ? [] : [`${name} was ${before.type} and is ${after.type}`]),
    ...(after.isRequired && !before.isRequired ? [`${name} is required now`] : []),
    ...(before.hasDefault && !after.hasDefault ? [`${name} has no default any more`] : []),
  ];
}

/** Code that does not know a column inserts rows without it. */
function isForced(before: Catalogue, name: string, column: Column): boolean {
  return hasTable(before, tableOf(name)) && column.isRequired && !column.hasDefault;
}

/** Triggers that refuse no row that older code writes: they only add to tables of their own. */
const countingTriggers = /^records: CREATE TRIGGER records_are_counted AFTER INSERT /;

/** A rule about a new column alone is kept by its default; one about a whole table concerns all rows. */
function isStricter(before: Catalogue, { table, columns }: Rule): boolean {
  return hasTable(before, table) && columns.every((column) => before.columns.has(`${table}.${column}`));
}

async function emptyDatabase(t: { after(run: () => Promise<void>): void }): Promise<Database> {
  const database = new Database(connectionOf(await (await shareTestPostgres()).createDatabase()));
  t.after(() => database.close());
  return database;
}

test('code of every version that a migration names as its oldest reader, and newer, can go on with its schema', async (t) => {
  const database = await emptyDatabase(t);
  const catalogues = [await catalogueOf(database)];
  const found: string[] = [];
  for (const { file, sql, oldestReader } of nonEmpty(migrations)) {
    await database.run(sql);
    const after = await catalogueOf(database);
    for (const [version, before] of catalogues.entries().drop(oldestReader)) {
      const changes = incompatibilities(before, after);
      found.push(...changes.map((what) => `${file}, for version ${version}: ${what}`));
    }
    catalogues.push(after);
  }
  assert.deepEqual(found, []);
});

test('the oldest reader of a migration is never older than that of the one before', () => {
  const readers = migrations.map(({ oldestReader }) => oldestReader);
  assert.deepEqual(
    readers,
    readers.toSorted((left, right) => left - right),
  );
});

const contracting: readonly (readonly [string, RegExp])[] = [
  ['ALTER TABLE sessions DROP COLUMN created_at', /^sessions\.created_at is gone$/],
  ['ALTER TABLE sessions RENAME COLUMN created_at TO made_at', /^sessions\.created_at is gone$/],
  ['DROP TABLE sessions', /^sessions\.digest is gone$/],
  ['ALTER TABLE sessions ALTER COLUMN expires_at TYPE numeric', /expires_at was bigint and is numeric$/],
  ['ALTER TABLE keys ALTER COLUMN name TYPE text COLLATE "default"', /name was text C and is text default$/],
  [
    'ALTER TABLE sessions ADD COLUMN node text NOT NULL',
    /^sessions\.node is new, required, and has no default$/,
  ],
  ['ALTER TABLE keys ALTER COLUMN sealed SET NOT NULL', /^keys\.sealed is required now$/],
  ['ALTER TABLE keys ALTER COLUMN content_days DROP DEFAULT', /^keys\.content_days has no default any more$/],
  ['ALTER TABLE keys ALTER COLUMN id DROP IDENTITY', /^keys\.id has no default any more$/],
  ['CREATE UNIQUE INDEX one_name ON keys (account_id, name)', /new rule: keys: unique/],
  ['CREATE UNIQUE INDEX one_name ON keys (lower(name))', /new rule: keys: unique/],
  ['ALTER TABLE accounts DROP CONSTRAINT accounts_username_key', /no longer: accounts: unique/],
  ['ALTER TABLE keys ADD CHECK (expires_at > 0)', /new rule: keys: CHECK/],
  [
    'ALTER TABLE tombstones ADD FOREIGN KEY (key_id) REFERENCES keys (id)',
    /new rule: tombstones: FOREIGN KEY/,
  ],
  [
    'CREATE TRIGGER never BEFORE DELETE ON prices EXECUTE FUNCTION journal_is_only_added_to()',
    /new rule: prices/,
  ],
  ['DROP FUNCTION settle_plain', /^settle_plain\(jsonb,boolean\) returns integer\[\] is gone$/],
  ['DROP SEQUENCE incarnations', /^sequence incarnations is gone$/],
];

const expanding: readonly string[] = [
  'CREATE TABLE workspaces (id bigint PRIMARY KEY, name text NOT NULL UNIQUE CHECK (length(name) > 0))',
  "ALTER TABLE keys ADD COLUMN note text NOT NULL DEFAULT '' CHECK (length(note) < 100)",
  'ALTER TABLE keys ADD COLUMN workspace_id bigint UNIQUE',
  'ALTER TABLE keys ALTER COLUMN hint DROP NOT NULL',
  "ALTER TABLE keys ALTER COLUMN hint SET DEFAULT ''",
  'CREATE INDEX keys_by_name ON keys (name)',
  'DROP INDEX records_by_time',
  'ALTER TABLE sessions DROP CONSTRAINT sessions_account_id_fkey',
  'CREATE FUNCTION settle_plain(batch jsonb) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
];

test('a migration that takes away or tightens what an older node uses is found, one that adds is not', async (t) => {
  const database = await emptyDatabase(t);
  for (const { sql } of migrations) await database.run(sql);
  const before = await catalogueOf(database);
  const changesBy = async (statement: string) => {
    let changes: string[] = [];
    const undone = new Error('undone');
    const work = async (tx: Queryable) => {
      await tx.run(statement);
      changes = incompatibilities(before, await catalogueOf(tx));
      throw undone;
    };
    await assert.rejects(database.transaction(work), undone);
    return changes;
  };
  for (const [statement, expected] of nonEmpty(contracting)) {
    const changes = await changesBy(statement);
    assert.ok(
      changes.some((change) => expected.test(change)),
      `${statement}: ${changes.join('; ')}`,
    );
  }
  for (const statement of nonEmpty(expanding)) assert.deepEqual(await changesBy(statement), [], statement);
});
