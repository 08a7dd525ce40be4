/** The empty PostgreSQL database that a migration fills, all in one transaction. */
import { HalleyError } from '../../platform/errors.ts';
import type { ColumnKind } from '../columns.ts';
import type { Queryable } from '../postgres/connection.ts';
import { advisoryLocks } from '../postgres/migrate.ts';
import { type Figures, type TransferTable, transferTables } from './tables.ts';

const names = transferTables.map(({ name }) => name);

/**
 * Keeps every gateway from writing until the transaction ends; a gateway that starts meanwhile waits.
 * @param where names the database
 * @throws HalleyError('store_unavailable') when it is not empty
 */
export async function takeEmpty(tx: Queryable, where: string): Promise<void> {
  await tx.run('SELECT pg_advisory_xact_lock($1, $2)', ...advisoryLocks.fill);
  await tx.run(`LOCK TABLE ${names.join(', ')}, reservations IN SHARE ROW EXCLUSIVE MODE`);
  const filled = await tx.all(
    names.map((name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT FROM ${name})`).join(' UNION ALL '),
  );
  if (filled.length === 0) {
    // The totals of the records come with them.
    await tx.run('ALTER TABLE records DISABLE TRIGGER records_are_counted');
    return;
  }
  throw new HalleyError('store_unavailable', {
    message: `${where} is not empty: it has ${filled.map(({ name }) => name).join(', ')}. Nothing was copied. Create a new database on which no gateway was started, and give its address.`,
  });
}

/**
 * @param rows JSON arrays in the order of the columns
 * @param addsUp whether rows may have become equal to others, and are then added to them
 */
export async function insertRows(
  tx: Queryable,
  table: TransferTable,
  rows: readonly string[],
  addsUp: boolean,
): Promise<void> {
  const { addedBy } = table;
  const sql = addsUp && addedBy ? addingSql(table, addedBy) : plainSql(table);
  await tx.run(sql, `[${rows.join(',')}]`);
}

const fromJson: Record<ColumnKind, (text: string) => string> = {
  integer: (text) => `(${text})::bigint`,
  boolean: (text) => `(${text})::int::boolean`,
  text: (text) => text,
  json: (text) => text,
  bytes: (text) => `decode(${text}, 'hex')`,
};

const cell = (kind: ColumnKind, at: number) => fromJson[kind](`row ->> ${at}`);
const fromRows = 'FROM jsonb_array_elements($1::jsonb) AS each (row)';

function plainSql({ name, columns }: TransferTable): string {
  const values = Object.values(columns).map(cell);
  return `INSERT INTO ${name} (${Object.keys(columns).join(', ')}) SELECT ${values.join(', ')} ${fromRows}`;
}

function addingSql({ name, columns }: TransferTable, addedBy: readonly string[]): string {
  const sums = Object.keys(columns).filter((column) => !addedBy.includes(column));
  const values = Object.entries(columns).map(([column, kind], at) =>
    addedBy.includes(column) ? cell(kind, at) : `sum(${cell(kind, at)})`,
  );
  const places = addedBy.map((column) => 1 + Object.keys(columns).indexOf(column));
  return `INSERT INTO ${name} AS there (${Object.keys(columns).join(', ')})
    SELECT ${values.join(', ')} ${fromRows} GROUP BY ${places.join(', ')}
    ON CONFLICT (${addedBy.join(', ')}) DO UPDATE SET
      ${sums.map((column) => `${column} = there.${column} + excluded.${column}`).join(', ')}`;
}

/** New ids continue after the highest that was ever given. */
export async function setLastId(tx: Queryable, { name }: TransferTable, lastId: number): Promise<void> {
  if (lastId > 0) await tx.run("SELECT setval(pg_get_serial_sequence($1, 'id'), $2)", name, lastId);
}

const lengthOf = (column: string) => `octet_length(${column})`;
const summed: Record<ColumnKind, (column: string) => string> = {
  integer: (column) => column,
  boolean: (column) => `${column}::int`,
  text: lengthOf,
  json: lengthOf,
  bytes: lengthOf,
};

/** As `TransferSource.figures`. */
export async function figuresIn(tx: Queryable, { name, columns }: TransferTable): Promise<Figures> {
  const entries = Object.entries(columns);
  const parts = entries.map(([column, kind]) => {
    const value = summed[kind](column);
    return `count(${column})::text AS ${column}_count, coalesce(sum(${value}), 0)::text AS ${column}_sum`;
  });
  const row = await tx.one(`SELECT count(*)::text AS rows, ${parts.join(', ')} FROM ${name}`);
  return new Map([
    ['rows', String(row.rows)],
    ...entries.flatMap(([column]): [string, string][] => [
      [`count of ${column}`, String(row[`${column}_count`])],
      [`sum of ${column}`, String(row[`${column}_sum`])],
    ]),
  ]);
}

/** Later records are counted, and later queries are planned by the new content. */
export async function finish(tx: Queryable): Promise<void> {
  await tx.run('ALTER TABLE records ENABLE TRIGGER records_are_counted');
  await tx.run(`ANALYZE ${names.join(', ')}`);
}
