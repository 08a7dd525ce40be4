/** Tombstone store on PostgreSQL. */
import { digestText } from '../../domain/digest.ts';
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
import { accountDeletion, keyDeletion } from './access-entries.ts';
import { Conditions } from './conditions.ts';
import type { Database, Queryable } from './connection.ts';
import { reapply } from './reapply.ts';
import { appendLog } from './revocation-log.ts';
import { isRowId } from './values.ts';

const sql = {
  ofKeys: `SELECT * FROM tombstones WHERE account_id = $1 AND kind = 'key' AND key_id = ANY($2::bigint[])
    ORDER BY key_id`,
  managed: `SELECT t.* FROM accounts AS a JOIN tombstones AS t
    ON t.account_id = a.id AND t.kind = 'key' AND t.key_id = ANY($3::bigint[])
    WHERE a.role < $1 OR a.id = $2 ORDER BY t.key_id`,
  ofKey: "SELECT * FROM tombstones WHERE digest = $1 AND kind = 'key'",
  ofOwner: "SELECT * FROM tombstones WHERE account_id = $1 AND kind <> 'account'",
  ofAccount: `SELECT * FROM tombstones WHERE account_id = $1 AND kind <> 'access_token' AND deleted_at >=
    (SELECT deleted_at FROM tombstones WHERE account_id = $1 AND kind = 'account' AND key_id = $1)`,
  byDigests: 'SELECT * FROM tombstones WHERE digest = ANY($1::bytea[])',
  byTime:
    'SELECT * FROM tombstones WHERE (deleted_at, digest) > ($1, $2) ORDER BY deleted_at, digest LIMIT $3',
  lockSome: `SELECT digest, addresses FROM tombstones WHERE digest = ANY($1::bytea[]) AND kind = 'key'
    ORDER BY digest FOR UPDATE`,
  addAttempts: `UPDATE tombstones SET attempts = tombstones.attempts + added.attempts,
      last_attempt_at = greatest(last_attempt_at, added.last_at), addresses = added.addresses
    FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::text[]) AS added (digest, attempts, last_at, addresses)
    WHERE tombstones.digest = added.digest`,
} as const;

const nothing = new Uint8Array();

export class PostgresTombstones implements TombstoneStore {
  readonly #db: Database;
  readonly #changes: Database;

  /** @param changes for changes of access rights, which may wait for each other */
  constructor(db: Database, changes: Database) {
    this.#db = db;
    this.#changes = changes;
  }

  async ofKeys(accountId: number, ids: readonly number[]): Promise<readonly Tombstone[]> {
    if (!isRowId(accountId)) return [];
    return (await this.#db.all(sql.ofKeys, accountId, ids.filter(isRowId))).map(tombstoneRow);
  }

  async ofManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly Tombstone[]> {
    const rows = await this.#db.all(sql.managed, scope.role, scope.id, ids.filter(isRowId));
    return rows.map(tombstoneRow);
  }

  async ofKey(digest: Uint8Array): Promise<Tombstone | undefined> {
    const row = await this.#db.get(sql.ofKey, digest);
    return row && tombstoneRow(row);
  }

  async ofOwner(accountId: number): Promise<readonly Tombstone[]> {
    return isRowId(accountId) ? (await this.#db.all(sql.ofOwner, accountId)).map(tombstoneRow) : [];
  }

  async ofAccount(accountId: number): Promise<readonly Tombstone[]> {
    return isRowId(accountId) ? (await this.#db.all(sql.ofAccount, accountId)).map(tombstoneRow) : [];
  }

  async list(after: TombstonePlace | undefined, limit: number): Promise<readonly Tombstone[]> {
    const { deletedAt, digest } = after ?? { deletedAt: -1, digest: nothing };
    return (await this.#db.all(sql.byTime, deletedAt, digest, limit)).map(tombstoneRow);
  }

  async ofDigests(digests: readonly Uint8Array[]): Promise<readonly Tombstone[]> {
    return (await this.#db.all(sql.byDigests, digests)).map(tombstoneRow);
  }

  async listDeletedKeys(
    { accountId, belowRole, since, attempted }: DeletedKeyQuery,
    page: PageQuery,
  ): Promise<Page<DeletedKey>> {
    const conditions = new Conditions().add("kind = 'key' AND deleted_at >= ?", since);
    if (attempted) conditions.add('attempts > 0');
    conditions.addGiven('account_id = ?', accountId);
    conditions.addGiven(
      'NOT EXISTS (SELECT 1 FROM accounts WHERE accounts.id = tombstones.account_id AND role >= ?)',
      belowRole,
    );
    const { sql: condition, values } = conditions;
    const where = `FROM tombstones WHERE ${condition}`;
    const order = `ORDER BY deleted_at DESC, digest LIMIT $${values.length + 1} OFFSET $${values.length + 2}`;
    const [{ total }, rows] = await Promise.all([
      this.#db.one(
        `SELECT count(*) AS total FROM (SELECT 1 ${where} LIMIT ${limits.records_counted_max}) AS counted`,
        ...values,
      ),
      this.#db.all(`SELECT * ${where} ${order}`, ...values, page.limit, page.offset),
    ]);
    return { total: Number(total), items: rows.map(deletedKeyRow) };
  }

  addAttempts(attempts: readonly KeyAttempts[]): Promise<number> {
    return this.#db.transaction((tx) => addAttempts(tx, attempts));
  }

  /** Other nodes follow what is deleted again, as any other deletion. */
  reapply(again: readonly Tombstone[]): Promise<Reapplied> {
    return this.#changes.transaction(async (tx) => {
      const { revived, keys, accounts } = await reapply(tx, again);
      await appendLog(tx, [...accounts.map(accountDeletion), ...keys.map(keyDeletion)]);
      return revived;
    });
  }
}

/** As `TombstoneStore.addAttempts`. Part of a transaction. */
async function addAttempts(tx: Queryable, all: readonly KeyAttempts[]): Promise<number> {
  const given = new Map(all.map((each) => [digestText(each.digest), each]));
  const rows = await tx.all(
    sql.lockSome,
    all.map(({ digest }) => digest),
  );
  const added = rows.flatMap(({ digest, addresses }) => {
    const attempts = given.get(digestText(digest as Uint8Array));
    const older = JSON.parse(addresses as string) as string[];
    return attempts ? [{ ...attempts, older }] : [];
  });
  if (added.length === 0) return 0;
  await tx.run(
    sql.addAttempts,
    added.map(({ digest }) => digest),
    added.map(({ attempts }) => attempts),
    added.map(({ lastAt }) => lastAt),
    added.map(({ addresses, older }) =>
      JSON.stringify(latestAddresses(addresses, older, limits.deleted_key_addresses_max)),
    ),
  );
  return added.reduce((sum, { attempts }) => sum + attempts, 0);
}
