/**
 * The store on PostgreSQL, for any number of processes. An access change is one transaction whose last step appends it
 * to the coordination log. The store calls `onCommitted` in the turn in which it learns of the commit, before the
 * write's promise resolves. Transactions take locks in one order: accounts by id, then keys by id, then the log's clock.
 */
import type { KeyChange, KeyRow } from '../../domain/key.ts';
import type { Clock } from '../../platform/clock.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../ledger-store.ts';
import { sessionSql } from '../statements/accounts.ts';
import { postgresWriteCheck } from '../statements/write-check.ts';
import type {
  AccountChange,
  AccountRow,
  ChannelFields,
  ChannelRow,
  Credential,
  KeyQuery,
  KeyScope,
  KeyWithAccount,
  NewAccount,
  NewKey,
  OnCommitted,
  Page,
  PageQuery,
  RevokedCredentials,
  SessionRow,
  Store,
} from '../store.ts';
import {
  type AccessEntry,
  accountDeletion,
  accountEntry,
  keyChange,
  keyDeletion,
  keyEntry,
} from './access-entries.ts';
import * as accounts from './accounts.ts';
import * as channels from './channels.ts';
import type { ConnectionOptions, Database, Queryable } from './connection.ts';
import type { PostgresCoordination } from './coordination.ts';
import { searchKeys, searchManagedKeys } from './key-search.ts';
import * as keys from './keys.ts';
import { advisoryLocks } from './migrate.ts';
import { PostgresLedgerStore } from './postgres-ledger-store.ts';
import { PostgresTombstones } from './postgres-tombstones.ts';
import { appendLog, type SequencedChange, unconfirmedAccount, unconfirmedKeys } from './revocation-log.ts';
import { PostgresSealed } from './sealed.ts';
import * as sessions from './sessions.ts';
import { topUp } from './topup.ts';
import { isRowId } from './values.ts';

export interface PostgresStoreOptions {
  readonly database: Database;
  /** For access changes, which may wait for each other. */
  readonly changes: Database;
  /** For the reads that abort in-flight requests. */
  readonly enforcement: Database;
  readonly connection: ConnectionOptions;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly processId: string;
  readonly coordination: PostgresCoordination;
  /**
   * Whether `Coordination.confirm` marks changes once they are applied everywhere. If so, the repetition of an
   * unconfirmed deletion joins it; otherwise a deletion is final once it is committed.
   */
  readonly confirms: boolean;
}

export class PostgresStore extends PostgresLedgerStore implements Store {
  readonly sealed: PostgresSealed;
  readonly tombstones: PostgresTombstones;
  readonly #connection: ConnectionOptions;
  readonly #coordination: PostgresCoordination;
  readonly #confirms: boolean;
  readonly #changes: Database;
  readonly #enforcement: Database;
  #closing: Promise<void> | undefined;

