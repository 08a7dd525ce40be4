/** Tombstone store on PostgreSQL. */
import type { DeletedKey, Tombstone } from '../../domain/tombstone.ts';
import type { KeyScope, Page, PageQuery } from '../store.ts';
import type {
  DeletedKeyQuery,
  KeyAttempts,
  Reapplied,
  TombstonePlace,
  TombstoneStore,
} from '../tombstone-store.ts';
import { accountDeletion, keyDeletion } from './access-entries.ts';
import type { Database } from './connection.ts';
import { reapply } from './reapply.ts';
import { appendLog } from './revocation-log.ts';
import * as tombstones from './tombstones.ts';

export class PostgresTombstones implements TombstoneStore {
  readonly #db: Database;
  readonly #changes: Database;

  /** @param changes for changes of rights, which may wait for each other */
  constructor(db: Database, changes: Database) {
    this.#db = db;
    this.#changes = changes;
  }

  ofKeys(accountId: number, ids: readonly number[]): Promise<readonly Tombstone[]> {
    return tombstones.ofKeys(this.#db, accountId, ids);
  }

  ofManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly Tombstone[]> {
    return tombstones.ofManagedKeys(this.#db, scope, ids);
  }

  ofKey(digest: Uint8Array): Promise<Tombstone | undefined> {
    return tombstones.ofKey(this.#db, digest);
  }

  ofOwner(accountId: number): Promise<readonly Tombstone[]> {
    return tombstones.ofOwner(this.#db, accountId);
  }

  ofAccount(accountId: number): Promise<readonly Tombstone[]> {
    return tombstones.ofAccount(this.#db, accountId);
  }

  list(after: TombstonePlace | undefined, limit: number): Promise<readonly Tombstone[]> {
    return tombstones.list(this.#db, after, limit);
  }

  ofDigests(digests: readonly Uint8Array[]): Promise<readonly Tombstone[]> {
    return tombstones.ofDigests(this.#db, digests);
  }

  listDeletedKeys(query: DeletedKeyQuery, page: PageQuery): Promise<Page<DeletedKey>> {
    return tombstones.listDeletedKeys(this.#db, query, page);
  }

  addAttempts(attempts: readonly KeyAttempts[]): Promise<number> {
    return this.#db.transaction((tx) => tombstones.addAttempts(tx, attempts));
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
