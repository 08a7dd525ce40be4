/** Tombstone store on SQLite. */
import { type DeletedKey, latestAddresses, type Tombstone } from '../../domain/tombstone.ts';
import { limits } from '../../platform/limits.ts';
import { deletedKeyRow, tombstoneRow } from '../rows.ts';
import type {
  DeletedKeyQuery,
  KeyAttempts,
  KeyScope,
  Page,
  PageQuery,
  Reapplied,
  TombstonePlace,
  TombstoneStore,
} from '../store.ts';
import type { Connection, Value } from './connection.ts';
import { reapply } from './reapply.ts';

const sql = {
  ofKeys: `SELECT * FROM tombstones WHERE account_id = ? AND kind = 'key'
    AND key_id IN (SELECT value FROM json_each(?)) ORDER BY key_id`,
  // By the index of the tombstones for each account, rather than through all tombstones.
  managed: `SELECT t.* FROM accounts AS a CROSS JOIN tombstones AS t
    ON t.account_id = a.id AND t.kind = 'key' AND t.key_id IN (SELECT value FROM json_each(?3))
    WHERE a.role < ?1 OR a.id = ?2 ORDER BY t.key_id`,
  ofKey: "SELECT * FROM tombstones WHERE digest = ? AND kind = 'key'",
  ofOwner: "SELECT * FROM tombstones WHERE account_id = ? AND kind <> 'account'",
  ofAccount: `SELECT * FROM tombstones WHERE account_id = ?1 AND kind <> 'access_token' AND deleted_at >=
    (SELECT deleted_at FROM tombstones WHERE account_id = ?1 AND kind = 'account' AND key_id = ?1)`,
  byDigest: 'SELECT * FROM tombstones WHERE digest = ?',
  byTime: 'SELECT * FROM tombstones WHERE (deleted_at, digest) > (?, ?) ORDER BY deleted_at, digest LIMIT ?',
  addresses: "SELECT addresses FROM tombstones WHERE digest = ? AND kind = 'key'",
  addAttempts: `UPDATE tombstones SET attempts = attempts + ?, last_attempt_at = max(last_attempt_at, ?), addresses = ?
    WHERE digest = ?`,
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
    return this.#db.all(sql.ofKeys, accountId, JSON.stringify(ids)).map(tombstoneRow);
  }

  async ofManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly Tombstone[]> {
    return this.#db.all(sql.managed, scope.role, scope.id, JSON.stringify(ids)).map(tombstoneRow);
  }

  async ofKey(digest: Uint8Array): Promise<Tombstone | undefined> {
    const row = this.#db.get(sql.ofKey, digest);
    return row && tombstoneRow(row);
  }

  async ofOwner(accountId: number): Promise<readonly Tombstone[]> {
    return this.#db.all(sql.ofOwner, accountId).map(tombstoneRow);
  }

  async ofAccount(accountId: number): Promise<readonly Tombstone[]> {
    return this.#db.all(sql.ofAccount, accountId).map(tombstoneRow);
  }

  async list(after: TombstonePlace | undefined, limit: number): Promise<readonly Tombstone[]> {
    const { deletedAt, digest } = after ?? { deletedAt: -1, digest: nothing };
    return this.#db.all(sql.byTime, deletedAt, digest, limit).map(tombstoneRow);
  }

  async ofDigests(digests: readonly Uint8Array[]): Promise<readonly Tombstone[]> {
    return digests.flatMap((digest) => this.#db.all(sql.byDigest, digest)).map(tombstoneRow);
  }

  async listDeletedKeys(
    { accountId, belowRole, since, attempted }: DeletedKeyQuery,
    page: PageQuery,
  ): Promise<Page<DeletedKey>> {
    const conditions = ["kind = 'key'", 'deleted_at >= ?'];
    const values: Value[] = [since];
    if (attempted) conditions.push('attempts > 0');
    if (accountId !== undefined) {
      conditions.push('account_id = ?');
      values.push(accountId);
    }
    if (belowRole !== undefined) {
      conditions.push(
        'NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = tombstones.account_id AND role >= ?)',
      );
      values.push(belowRole);
    }
    const where = `FROM tombstones WHERE ${conditions.join(' AND ')}`;
    const total = Number(
      this.#db.one(
        `SELECT count(*) AS total FROM (SELECT 1 ${where} LIMIT ${limits.records_counted_max}) AS counted`,
        ...values,
      ).total,
    );
    const rows = this.#db.all(
      `SELECT * ${where} ORDER BY deleted_at DESC, digest LIMIT ? OFFSET ?`,
      ...values,
      page.limit,
      page.offset,
    );
    return { total, items: rows.map(deletedKeyRow) };
  }

  async addAttempts(all: readonly KeyAttempts[]): Promise<number> {
    return this.#write(() => this.#addAttempts(all));
  }

  #addAttempts(all: readonly KeyAttempts[]): number {
    let added = 0;
    for (const { digest, attempts, lastAt, addresses } of all) {
      const row = this.#db.get(sql.addresses, digest);
      if (!row) continue;
      const older = JSON.parse(row.addresses as string) as string[];
      const kept = latestAddresses(addresses, older, limits.deleted_key_addresses_max);
      this.#db.run(sql.addAttempts, attempts, lastAt, JSON.stringify(kept), digest);
      added += attempts;
    }
    return added;
  }

  async reapply(again: readonly Tombstone[]): Promise<Reapplied> {
    return this.#write(() => reapply(this.#db, again));
  }
}
