/** Sealed values, and the state of the server secret, in PostgreSQL. */
import type { SecretRing } from '../../domain/secret-ring.ts';
import {
  type Resealed,
  type SealedCount,
  type SealedKind,
  type SealedPlace,
  type SealedRange,
  type SealedRow,
  type SealedStore,
  sealedKinds,
} from '../sealed-store.ts';
import { isSame, type SecretState, secretState } from '../secret-order.ts';
import type { ConnectionOptions, Database, Queryable } from './connection.ts';
import { advisoryLocks } from './migrate.ts';
import { admitSecrets, secretSql } from './secret-check.ts';

interface Place {
  readonly table: string;
  readonly id: string;
  readonly type: string;
  readonly sealed: string;
  readonly digest: string;
}

const places: Record<SealedKind, Place> = {
  channels: { table: 'channels', id: 'id', type: 'bigint', sealed: 'sealed_keys', digest: 'NULL::bytea' },
  proxies: {
    table: 'channels',
    id: 'id',
    type: 'bigint',
    sealed: 'sealed_proxy_auth',
    digest: 'NULL::bytea',
  },
  keys: { table: 'keys', id: 'id', type: 'bigint', sealed: 'sealed', digest: 'digest' },
  contents: { table: 'contents', id: 'request_id', type: 'text', sealed: 'sealed', digest: 'NULL::bytea' },
};

const begins = (sealed: string, prefix: string) =>
  `substring(${sealed} FROM 1 FOR octet_length(${prefix}::bytea)) = ${prefix}`;
const lastSql = ({ table, id }: Place) => `SELECT max(${id}) AS place FROM ${table}`;
const listSql = ({ table, id, type, sealed, digest }: Place) => `SELECT ${id} AS place, ${digest} AS digest,
    CASE WHEN NOT ${begins(sealed, '$2')} THEN ${sealed} END AS sealed
  FROM ${table} WHERE ${id} > $1::${type} AND ${id} <= $4::${type} ORDER BY ${id} LIMIT $3`;
// A row that somebody is changing is passed over: waiting for several of them could be a deadlock.
const replaceSql = ({ table, id, type, sealed }: Place) => `WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest($1::${type}[], $2::bytea[], $3::bytea[]) AS each (place, before, after)
  ), locked AS MATERIALIZED (
    SELECT there.${id} AS place, wanted.after FROM ${table} AS there JOIN wanted ON there.${id} = wanted.place
    WHERE there.${sealed} = wanted.before FOR NO KEY UPDATE OF there SKIP LOCKED
  )
  UPDATE ${table} SET ${sealed} = locked.after FROM locked WHERE ${table}.${id} = locked.place`;
const countSql = ({ table, sealed }: Place) => `SELECT count(${sealed}) AS total,
    count(*) FILTER (WHERE NOT ${begins(sealed, '$1')}) AS others FROM ${table}`;

const sql = {
  tryLock: 'SELECT pg_try_advisory_lock($1, $2) AS taken',
  othersSealing: `SELECT name FROM nodes WHERE state = 'active' AND secrets[1] IS DISTINCT FROM $1::bytea ORDER BY name`,
  mark: 'SELECT clock_timestamp()::text AS now',
  // A node that has ended may have sealed something until then.
  sealedSince: `SELECT name FROM nodes WHERE secrets[1] IS DISTINCT FROM $1::bytea
    AND (state = 'active' OR changed_at >= $2::timestamptz) LIMIT 1`,
  finish: 'UPDATE server_secret SET previous = NULL, retired = retired || previous',
} as const;

export async function readSecretState(db: Queryable): Promise<SecretState | undefined> {
  const row = await db.get(secretSql.state);
  return row && secretState(row);
}

/** @param prefix how texts begin that are sealed under the secret that is asked for */
export async function countSealed(db: Queryable, prefix: Uint8Array): Promise<readonly SealedCount[]> {
  const counts: SealedCount[] = [];
  for (const kind of sealedKinds) {
    const { total, others } = await db.one(countSql(places[kind]), prefix);
    counts.push({ kind, total: Number(total), others: Number(others) });
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

  async last(kind: SealedKind): Promise<SealedPlace | undefined> {
    return ((await this.#db.one(lastSql(places[kind]))).place as SealedPlace | null) ?? undefined;
  }

  async list(
    kind: SealedKind,
    { after, upTo, limit }: SealedRange,
    prefix: Uint8Array,
  ): Promise<readonly SealedRow[]> {
    const rows = await this.#db.all(listSql(places[kind]), after, prefix, limit, upTo);
    return rows.map((row) => ({
      place: row.place as SealedPlace,
      digest: row.digest as Uint8Array | null,
      sealed: row.sealed as Uint8Array | null,
    }));
  }

  replace(kind: SealedKind, changes: readonly Resealed[]): Promise<number> {
    return this.#db.run(
      replaceSql(places[kind]),
      changes.map(({ place }) => place),
      changes.map(({ before }) => before),
      changes.map(({ after }) => after),
    );
  }

  async unlessElsewhere(work: () => Promise<void>): Promise<boolean> {
    // The lock belongs to a connection, and ends with it however this process does.
    const client = await this.#db.connect(this.#connection);
    client.on('error', () => undefined);
    try {
      const { rows } = await client.query(sql.tryLock, [...advisoryLocks.reseal]);
      if (rows[0]?.taken !== true) return false;
      await work();
      return true;
    } finally {
      await client.end();
    }
  }

  async othersSealing(ring: SecretRing): Promise<readonly string[]> {
    const rows = await this.#db.all(sql.othersSealing, ring.current.fingerprint);
    return rows.map(({ name }) => String(name));
  }

  async mark(): Promise<string> {
    return String((await this.#db.one(sql.mark)).now);
  }

  finish(ring: SecretRing, since: string): Promise<boolean> {
    const { fingerprint } = ring.current;
    return this.#db.transaction(async (tx) => {
      const row = await tx.get(secretSql.lock);
      const state = row && secretState(row);
      if (!state?.previous || !isSame(state.current, fingerprint)) return false;
      if (await tx.get(sql.sealedSince, fingerprint, since)) return false;
      await tx.run(sql.finish);
      return true;
    });
  }
}
