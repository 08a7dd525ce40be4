/** The store on PostgreSQL, for any number of processes. */
import type { Origin } from '../../domain/audit.ts';
import type { KeyRow } from '../../domain/key.ts';
import type { KeyCounts, KeyFilter, KeyLook, KeyOrder } from '../key-list.ts';
import type { SessionRow } from '../sign-in-store.ts';
import { sessionSql } from '../statements/accounts.ts';
import { importSql } from '../statements/imports.ts';
import { postgresWriteCheck } from '../statements/write-check.ts';
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
import { type JobDatabase, StoredJobs } from '../stored-jobs.ts';
import { StoredObjects } from '../stored-objects.ts';
import * as accounts from './accounts.ts';
import { PostgresAudit } from './audit.ts';
import * as channels from './channels.ts';
import type { ConnectionOptions, Database } from './connection.ts';
import type { PostgresCoordination } from './coordination.ts';
import { countKeysBy, listKeysBy } from './key-list.ts';
import { findManagedKeys, searchKeys, searchManagedKeys } from './key-search.ts';
import { KeyWriteQueue } from './key-write-queue.ts';
import * as keys from './keys.ts';
import { advisoryLocks } from './migrate.ts';
import { PostgresChanges, type PostgresChangesOptions } from './postgres-changes.ts';
import { PostgresLedgerStore } from './postgres-ledger-store.ts';
import { PostgresTombstones } from './postgres-tombstones.ts';
import { PostgresReceipts } from './receipts.ts';
import { PostgresSealed } from './sealed.ts';
import * as sessions from './sessions.ts';
import { PostgresSignIns } from './sign-ins.ts';
import { withStorableTexts } from './storable.ts';
import { canBeAsked } from './values.ts';

export interface PostgresStoreOptions
  extends Omit<PostgresChangesOptions, 'tombstones' | 'maker' | 'keyWrites'> {
  /** For the reads that abort in-flight requests. */
  readonly enforcement: Database;
  readonly connection: ConnectionOptions;
  readonly nodeId: string;
  readonly processId: string;
}

/** Clients choose what is asked for, and upstreams what is written: either may hold what PostgreSQL cannot. */
function checked(database: Database): JobDatabase {
  const send: JobDatabase['read'] = (asked, given) => database.all(asked, ...([given] as never));
  return {
    read: async (asked, given) => (canBeAsked(given) ? send(asked, given) : []),
    write: (asked, given) => send(asked, withStorableTexts(given)),
  };
}

export class PostgresStore extends PostgresLedgerStore implements Store {
  readonly sealed: PostgresSealed;
  readonly tombstones: PostgresTombstones;
  readonly signIns: PostgresSignIns;
  readonly receipts: PostgresReceipts;
  readonly jobs: StoredJobs;
  readonly objects: StoredObjects;
  readonly #connection: ConnectionOptions;
  readonly audit: PostgresAudit;
  readonly #coordination: PostgresCoordination;
  readonly #changes: Database;
  readonly #writes: PostgresChangesOptions;
  readonly #enforcement: Database;
  #closing: Promise<void> | undefined;

  constructor({ database, connection, clock, nodeId, processId, ...rest }: PostgresStoreOptions) {
    super(database, clock, { nodeId, processId });
    this.sealed = new PostgresSealed(database, connection, nodeId);
    this.tombstones = new PostgresTombstones(database, rest.changes);
    this.signIns = new PostgresSignIns(database);
    this.receipts = new PostgresReceipts(database, processId);
    this.jobs = new StoredJobs(checked(database));
    this.objects = new StoredObjects({
      ...checked(database),
      writeEach: (asked, given) =>
        database.transaction(async (tx) => {
          const written = [];
          for (const each of given) {
            written.push(await tx.all(asked, ...([withStorableTexts(each)] as never)));
          }
          return written;
        }),
    });
    this.#connection = connection;
    this.#coordination = rest.coordination;
    this.#changes = rest.changes;
    this.#enforcement = rest.enforcement;
    this.audit = new PostgresAudit(database);
    const maker = { nodeId, processId };
    const keyWrites = new KeyWriteQueue({ ...rest, clock, maker });
    this.#writes = { ...rest, database, clock, tombstones: this.tombstones, maker, keyWrites };
  }

