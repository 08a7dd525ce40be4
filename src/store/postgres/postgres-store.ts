/**
 * The store over PostgreSQL, for any number of processes. A change of rights is one transaction whose last step
 * adds it to the log that all nodes follow; its listeners are called in the turn in which its commit is learned
 * of, before its promise resolves. Locks are taken in one order everywhere: accounts by id, then keys by id, then
 * the clock of the log.
 */
import type { KeyChange, KeyRow } from '../../domain/key.ts';
import type { Clock } from '../../platform/clock.ts';
import { AccessListeners } from '../access-listeners.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../ledger-store.ts';
import type {
  AccessListener,
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
import { appendLog, type PlacedChange, unconfirmedAccount, unconfirmedKeys } from './revocation-log.ts';
import { PostgresSealed } from './sealed.ts';
import * as sessions from './sessions.ts';
import { topUp } from './topup.ts';
import { isRowId } from './values.ts';

export interface PostgresStoreOptions {
  readonly database: Database;
  /** For changes of rights, which may wait for each other. */
  readonly changes: Database;
  /** For what withdrawals read to end what runs. */
  readonly enforcement: Database;
  readonly connection: ConnectionOptions;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly processId: string;
  readonly coordination: PostgresCoordination;
  /**
   * Whether changes are confirmed, by `Coordination.confirm`, when they have been carried out everywhere. Then a
   * deletion that is not confirmed yet is joined by its repetition; otherwise it is done once it is committed.
   */
  readonly confirms: boolean;
}

export class PostgresStore extends PostgresLedgerStore implements Store {
  readonly sealed: PostgresSealed;
  readonly tombstones: PostgresTombstones;
  readonly #listeners = new AccessListeners();
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

  onAccessChange(listener: AccessListener): void {
    this.#listeners.add(listener);
  }

  async withLock<Result>(work: () => Promise<Result>): Promise<Result> {
    // The lock belongs to a connection, and ends with it however this process does.
    const client = await this.db.connect(this.#connection);
    client.on('error', () => undefined);
    try {
      await client.query('SELECT pg_advisory_lock($1, $2)', [...advisoryLocks.fill]);
      return await work();
    } finally {
      await client.end();
    }
  }

  /** Those that nobody is known to have carried out everywhere. */
  async #unconfirmed(read: () => Promise<readonly PlacedChange[]>): Promise<readonly PlacedChange[]> {
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
    credential?: Credential,
  ): Promise<KeyRow | 'digest_taken' | 'account_full' | 'no_account'> {
    const row = await this.#changes.transaction(async (tx) => {
      const inserted = await keys.insertKey(tx, key, keysMax, credential);
      if (typeof inserted !== 'string') await appendLog(tx, [keyEntry(inserted)]);
      return inserted;
    });
    // Whoever remembers that there is no such key must learn that now there is, but nobody need wait for it.
    if (typeof row !== 'string') this.#listeners.notify([{ change: keyChange(row) }]);
    return row;
  }

  async updateKey(accountId: number, id: number, fields: KeyChange): Promise<KeyRow | undefined> {
    return this.#change(
      (tx) => keys.updateKey(tx, accountId, id, fields, this.nowSeconds()),
      (row) => (row ? [keyEntry(row)] : []),
    );
  }

  async deleteKeys(accountId: number, ids: readonly number[]): Promise<readonly number[]> {
    const wanted = ids.filter(isRowId);
    const joined: PlacedChange[] = [];
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
    credential?: Credential,
  ): Promise<AccountRow | 'username_taken' | undefined> {
    try {
      const changed = await this.#change(
        (tx) => accounts.updateAccount(tx, id, fields, actorId, this.nowSeconds(), credential),
        (changed) => (changed ? [accountEntry(id, changed.tombstone)] : []),
      );
      return changed?.account;
    } catch (error) {
      if (accounts.isUsernameTaken(error)) return 'username_taken';
      throw error;
    }
  }

  async deleteAccount(id: number): Promise<boolean> {
    if (!isRowId(id)) return false;
    const joined: PlacedChange[] = [];
    const gone = await this.#change(
      async (tx) => {
        const itsKeys = await keys.deleteKeys(tx, id, undefined, this.nowSeconds());
        const itself = await accounts.deleteAccount(tx, id, this.nowSeconds());
        if (itself) return { itself, itsKeys };
        joined.splice(0, joined.length, ...(await this.#unconfirmed(() => unconfirmedAccount(tx, id))));
        return undefined;
      },
      (deleted) => (deleted ? [accountDeletion(deleted.itself), ...deleted.itsKeys.map(keyDeletion)] : []),
      joined,
    );
    return gone !== undefined || joined.length > 0;
  }

  /** A repetition waits for the place of its own entry, which is behind those of the deletions before it. */
  async revokeCredentials(id: number): Promise<RevokedCredentials | undefined> {
    if (!isRowId(id)) return undefined;
    const revoked = await this.#change(
      async (tx) => {
        const itsKeys = await keys.deleteKeys(tx, id, undefined, this.nowSeconds());
        const signIns = await accounts.revokeSignIns(tx, id, this.nowSeconds());
        return signIns && { itsKeys, ...signIns };
      },
      (gone) => (gone ? [accountEntry(id, gone.tombstone), ...gone.itsKeys.map(keyDeletion)] : []),
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
    await this.db.run(sessions.sessionSql.remove, digest);
  }

  deleteExpiredSessions(nowSeconds: number): Promise<number> {
    return this.db.run(sessions.sessionSql.removeExpired, nowSeconds);
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

  /** Other nodes hold the channels in memory. */
  #changeChannels<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result> {
    return this.db.transaction(async (tx) => {
      const result = await work(tx);
      if (result) await appendLog(tx, [{ change: { kind: 'channels' } }]);
      return result;
    });
  }

  topUp(newTopup: NewTopup): Promise<BalanceEntry | TopupRefusal> {
    return this.#change(
      (tx) => topUp(tx, newTopup),
      (entry) => (typeof entry === 'string' ? [] : [accountEntry(newTopup.accountId)]),
    );
  }

  async checkWritable(): Promise<void> {
    await this.db.run(
      `INSERT INTO write_check (id, checked_at) VALUES (1, $1)
        ON CONFLICT (id) DO UPDATE SET checked_at = excluded.checked_at`,
      this.nowSeconds(),
    );
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
   * Makes a change of rights, logs it and announces it.
   * @param entries what of the result is to be logged
   * @param joined filled by `work`: changes that were made before and are announced once more
   */
  async #change<Result>(
    work: (tx: Queryable) => Promise<Result>,
    entries: (result: Result) => readonly AccessEntry[],
    joined: readonly PlacedChange[] = [],
  ): Promise<Result> {
    const { result, placed } = await this.#changes.transaction(async (tx) => {
      const result = await work(tx);
      const logged = entries(result);
      // Whoever has carried out the last has carried out all: one place to wait for.
      const seq = (await appendLog(tx, logged)).at(-1) ?? 0;
      return {
        result,
        placed: logged.map(({ change, tombstone }) => ({ change, seq, ...(tombstone && { tombstone }) })),
      };
    });
    this.#listeners.notify([...joined, ...placed]);
    return result;
  }
}
