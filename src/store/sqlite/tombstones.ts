/** Tombstones in SQLite. Writes here are parts of transactions that the engine opens. */
import { type DeletedKey, latestAddresses, type Tombstone } from '../../domain/tombstone.ts';
import { limits } from '../../platform/limits.ts';
import { deletedKeyRow, tombstoneRow } from '../rows.ts';
import type { KeyScope, Page, PageQuery } from '../store.ts';
import type { DeletedKeyQuery, KeyAttempts, TombstonePlace } from '../tombstone-store.ts';
import type { Connection, Value } from './connection.ts';

const sql = {
  insert: `INSERT OR IGNORE INTO tombstones (digest, key_id, deleted_at, kind, account_id, name, hint)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
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

/** One that is there already stays as it is. */
export function insertTombstone(connection: Connection, tombstone: Tombstone): void {
  const { digest, id, deletedAt, kind, accountId, name, hint } = tombstone;
  connection.run(sql.insert, digest, id, deletedAt, kind, accountId, name, hint);
}

export function ofKeys(
  connection: Connection,
  accountId: number,
  ids: readonly number[],
): readonly Tombstone[] {
  return connection.all(sql.ofKeys, accountId, JSON.stringify(ids)).map(tombstoneRow);
}

export function ofManagedKeys(
  connection: Connection,
  scope: KeyScope,
  ids: readonly number[],
): readonly Tombstone[] {
  return connection.all(sql.managed, scope.role, scope.id, JSON.stringify(ids)).map(tombstoneRow);
}

export function ofKey(connection: Connection, digest: Uint8Array): Tombstone | undefined {
  const row = connection.get(sql.ofKey, digest);
  return row && tombstoneRow(row);
}

export function ofOwner(connection: Connection, accountId: number): readonly Tombstone[] {
  return connection.all(sql.ofOwner, accountId).map(tombstoneRow);
}

export function ofAccount(connection: Connection, accountId: number): readonly Tombstone[] {
  return connection.all(sql.ofAccount, accountId).map(tombstoneRow);
}

export function list(
  connection: Connection,
  after: TombstonePlace | undefined,
  limit: number,
): readonly Tombstone[] {
  const { deletedAt, digest } = after ?? { deletedAt: -1, digest: nothing };
  return connection.all(sql.byTime, deletedAt, digest, limit).map(tombstoneRow);
}

export function ofDigests(connection: Connection, digests: readonly Uint8Array[]): readonly Tombstone[] {
  return digests.flatMap((digest) => connection.all(sql.byDigest, digest)).map(tombstoneRow);
}

export function listDeletedKeys(
  connection: Connection,
  { accountId, belowRole, since, attempted }: DeletedKeyQuery,
  page: PageQuery,
): Page<DeletedKey> {
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
    connection.one(
      `SELECT count(*) AS total FROM (SELECT 1 ${where} LIMIT ${limits.records_counted_max}) AS counted`,
      ...values,
    ).total,
  );
  const rows = connection.all(
    `SELECT * ${where} ORDER BY deleted_at DESC, digest LIMIT ? OFFSET ?`,
    ...values,
    page.limit,
    page.offset,
  );
  return { total, items: rows.map(deletedKeyRow) };
}

/** As `TombstoneStore.addAttempts`. */
export function addAttempts(connection: Connection, all: readonly KeyAttempts[]): number {
  let added = 0;
  for (const { digest, attempts, lastAt, addresses } of all) {
    const row = connection.get(sql.addresses, digest);
    if (!row) continue;
    const older = JSON.parse(row.addresses as string) as string[];
    const kept = latestAddresses(addresses, older, limits.deleted_key_addresses_max);
    connection.run(sql.addAttempts, attempts, lastAt, JSON.stringify(kept), digest);
    added += attempts;
  }
  return added;
}