  constructor({ database, connection, clock, nodeId, processId, ...rest }: PostgresStoreOptions) {
    super(database, clock, { nodeId, processId });
    this.sealed = new PostgresSealed(database, connection, nodeId);
    this.tombstones = new PostgresTombstones(database, rest.changes);
    this.#connection = connection;
    this.#coordination = rest.coordination;
    this.#confirms = rest.confirms;
    this.#changes = rest.changes;
    this.#enforcement = rest.enforcement;
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

  /** The changes that are not known to be applied everywhere. */
  async #unconfirmed(read: () => Promise<readonly SequencedChange[]>): Promise<readonly SequencedChange[]> {
    if (!this.#confirms) return [];
    const before = this.#coordination.confirming();
    const found = await read();
    const known = new Set([...before, ...this.#coordination.confirming()]);
    return found.filter(({ seq }) => !known.has(seq));
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

  countKeys(accountId: number): Promise<number> {
    return keys.countKeys(this.db, accountId);
  }

  async insertKey(
    key: NewKey,
    keysMax: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<KeyRow | 'digest_taken' | 'account_full' | 'no_account'> {
    const row = await this.#changes.transaction(async (tx) => {
      const inserted = await keys.insertKey(tx, key, keysMax, credential);
      if (typeof inserted !== 'string') await appendLog(tx, [keyEntry(inserted)]);
      return inserted;
    });
    // Without a sequence: nobody needs to wait until other nodes know the key.
    if (typeof row !== 'string') onCommitted([{ change: keyChange(row) }]);
    return row;
  }

  async updateKey(
    accountId: number,
    id: number,
    fields: KeyChange,
    onCommitted: OnCommitted,
  ): Promise<KeyRow | undefined> {
    return this.#change(
      (tx) => keys.updateKey(tx, accountId, id, fields, this.nowSeconds()),
      (row) => (row ? [keyEntry(row)] : []),
      onCommitted,
    );
  }

  async deleteKeys(
    accountId: number,
    ids: readonly number[],
    onCommitted: OnCommitted,
  ): Promise<readonly number[]> {
    const wanted = ids.filter(isRowId);
    const joined: SequencedChange[] = [];
    const gone = await this.#change(
      async (tx) => {
        const deleted = await keys.deleteKeys(tx, accountId, wanted, this.nowSeconds());
        const left = wanted.filter((id) => !deleted.some((key) => key.id === id));
        joined.length = 0;
        if (left.length > 0) {
          joined.push(...(await this.#unconfirmed(() => unconfirmedKeys(tx, accountId, left))));
        }
        return deleted;
      },
      (deleted) => deleted.map(keyDeletion),
      onCommitted,
      joined,
    );
    const again = joined.flatMap(({ change }) => (change.kind === 'key' ? [change.keyId] : []));
    return [...new Set([...again, ...gone.map(({ id }) => id)])].sort((left, right) => left - right);
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

  listAccounts(query: { readonly keyword?: string | undefined }, page: PageQuery): Promise<Page<AccountRow>> {
    return accounts.listAccounts(this.db, query, page);
  }

  countAccounts(): Promise<number> {
    return accounts.countAccounts(this.db);
  }

  async insertAccount(account: NewAccount): Promise<AccountRow | 'username_taken'> {
    return this.db.transaction((tx) => accounts.insertAccount(tx, account));
  }

  async updateAccount(
    id: number,
    fields: AccountChange,
    actorId: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<AccountRow | 'username_taken' | undefined> {
    try {
      const changed = await this.#change(
        (tx) => accounts.updateAccount(tx, id, fields, actorId, this.nowSeconds(), credential),
        (changed) => (changed ? [accountEntry(id, changed.tombstone)] : []),
        onCommitted,
      );
      return changed?.account;
    } catch (error) {
      if (accounts.isUsernameTaken(error)) return 'username_taken';
      throw error;
    }
  }

  async deleteAccount(id: number, onCommitted: OnCommitted): Promise<boolean> {
    if (!isRowId(id)) return false;
    const joined: SequencedChange[] = [];
    const gone = await this.#change(
      async (tx) => {
        const itsKeys = await keys.deleteKeys(tx, id, undefined, this.nowSeconds());
        const itself = await accounts.deleteAccount(tx, id, this.nowSeconds());
        if (itself) return { itself, itsKeys };
        joined.splice(0, joined.length, ...(await this.#unconfirmed(() => unconfirmedAccount(tx, id))));
        return undefined;
      },
      (deleted) => (deleted ? [accountDeletion(deleted.itself), ...deleted.itsKeys.map(keyDeletion)] : []),
      onCommitted,
      joined,
    );
    return gone !== undefined || joined.length > 0;
  }

  /** A repetition waits for the sequence of its own entry, which is after those of the deletions before it. */
  async revokeCredentials(id: number, onCommitted: OnCommitted): Promise<RevokedCredentials | undefined> {
    if (!isRowId(id)) return undefined;
    const revoked = await this.#change(
      async (tx) => {
        const itsKeys = await keys.deleteKeys(tx, id, undefined, this.nowSeconds());
        const signIns = await accounts.revokeSignIns(tx, id, this.nowSeconds());
        return signIns && { itsKeys, ...signIns };
      },
      (gone) => (gone ? [accountEntry(id, gone.tombstone), ...gone.itsKeys.map(keyDeletion)] : []),
      onCommitted,
    );
    if (!revoked) return undefined;
    const { itsKeys, tombstone, sessions } = revoked;
    return { keyIds: itsKeys.map((key) => key.id), accessToken: tombstone !== undefined, sessions };
  }

  insertSession(session: SessionRow): Promise<void> {
    return sessions.insertSession(this.db, session);
  }

  findSession(digest: Uint8Array): Promise<SessionRow | undefined> {
    return sessions.findSession(this.db, digest);
  }

  async deleteSession(digest: Uint8Array): Promise<void> {
    await this.db.run(sessionSql.remove, { digest });
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

  insertChannel(channel: ChannelFields & Pick<ChannelRow, 'createdAt'>): Promise<ChannelRow> {
    return this.#changeChannels((tx) => channels.insertChannel(tx, channel));
  }

  updateChannel(id: number, fields: Partial<ChannelFields>): Promise<ChannelRow | undefined> {
    return this.#changeChannels((tx) => channels.updateChannel(tx, id, fields));
  }

  deleteChannel(id: number): Promise<boolean> {
    return this.#changeChannels((tx) => channels.deleteChannel(tx, id));
  }

  /** Other nodes cache the channels. */
  #changeChannels<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.db.transaction(async (tx) => {
      const result = await work(tx);
      if (result) await appendLog(tx, [{ change: { kind: 'channels' } }]);
      return result;
    });
  }

  topUp(newTopup: NewTopup, onCommitted: OnCommitted): Promise<BalanceEntry | TopupRefusal> {
    return this.#change(
      (tx) => topUp(tx, newTopup),
      (entry) => (typeof entry === 'string' ? [] : [accountEntry(newTopup.accountId)]),
      onCommitted,
    );
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

  /**
   * Makes an access change, logs it, and passes it to `onCommitted`.
   * @param entries derives the log entries from the result
   * @param joined filled by `work`: earlier changes to pass on once more
   */
  async #change<Result>(
    work: (tx: Queryable) => Promise<Result>,
    entries: (result: Result) => readonly AccessEntry[],
    onCommitted: OnCommitted,
    joined: readonly SequencedChange[] = [],
  ): Promise<Result> {
    const { result, sequenced } = await this.#changes.transaction(async (tx) => {
      const result = await work(tx);
      const logged = entries(result);
      // A node that has applied the last one has applied all: wait for one sequence.
      const seq = (await appendLog(tx, logged)).at(-1) ?? 0;
      return {
        result,
        sequenced: logged.map(({ change, tombstone }) => ({ change, seq, ...(tombstone && { tombstone }) })),
      };
    });
    onCommitted([...joined, ...sequenced]);
    return result;
  }
}
