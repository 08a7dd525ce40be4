/** Tombstone store on PostgreSQL. */
import { digestText } from '../../domain/digest.ts';
import { type DeletedKey, latestAddresses, type Tombstone } from '../../domain/tombstone.ts';
import { limits } from '../../platform/limits.ts';
import { integer, list, pick, reader } from '../columns.ts';
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
import { accountDeletion, keyDeletion } from './access-entries.ts';
import { lists, listsOf, unnested } from './bulk.ts';
import type { Database, Queryable } from './connection.ts';
import { reapply } from './reapply.ts';
import { appendLog } from './revocation-log.ts';
import { isRowId } from './values.ts';

const ids = list(tombstones.id);
const digests = list(tombstones.digest);
const added = pick(tombstones, 'digest', 'attempts', 'lastAttemptAt', 'addresses');

const sql = {
  ofKeys: statement(
    { accountId: integer(), ids },
    `SELECT * FROM tombstones WHERE account_id = :accountId AND kind = 'key' AND key_id = ANY(:ids::bigint[])
      ORDER BY key_id`,
    tombstoneRow,
  ),
  managed: statement(
    { role: accounts.role, id: accounts.id, ids },
    `SELECT t.* FROM accounts AS a JOIN tombstones AS t
      ON t.account_id = a.id AND t.kind = 'key' AND t.key_id = ANY(:ids::bigint[])
      WHERE a.role < :role OR a.id = :id ORDER BY t.key_id`,
    tombstoneRow,
  ),
  byDigests: statement(
    { digests },
    'SELECT * FROM tombstones WHERE digest = ANY(:digests::bytea[])',
    tombstoneRow,
  ),
  lockChosen: statement(
    { digests },
    `SELECT digest, addresses FROM tombstones WHERE digest = ANY(:digests::bytea[]) AND kind = 'key'
      ORDER BY digest FOR UPDATE`,
    reader(pick(tombstones, 'digest', 'addresses')),
  ),
  addAttempts: statement(
    lists(added),
    `UPDATE tombstones SET attempts = tombstones.attempts + each.attempts,
        last_attempt_at = greatest(tombstones.last_attempt_at, each.last_attempt_at), addresses = each.addresses
      FROM ${unnested(added)} WHERE tombstones.digest = each.digest`,
  ),
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
    return isRowId(accountId) ? this.#db.all(sql.ofKeys, { accountId, ids: ids.filter(isRowId) }) : [];
  }

  async ofManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly Tombstone[]> {
    return this.#db.all(sql.managed, { ...scope, ids: ids.filter(isRowId) });
  }

  async ofKey(digest: Uint8Array): Promise<Tombstone | undefined> {
    return this.#db.get(tombstoneSql.ofKey, { digest });
  }

  async ofOwner(accountId: number): Promise<readonly Tombstone[]> {
    return isRowId(accountId) ? this.#db.all(tombstoneSql.ofOwner, { accountId }) : [];
  }

  async ofAccount(accountId: number): Promise<readonly Tombstone[]> {
    return isRowId(accountId) ? this.#db.all(tombstoneSql.ofAccount, { accountId }) : [];
  }

  async list(after: TombstonePosition | undefined, limit: number): Promise<readonly Tombstone[]> {
    const { deletedAt, digest } = after ?? { deletedAt: -1, digest: nothing };
    return this.#db.all(tombstoneSql.byTime, { deletedAt, digest, limit });
  }

  async ofDigests(digests: readonly Uint8Array[]): Promise<readonly Tombstone[]> {
    return this.#db.all(sql.byDigests, { digests });
  }

  async listDeletedKeys(query: DeletedKeyQuery, { limit, offset }: PageQuery): Promise<Page<DeletedKey>> {
    const { text, parameters } = deletedKeyConditions(query);
    const [total, items] = await Promise.all([
      this.#db.one(composed(deletedKeyCount(text), numberIn('total')), parameters),
      this.#db.all(composed(deletedKeyPage(text), deletedKeyRow), { ...parameters, limit, offset }),
    ]);
    return { total, items };
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
  const found = await tx.all(sql.lockChosen, { digests: all.map(({ digest }) => digest) });
  const rows = found.flatMap(({ digest, addresses: older }) => {
    const each = given.get(digestText(digest));
    if (!each) return [];
    const addresses = latestAddresses(each.addresses, older, limits.deleted_key_addresses_max);
    return [{ digest, attempts: each.attempts, lastAttemptAt: each.lastAt, addresses }];
  });
  if (rows.length > 0) await tx.run(sql.addAttempts, listsOf(added, rows));
  return rows.reduce((sum, { attempts }) => sum + attempts, 0);
}
