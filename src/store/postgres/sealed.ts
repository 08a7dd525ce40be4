/** Sealed values, and the state of the server secret, in PostgreSQL. */
import type { SecretRing } from '../../domain/secret-ring.ts';
import { bytes, list, text } from '../columns.ts';
import { countRow, forEachKind, lastId, listed, sealedId, sealedRow, secretSql } from '../sealed-columns.ts';
import {
  type Resealed,
  type SealedCount,
  type SealedId,
  type SealedKind,
  type SealedRange,
  type SealedRow,
  type SealedStore,
  sealedKinds,
} from '../sealed-store.ts';
import { isSame, type SecretState } from '../secret-order.ts';
import { statement, textIn } from '../statement.ts';
import type { ConnectionOptions, Database, Queryable } from './connection.ts';
import { advisoryLocks } from './migrate.ts';
import { admitSecrets, lockSecret } from './secret-check.ts';

const isSealedUnder = (sealed: string) =>
  `substring(${sealed} FROM 1 FOR octet_length(:prefix::bytea)) = :prefix`;
const idType = { integer: 'bigint', text: 'text' } as const;

const listRows = forEachKind(({ table, id, idKind, sealed, hasDigest }) =>
  statement(
    listed,
    `SELECT ${id} AS id${hasDigest ? ', digest' : ''},
        CASE WHEN NOT ${isSealedUnder(sealed)} THEN ${sealed} END AS sealed
      FROM ${table} WHERE ${id} > :after::${idType[idKind]} AND ${id} <= :upTo::${idType[idKind]}
      ORDER BY ${id} LIMIT :limit`,
    sealedRow,
  ),
);
// A row that another transaction is changing is skipped: waiting for several could be a deadlock.
const replace = forEachKind(({ table, id, idKind, sealed }) =>
  statement(
    { ids: list(sealedId), before: list(bytes()), after: list(bytes()) },
    `WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(:ids::${idType[idKind]}[], :before::bytea[], :after::bytea[]) AS each (id, before, after)
      ), locked AS MATERIALIZED (
        SELECT there.${id} AS id, wanted.after FROM ${table} AS there JOIN wanted ON there.${id} = wanted.id
        WHERE there.${sealed} = wanted.before FOR NO KEY UPDATE OF there SKIP LOCKED
      )
      UPDATE ${table} SET ${sealed} = locked.after FROM locked WHERE ${table}.${id} = locked.id`,
  ),
);
const count = forEachKind(({ table, sealed }) =>
  statement(
    { prefix: bytes() },
    `SELECT count(${sealed}) AS total,
        count(*) FILTER (WHERE NOT ${isSealedUnder(sealed)}) AS others FROM ${table}`,
    countRow,
  ),
);

const sql = {
  othersSealing: statement(
    { current: bytes() },
    `SELECT name FROM nodes WHERE state = 'active' AND secrets[1] IS DISTINCT FROM :current::bytea ORDER BY name`,
    textIn('name'),
  ),
  mark: statement({}, 'SELECT clock_timestamp()::text AS now', textIn('now')),
  // A node that has ended may have sealed a value before.
  sealedSince: statement(
    { current: bytes(), since: text() },
    `SELECT name FROM nodes WHERE secrets[1] IS DISTINCT FROM :current::bytea
      AND (state = 'active' OR changed_at >= :since::timestamptz) LIMIT 1`,
  ),
  finish: statement({}, 'UPDATE server_secret SET previous = NULL, retired = retired || previous'),
} as const;

export function readSecretState(db: Queryable): Promise<SecretState | undefined> {
  return db.get(secretSql.state);
}

/** @param prefix how values begin that are sealed under the secret in question */
export async function countSealed(db: Queryable, prefix: Uint8Array): Promise<readonly SealedCount[]> {
  const counts: SealedCount[] = [];
  for (const kind of sealedKinds) {
    counts.push({ kind, ...(await db.one(count[kind], { prefix })) });
  }
  return counts;
}

export class PostgresSealed implements SealedStore {
  readonly #db: Database;
  readonly #connection: ConnectionOptions;
  readonly #nodeId: string;

  constructor(database: Database, connection: ConnectionOptions, nodeId: string) {
    this.#db = database;
    this.#connection = connection;
    this.#nodeId = nodeId;
  }

  state(): Promise<SecretState | undefined> {
    return readSecretState(this.#db);
  }

  admit(ring: SecretRing): Promise<readonly string[]> {
    return this.#db.transaction((tx) => admitSecrets(tx, ring, this.#nodeId));
  }

  last(kind: SealedKind): Promise<SealedId | undefined> {
    return this.#db.one(lastId[kind]);
  }

  list(kind: SealedKind, range: SealedRange, prefix: Uint8Array): Promise<readonly SealedRow[]> {
    return this.#db.all(listRows[kind], { ...range, prefix });
  }

  replace(kind: SealedKind, changes: readonly Resealed[]): Promise<number> {
    return this.#db.run(replace[kind], {
      ids: changes.map(({ id }) => id),
      before: changes.map(({ before }) => before),
      after: changes.map(({ after }) => after),
    });
  }

  async unlessElsewhere(work: () => Promise<void>): Promise<boolean> {
    // The lock belongs to a connection, and ends with it however this process ends.
    const client = await this.#db.connect(this.#connection);
    client.on('error', () => undefined);
    try {
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1, $2) AS taken', [
        ...advisoryLocks.reseal,
      ]);
      if (rows[0]?.taken !== true) return false;
      await work();
      return true;
    } finally {
      await client.end();
    }
  }

  othersSealing(ring: SecretRing): Promise<readonly string[]> {
    return this.#db.all(sql.othersSealing, { current: ring.current.fingerprint });
  }

  mark(): Promise<string> {
    return this.#db.one(sql.mark);
  }

  finish(ring: SecretRing, since: string): Promise<boolean> {
    const current = ring.current.fingerprint;
    return this.#db.transaction(async (tx) => {
      const state = await tx.get(lockSecret);
      if (!state?.previous || !isSame(state.current, current)) return false;
      if (await tx.get(sql.sealedSince, { current, since })) return false;
      await tx.run(sql.finish);
      return true;
    });
  }
}
