/** Sealed values, and the state of the server secret, in SQLite. */
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
import { isSame, judgeSecrets, type SecretState, secretState } from '../secret-order.ts';
import type { Connection } from './connection.ts';

interface Place {
  readonly table: string;
  readonly id: string;
  readonly sealed: string;
  readonly digest: string;
}

/** Every column that holds something sealed. Public for the test that finds none besides. */
export const places: Record<SealedKind, Place> = {
  channels: { table: 'channels', id: 'id', sealed: 'sealed_keys', digest: 'NULL' },
  proxies: { table: 'channels', id: 'id', sealed: 'sealed_proxy_auth', digest: 'NULL' },
  keys: { table: 'keys', id: 'id', sealed: 'sealed', digest: 'digest' },
  contents: { table: 'contents', id: 'request_id', sealed: 'sealed', digest: 'NULL' },
};

const lastSql = ({ table, id }: Place) => `SELECT max(${id}) AS place FROM ${table}`;
const listSql = ({ table, id, sealed, digest }: Place) => `SELECT ${id} AS place, ${digest} AS digest,
    iif(substr(${sealed}, 1, length(?2)) <> ?2, ${sealed}, NULL) AS sealed
  FROM ${table} WHERE ${id} > ?1 AND ${id} <= ?4 ORDER BY ${id} LIMIT ?3`;
const replaceSql = ({ table, id, sealed }: Place) =>
  `UPDATE ${table} SET ${sealed} = ?3 WHERE ${id} = ?1 AND ${sealed} = ?2`;
const countSql = ({ table, sealed }: Place) => `SELECT count(${sealed}) AS total,
    coalesce(sum(substr(${sealed}, 1, length(?1)) <> ?1), 0) AS others FROM ${table}`;

const sql = {
  state: 'SELECT fingerprint, previous, retired FROM server_secret',
  note: 'INSERT OR IGNORE INTO server_secret (id, fingerprint) VALUES (1, ?)',
  rotate: 'UPDATE server_secret SET previous = fingerprint, fingerprint = ?',
  finish: 'UPDATE server_secret SET previous = NULL, retired = ?',
} as const;

export function readSecretState(connection: Connection): SecretState | undefined {
  const row = connection.get(sql.state);
  return row && secretState(row);
}

/** @param prefix how texts begin that are sealed under the secret that is asked for */
export function countSealed(connection: Connection, prefix: Uint8Array): readonly SealedCount[] {
  return sealedKinds.map((kind) => {
    const { total, others } = connection.one(countSql(places[kind]), prefix);
    return { kind, total: Number(total), others: Number(others) };
  });
}

export class SqliteSealed implements SealedStore {
  readonly #db: Connection;
  readonly #write: <Result>(work: () => Result) => Promise<Result>;

  /** @param write runs a transaction while nobody else writes */
  constructor(connection: Connection, write: <Result>(work: () => Result) => Promise<Result>) {
    this.#db = connection;
    this.#write = write;
  }

  async state(): Promise<SecretState | undefined> {
    return readSecretState(this.#db);
  }

  async admit(ring: SecretRing): Promise<readonly string[]> {
    await this.#write(() => {
      this.#db.run(sql.note, ring.current.fingerprint);
      const begins = judgeSecrets(secretState(this.#db.one(sql.state)), ring);
      if (begins) this.#db.run(sql.rotate, ring.current.fingerprint);
    });
    return [];
  }

  async last(kind: SealedKind): Promise<SealedPlace | undefined> {
    return (this.#db.one(lastSql(places[kind])).place as SealedPlace | null) ?? undefined;
  }

  async list(
    kind: SealedKind,
    { after, upTo, limit }: SealedRange,
    prefix: Uint8Array,
  ): Promise<readonly SealedRow[]> {
    return this.#db.all(listSql(places[kind]), after, prefix, limit, upTo).map((row) => ({
      place: row.place as SealedPlace,
      digest: row.digest as Uint8Array | null,
      sealed: row.sealed as Uint8Array | null,
    }));
  }

  async replace(kind: SealedKind, changes: readonly Resealed[]): Promise<number> {
    const statement = replaceSql(places[kind]);
    return this.#write(() =>
      changes.reduce(
        (sum, { place, before, after }) => sum + this.#db.run(statement, place, before, after),
        0,
      ),
    );
  }

  async unlessElsewhere(work: () => Promise<void>): Promise<boolean> {
    await work();
    return true;
  }

  /** One process at a time uses the database. */
  async othersSealing(): Promise<readonly string[]> {
    return [];
  }

  /** What was handed over to be written before is written when it resolves. */
  mark(): Promise<string> {
    return this.#write(() => '');
  }

  async finish(ring: SecretRing): Promise<boolean> {
    return this.#write(() => {
      const state = readSecretState(this.#db);
      if (!state?.previous || !isSame(state.current, ring.current.fingerprint)) return false;
      return this.#db.run(sql.finish, Buffer.concat([...state.retired, state.previous])) > 0;
    });
  }
}
