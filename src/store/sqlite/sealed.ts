/** Sealed values, and the state of the server secret, in SQLite. */
import type { SecretRing } from '../../domain/secret-ring.ts';
import { bytes } from '../columns.ts';
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
import { isSame, judgeSecrets, type SecretState } from '../secret-order.ts';
import { statement } from '../statement.ts';
import type { Connection } from './connection.ts';

const list = forEachKind(({ table, id, sealed, hasDigest }) =>
  statement(
    listed,
    `SELECT ${id} AS id${hasDigest ? ', digest' : ''},
        iif(substr(${sealed}, 1, length(:prefix)) <> :prefix, ${sealed}, NULL) AS sealed
      FROM ${table} WHERE ${id} > :after AND ${id} <= :upTo ORDER BY ${id} LIMIT :limit`,
    sealedRow,
  ),
);
const replace = forEachKind(({ table, id, sealed }) =>
  statement(
    { id: sealedId, before: bytes(), after: bytes() },
    `UPDATE ${table} SET ${sealed} = :after WHERE ${id} = :id AND ${sealed} = :before`,
  ),
);
const count = forEachKind(({ table, sealed }) =>
  statement(
    { prefix: bytes() },
    `SELECT count(${sealed}) AS total,
        coalesce(sum(substr(${sealed}, 1, length(:prefix)) <> :prefix), 0) AS others FROM ${table}`,
    countRow,
  ),
);
const finish = statement(
  { retired: bytes() },
  'UPDATE server_secret SET previous = NULL, retired = :retired',
);

export function readSecretState(connection: Connection): SecretState | undefined {
  return connection.get(secretSql.state);
}

/** @param prefix how values begin that are sealed under the secret in question */
export function countSealed(connection: Connection, prefix: Uint8Array): readonly SealedCount[] {
  return sealedKinds.map((kind) => ({ kind, ...connection.one(count[kind], { prefix }) }));
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
      const current = ring.current.fingerprint;
      this.#db.run(secretSql.insert, { current });
      const begins = judgeSecrets(this.#db.one(secretSql.state), ring);
      if (begins) this.#db.run(secretSql.rotate, { current });
    });
    return [];
  }

  async last(kind: SealedKind): Promise<SealedId | undefined> {
    return this.#db.one(lastId[kind]);
  }

  async list(kind: SealedKind, range: SealedRange, prefix: Uint8Array): Promise<readonly SealedRow[]> {
    return this.#db.all(list[kind], { ...range, prefix });
  }

  async replace(kind: SealedKind, changes: readonly Resealed[]): Promise<number> {
    return this.#write(() => changes.reduce((sum, change) => sum + this.#db.run(replace[kind], change), 0));
  }

  async unlessElsewhere(work: () => Promise<void>): Promise<boolean> {
    await work();
    return true;
  }

  /** One process at a time uses the database. */
  async othersSealing(): Promise<readonly string[]> {
    return [];
  }

  /** Queued writes are done when it resolves. */
  mark(): Promise<string> {
    return this.#write(() => '');
  }

  async finish(ring: SecretRing): Promise<boolean> {
    return this.#write(() => {
      const state = readSecretState(this.#db);
      if (!state?.previous || !isSame(state.current, ring.current.fingerprint)) return false;
      return this.#db.run(finish, { retired: Buffer.concat([...state.retired, state.previous]) }) > 0;
    });
  }
}
