/** The store on SQLite, for one process. */
import type { Origin } from '../../domain/audit.ts';
import type { KeyRow } from '../../domain/key.ts';
import type { KeyCounts, KeyFilter, KeyLook, KeyOrder } from '../key-list.ts';
import type { SessionRow } from '../sign-in-store.ts';
import { sessionSql } from '../statements/accounts.ts';
import { importSql } from '../statements/imports.ts';
import { sqliteWriteCheck } from '../statements/write-check.ts';
import type {
  AccountQuery,
  AccountRow,
  Changes,
  ChannelRow,
  KeyListPage,
  KeyQuery,
  KeyScope,
  KeyWithAccount,
  Page,
  PageQuery,
  Store,
} from '../store.ts';
import { StoredJobs } from '../stored-jobs.ts';
import { type ObjectDatabase, StoredObjects } from '../stored-objects.ts';
import * as accounts from './accounts.ts';
import { SqliteAudit } from './audit.ts';
import * as channels from './channels.ts';
import { findManagedKeys } from './key-search.ts';
import * as keys from './keys.ts';
import { SqliteReceipts } from './receipts.ts';
import { SqliteSealed } from './sealed.ts';
import { SqliteSignIns } from './sign-ins.ts';
import { SqliteChanges } from './sqlite-changes.ts';
import { SqliteLedgerStore } from './sqlite-ledger-store.ts';
import { SqliteTombstones } from './sqlite-tombstones.ts';

export class SqliteStore extends SqliteLedgerStore implements Store {
  readonly sealed = new SqliteSealed(this.db, (work) => this.write(work));
  readonly tombstones = new SqliteTombstones(this.db, (work) => this.write(work));
  readonly signIns = new SqliteSignIns(this.db, (work) => this.write(work));
  readonly audit = new SqliteAudit(this.db, this.reader, (work) => this.write(work));

  by(origin: Origin): Changes {
    const { db, clock, tombstones } = this;
    return new SqliteChanges({ origin, db, clock, tombstones, write: (...work) => this.write(...work) });
  }
  readonly receipts = new SqliteReceipts(this.db, (work) => this.write(work));
  readonly #statements: ObjectDatabase = {
    read: async (asked, given) => this.db.all(asked, ...([given] as never)),
    write: (asked, given) => this.write(() => this.db.all(asked, ...([given] as never))),
    writeEach: (asked, given) =>
      this.write(() => given.map((each) => this.db.all(asked, ...([each] as never)))),
  };
  readonly jobs = new StoredJobs(this.#statements);
  readonly objects = new StoredObjects(this.#statements);

  /** This process has locked the directory of the database. */
  withLock<Result>(work: () => Promise<Result>): Promise<Result> {
    return work();
  }

  async findKeyByDigest(digest: Uint8Array): Promise<KeyWithAccount | undefined> {
    return this.read(() => keys.findKeyByDigest(this.db, digest));
  }

  async findKeysByDigests(digests: readonly Uint8Array[]): Promise<readonly (KeyWithAccount | undefined)[]> {
    return digests.map((digest) => keys.findKeyByDigest(this.db, digest));
  }

  async findKeyById(id: number): Promise<KeyWithAccount | undefined> {
    return this.read(() => keys.findKeyById(this.db, id));
  }

  async importedDigests(after: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    return this.db.all(importSql.digestsAfter, { after, limit });
  }

  async getKey(accountId: number, id: number): Promise<KeyRow | undefined> {
    return this.read(() => keys.getKey(this.db, accountId, id));
  }

  async listKeys(accountId: number, page: PageQuery): Promise<Page<KeyRow>> {
    return this.readAside('listKeys', accountId, page);
  }

  async searchKeys(
    accountId: number,
    query: Pick<KeyQuery, 'name' | 'digest'>,
    page: PageQuery,
  ): Promise<Page<KeyRow>> {
    return this.readAside('searchKeys', accountId, query, page);
  }

  async searchManagedKeys(scope: KeyScope, query: KeyQuery, page: PageQuery): Promise<Page<KeyWithAccount>> {
    return this.readAside('searchManagedKeys', scope, query, page);
  }

  async findManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly KeyWithAccount[]> {
    return this.read(() => findManagedKeys(this.db, scope, ids));
  }

  listKeysBy(filter: KeyFilter, order: KeyOrder, page: PageQuery, look: KeyLook): Promise<KeyListPage> {
    return this.readAside('listKeysBy', filter, order, page, look);
  }

  countKeysBy(filter: Pick<KeyFilter, 'accountId' | 'scope'>, look: KeyLook): Promise<KeyCounts> {
    return this.readAside('countKeysBy', filter, look);
  }

  async countKeys(accountId: number): Promise<number> {
    return keys.countKeys(this.db, accountId);
  }

  async getAccount(id: number): Promise<AccountRow | undefined> {
    return this.read(() => accounts.getAccount(this.db, id));
  }

  async findAccountByUsername(username: string): Promise<AccountRow | undefined> {
    return this.read(() => accounts.findAccountByUsername(this.db, username));
  }

  async findAccountByAccessToken(digest: Uint8Array): Promise<AccountRow | undefined> {
    return this.read(() => accounts.findAccountByAccessToken(this.db, digest));
  }

  async listAccounts(query: AccountQuery, page: PageQuery): Promise<Page<AccountRow>> {
    return this.readAside('listAccounts', query, page);
  }

  async countAccounts(): Promise<number> {
    return accounts.countAccounts(this.db);
  }

  async findSession(digest: Uint8Array): Promise<SessionRow | undefined> {
    return accounts.findSession(this.db, digest);
  }

  async deleteExpiredSessions(nowSeconds: number): Promise<number> {
    return this.write(() => this.db.run(sessionSql.removeExpired, { now: nowSeconds }));
  }

  async listChannels(): Promise<readonly ChannelRow[]> {
    return channels.listChannels(this.db);
  }

  async getChannel(id: number): Promise<ChannelRow | undefined> {
    return channels.getChannel(this.db, id);
  }

  async checkWritable(): Promise<void> {
    await this.write(() => this.db.run(sqliteWriteCheck, { now: this.nowSeconds() }));
  }
}
