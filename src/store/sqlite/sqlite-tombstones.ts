/** Tombstone store on SQLite. */
import { type DeletedKey, latestAddresses, type Tombstone } from '../../domain/tombstone.ts';
import { limits } from '../../platform/limits.ts';
import { integer, json } from '../columns.ts';
import { tombstoneRow } from '../rows.ts';
import { composed, numberIn, statement } from '../statement.ts';
import {
  deletedKeyConditions,
  deletedKeyCount,
  deletedKeyPage,
  deletedKeyRow,
  tombstoneSql,
} from '../statements/tombstones.ts';
import type {
  DeletedKeyQuery,
  KeyAttempts,
  KeyScope,
  Page,
  PageQuery,
  Reapplied,
  TombstonePosition,
  TombstoneStore,
} from '../store.ts';
import { accounts, tombstones } from '../tables.ts';
import type { Connection } from './connection.ts';
import { reapply } from './reapply.ts';

const { digest, attempts, lastAttemptAt, addresses } = tombstones;
const accountId = integer();
const ids = json<readonly number[]>();

const sql = {
  ofKeys: statement(
    { accountId, ids },
    `SELECT * FROM tombstones WHERE account_id = :accountId AND kind = 'key'
      AND key_id IN (SELECT value FROM json_each(:ids)) ORDER BY key_id`,
    tombstoneRow,
  ),
  // By the index of tombstones of each account, rather than through all tombstones.
  managed: statement(
    { role: accounts.role, id: accounts.id, ids },
    `SELECT t.* FROM accounts AS a CROSS JOIN tombstones AS t
      ON t.account_id = a.id AND t.kind = 'key' AND t.key_id IN (SELECT value FROM json_each(:ids))
      WHERE a.role < :role OR a.id = :id ORDER BY t.key_id`,
    tombstoneRow,
  ),
  byDigest: statement({ digest }, 'SELECT * FROM tombstones WHERE digest = :digest', tombstoneRow),
  addresses: statement(
    { digest },
    "SELECT addresses FROM tombstones WHERE digest = :digest AND kind = 'key'",
    (row) => addresses.decode(row.addresses),
  ),
  addAttempts: statement(
    { digest, attempts, lastAttemptAt, addresses },
    `UPDATE tombstones SET attempts = attempts + :attempts, last_attempt_at = max(last_attempt_at, :lastAttemptAt),
      addresses = :addresses WHERE digest = :digest`,
  ),
} as const;

const nothing = new Uint8Array();

export class SqliteTombstones implements TombstoneStore {
  readonly #db: Connection;
  readonly #write: <Result>(work: () => Result) => Promise<Result>;

  /** @param write runs `work` as one transaction */
  constructor(db: Connection, write: <Result>(work: () => Result) => Promise<Result>) {
    this.#db = db;
    this.#write = write;
  }

  async ofKeys(accountId: number, ids: readonly number[]): Promise<readonly Tombstone[]> {
    return this.#db.all(sql.ofKeys, { accountId, ids });
  }

  async ofManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly Tombstone[]> {
    return this.#db.all(sql.managed, { ...scope, ids });
  }

  async ofKey(digest: Uint8Array): Promise<Tombstone | undefined> {
    return this.#db.get(tombstoneSql.ofKey, { digest });
  }

  async ofOwner(accountId: number): Promise<readonly Tombstone[]> {
    return this.#db.all(tombstoneSql.ofOwner, { accountId });
  }

  async ofAccount(accountId: number): Promise<readonly Tombstone[]> {
    return this.#db.all(tombstoneSql.ofAccount, { accountId });
  }

  async list(after: TombstonePosition | undefined, limit: number): Promise<readonly Tombstone[]> {
    const { deletedAt, digest } = after ?? { deletedAt: -1, digest: nothing };
    return this.#db.all(tombstoneSql.byTime, { deletedAt, digest, limit });
  }

  async ofDigests(digests: readonly Uint8Array[]): Promise<readonly Tombstone[]> {
    return digests.flatMap((digest) => this.#db.all(sql.byDigest, { digest }));
  }

  async listDeletedKeys(query: DeletedKeyQuery, { limit, offset }: PageQuery): Promise<Page<DeletedKey>> {
    const { text, parameters } = deletedKeyConditions(query);
    const total = this.#db.one(composed(deletedKeyCount(text), numberIn('total')), parameters);
    const items = this.#db.all(composed(deletedKeyPage(text), deletedKeyRow), {
      ...parameters,
      limit,
      offset,
    });
    return { total, items };
  }

  async addAttempts(all: readonly KeyAttempts[]): Promise<number> {
    return this.#write(() => this.#addAttempts(all));
  }

  #addAttempts(all: readonly KeyAttempts[]): number {
    let added = 0;
    for (const { digest, attempts, lastAt: lastAttemptAt, addresses: latest } of all) {
      const older = this.#db.get(sql.addresses, { digest });
      if (!older) continue;
      const addresses = latestAddresses(latest, older, limits.deleted_key_addresses_max);
      this.#db.run(sql.addAttempts, { digest, attempts, lastAttemptAt, addresses });
      added += attempts;
    }
    return added;
  }

  async reapply(again: readonly Tombstone[]): Promise<Reapplied> {
    return this.#write(() => reapply(this.#db, again));
  }
}