  by(origin: Origin): Changes {
    return new PostgresChanges(origin, this.#writes);
  }

  async withLock<Result>(work: () => Promise<Result>): Promise<Result> {
    // The lock belongs to a connection, and ends with it however this process ends.
    const client = await this.db.connect(this.#connection);
    client.on('error', () => undefined);
    try {
      await client.query('SELECT pg_advisory_lock($1, $2)', [...advisoryLocks.fill]);
      return await work();
    } finally {
      await client.end();
    }
  }

  findKeyByDigest(digest: Uint8Array): Promise<KeyWithAccount | undefined> {
    return keys.findKeyByDigest(this.db, digest);
  }

  findKeysByDigests(digests: readonly Uint8Array[]): Promise<readonly (KeyWithAccount | undefined)[]> {
    return keys.findKeysByDigests(this.db, digests);
  }

  findKeyById(id: number): Promise<KeyWithAccount | undefined> {
    return keys.findKeyById(this.#enforcement, id);
  }

  importedDigests(after: Uint8Array, limit: number): Promise<readonly Uint8Array[]> {
    return this.db.all(importSql.digestsAfter, { after, limit });
  }

  getKey(accountId: number, id: number): Promise<KeyRow | undefined> {
    return keys.getKey(this.db, accountId, id);
  }

  listKeys(accountId: number, page: PageQuery): Promise<Page<KeyRow>> {
    return keys.listKeys(this.db, accountId, page);
  }

  searchKeys(
    accountId: number,
    query: Pick<KeyQuery, 'name' | 'digest'>,
    page: PageQuery,
  ): Promise<Page<KeyRow>> {
    return searchKeys(this.db, accountId, query, page);
  }

  searchManagedKeys(scope: KeyScope, query: KeyQuery, page: PageQuery): Promise<Page<KeyWithAccount>> {
    return searchManagedKeys(this.db, scope, query, page);
  }

  findManagedKeys(scope: KeyScope, ids: readonly number[]): Promise<readonly KeyWithAccount[]> {
    return findManagedKeys(this.db, scope, ids);
  }

  listKeysBy(filter: KeyFilter, order: KeyOrder, page: PageQuery, look: KeyLook): Promise<KeyListPage> {
    return listKeysBy(this.db, filter, order, page, look);
  }

  countKeysBy(filter: Pick<KeyFilter, 'accountId' | 'scope'>, look: KeyLook): Promise<KeyCounts> {
    return countKeysBy(this.db, filter, look);
  }

  countKeys(accountId: number): Promise<number> {
    return keys.countKeys(this.db, accountId);
  }

  getAccount(id: number): Promise<AccountRow | undefined> {
    return accounts.getAccount(this.db, id);
  }

  findAccountByUsername(username: string): Promise<AccountRow | undefined> {
    return accounts.findAccountByUsername(this.db, username);
  }

  findAccountByAccessToken(digest: Uint8Array): Promise<AccountRow | undefined> {
    return accounts.findAccountByAccessToken(this.db, digest);
  }

  listAccounts(query: AccountQuery, page: PageQuery): Promise<Page<AccountRow>> {
    return accounts.listAccounts(this.db, query, page);
  }

  countAccounts(): Promise<number> {
    return accounts.countAccounts(this.db);
  }

  findSession(digest: Uint8Array): Promise<SessionRow | undefined> {
    return sessions.findSession(this.db, digest);
  }

  deleteExpiredSessions(nowSeconds: number): Promise<number> {
    return this.db.run(sessionSql.removeExpired, { now: nowSeconds });
  }

  listChannels(): Promise<readonly ChannelRow[]> {
    return channels.listChannels(this.db);
  }

  getChannel(id: number): Promise<ChannelRow | undefined> {
    return channels.getChannel(this.db, id);
  }

  async checkWritable(): Promise<void> {
    await this.db.run(postgresWriteCheck, { now: this.nowSeconds() });
  }

  override close(): Promise<void> {
    this.#closing ??= Promise.all([
      super.close(),
      this.#changes.close(),
      this.#enforcement.close(),
      this.#coordination.close(),
    ]).then(() => undefined);
    return this.#closing;
  }
}
