/** Tombstone log in a table of a second PostgreSQL database. */
import { tombstoneKinds } from '../../domain/tombstone.ts';
import { bytes, integer, names, optional, type RowOf, reader, text } from '../columns.ts';
import { lists, listsOf, unnested } from '../postgres/bulk.ts';
import { Database } from '../postgres/connection.ts';
import { databaseName, unusable } from '../postgres/database-name.ts';
import { statement } from '../statement.ts';
import type { LoggedTombstone, TombstoneLog } from './tombstone-log.ts';

export interface PostgresLogOptions {
  /** `postgres://user:password@host:port/database`. It holds a secret. */
  readonly url: string;
  /** How long a statement, and making a connection, may take, in milliseconds. */
  readonly statementMs: number;
  readonly connectMs: number;
}

const columns = {
  digest: bytes(),
  // Also kinds of later versions.
  kind: text(),
  id: integer(),
  accountId: optional(integer()),
  deletedAt: integer(),
} as const;

const sql = {
  create: statement(
    {},
    `CREATE TABLE IF NOT EXISTS halley_tombstones (
      digest bytea NOT NULL PRIMARY KEY,
      kind text NOT NULL,
      id bigint NOT NULL,
      account_id bigint,
      deleted_at bigint NOT NULL
    )`,
  ),
  append: statement(
    lists(columns),
    `INSERT INTO halley_tombstones (${names(columns)}) SELECT ${names(columns)} FROM ${unnested(columns)}
      ON CONFLICT DO NOTHING`,
  ),
  read: statement(
    { after: bytes(), limit: integer() },
    'SELECT * FROM halley_tombstones WHERE digest > :after ORDER BY digest LIMIT :limit',
    reader(columns),
  ),
} as const;

const pieceRows = 500;
const connectionsMax = 2;

/**
 * Opens the database, and creates the table when it is missing.
 * @throws HalleyError('store_unavailable') when it cannot be used
 */
export async function openPostgresLog(options: PostgresLogOptions): Promise<TombstoneLog> {
  const where = databaseName(options.url);
  const database = new Database({
    ...options,
    poolMax: connectionsMax,
    applicationName: 'halley tombstones',
  });
  try {
    await database.run(sql.create);
    return new PostgresLog(where, database);
  } catch (error) {
    await database.close();
    throw unusable(`${where} (tombstones.url)`, error);
  }
}

class PostgresLog implements TombstoneLog {
  readonly where: string;
  readonly #database: Database;

  constructor(where: string, database: Database) {
    this.where = where;
    this.#database = database;
  }

  async append(tombstones: readonly LoggedTombstone[]): Promise<void> {
    await this.#database.run(sql.append, listsOf(columns, tombstones));
  }

  async *read(onDamaged: () => void): AsyncGenerator<readonly LoggedTombstone[]> {
    let after: Uint8Array = new Uint8Array();
    for (;;) {
      const rows = await this.#database.all(sql.read, { after, limit: pieceRows });
      const last = rows.at(-1);
      if (!last) return;
      after = last.digest;
      const piece = rows.map(loggedTombstone).filter((each) => each !== undefined);
      for (let missing = rows.length - piece.length; missing > 0; missing -= 1) onDamaged();
      yield piece;
    }
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

/** @returns undefined for a kind that this version does not know */
function loggedTombstone(row: RowOf<typeof columns>): LoggedTombstone | undefined {
  const kind = tombstoneKinds.find((known) => known === row.kind);
  return kind && { ...row, kind };
}
