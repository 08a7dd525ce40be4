/** Tombstone store on SQLite. */
import type { DeletedKey, Tombstone } from '../../domain/tombstone.ts';
import type { KeyScope, Page, PageQuery } from '../store.ts';
import type {
  DeletedKeyQuery,
  KeyAttempts,
  Reapplied,
  TombstonePlace,
  TombstoneStore,
} from '../tombstone-store.ts';
import type { Connection } from './connection.ts';
import { reapply } from './reapply.ts';
import * as tombstones from './tombstones.ts';

export class SqliteTombstones implements TombstoneStore {
  readonly #db: Connection;
  readonly #write: <Result>(work: () => Result) => Promise<Result>;

  /** @param write runs `work` as one transaction */
  constructor(db: Connection, write: <Result>(work: () => Result) => Promise<Result>) {
    this.#db = db;
    this.#write = write;
  }

  async ofKeys(accountId: number, ids: readonly number[]): Promise<readonly Tombstone[]> {
    return tombstones.ofKeys(this.#db, accountId, ids);
  }

  async ofManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly Tombstone[]> {
    return tombstones.ofManagedKeys(this.#db, scope, ids);
  }

  async ofKey(digest: Uint8Array): Promise<Tombstone | undefined> {
    return tombstones.ofKey(this.#db, digest);
  }

  async ofOwner(accountId: number): Promise<readonly Tombstone[]> {
    return tombstones.ofOwner(this.#db, accountId);
  }

  async ofAccount(accountId: number): Promise<readonly Tombstone[]> {
    return tombstones.ofAccount(this.#db, accountId);
  }

  async list(after: TombstonePlace | undefined, limit: number): Promise<readonly Tombstone[]> {
    return tombstones.list(this.#db, after, limit);
  }

  async ofDigests(digests: readonly Uint8Array[]): Promise<readonly Tombstone[]> {
    return tombstones.ofDigests(this.#db, digests);
  }

  async listDeletedKeys(query: DeletedKeyQuery, page: PageQuery): Promise<Page<DeletedKey>> {
    return tombstones.listDeletedKeys(this.#db, query, page);
  }

  async addAttempts(attempts: readonly KeyAttempts[]): Promise<number> {
    return this.#write(() => tombstones.addAttempts(this.#db, attempts));
  }

  async reapply(again: readonly Tombstone[]): Promise<Reapplied> {
    return this.#write(() => reapply(this.#db, again));
  }
}
