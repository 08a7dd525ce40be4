/**
 * The store on SQLite, for one process. The promise of deletion rests on its synchronous driver: a write commits and
 * calls `onCommitted` in one turn of the event loop, so no request can be admitted from the cache in between. No write
 * may `await` anything before it calls `onCommitted`.
 */
import type { KeyChange, KeyRow } from '../../domain/key.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../ledger-store.ts';
import { sessionSql } from '../statements/accounts.ts';
import { sqliteWriteCheck } from '../statements/write-check.ts';
import type {
  AccountChange,
  AccountRow,
  ChannelFields,
  ChannelRow,
  CommittedChange,
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
import * as accounts from './accounts.ts';
import * as channels from './channels.ts';
import { searchKeys, searchManagedKeys } from './key-search.ts';
import * as keys from './keys.ts';
import { SqliteSealed } from './sealed.ts';
import { SqliteLedgerStore } from './sqlite-ledger-store.ts';
import { SqliteTombstones } from './sqlite-tombstones.ts';
import { topUp } from './topup.ts';

export class SqliteStore extends SqliteLedgerStore implements Store {
  readonly sealed = new SqliteSealed(this.db, (work) => this.write(work));
  readonly tombstones = new SqliteTombstones(this.db, (work) => this.write(work));

  /** This process has locked the directory of the database. */
  withLock<Result>(work: () => Promise<Result>): Promise<Result> {
    return work();
  }

  async findKeyByDigest(digest: Uint8Array): Promise<KeyWithAccount | undefined> {
    return keys.findKeyByDigest(this.db, digest);
  }

  async findKeysByDigests(digests: readonly Uint8Array[]): Promise<readonly (KeyWithAccount | undefined)[]> {
    return digests.map((digest) => keys.findKeyByDigest(this.db, digest));
  }

  async findKeyById(id: number): Promise<KeyWithAccount | undefined> {
    return keys.findKeyById(this.db, id);
  }

  async getKey(accountId: number, id: number): Promise<KeyRow | undefined> {
    return keys.getKey(this.db, accountId, id);
  }

  async listKeys(accountId: number, page: PageQuery): Promise<Page<KeyRow>> {
    return keys.listKeys(this.db, accountId, page);
  }

  async searchKeys(
    accountId: number,
    query: Pick<KeyQuery, 'name' | 'digest'>,
    page: PageQuery,
  ): Promise<Page<KeyRow>> {
    return searchKeys(this.db, accountId, query, page);
  }

  async searchManagedKeys(scope: KeyScope, query: KeyQuery, page: PageQuery): Promise<Page<KeyWithAccount>> {
    return searchManagedKeys(this.db, scope, query, page);
  }

  async countKeys(accountId: number): Promise<number> {
    return keys.countKeys(this.db, accountId);
  }

  async insertKey(
    key: NewKey,
    keysMax: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<KeyRow | 'digest_taken' | 'account_full' | 'no_account'> {
    return this.write(
      () => keys.insertKey(this.db, key, keysMax, credential),
      (row) => typeof row === 'string' || onCommitted([keyChange(row)]),
    );
  }

  async updateKey(
    accountId: number,
    id: number,
    fields: KeyChange,
    onCommitted: OnCommitted,
  ): Promise<KeyRow | undefined> {
    return this.write(
      () => keys.updateKey(this.db, accountId, id, fields, this.nowSeconds()),
      (row) => row && onCommitted([keyChange(row)]),
    );
  }

  async deleteKeys(
    accountId: number,
    ids: readonly number[],
    onCommitted: OnCommitted,
  ): Promise<readonly number[]> {
    const deleted = await this.write(
      () => keys.deleteKeys(this.db, accountId, ids, this.nowSeconds()),
      (gone) => onCommitted(gone.map(keyDeletion)),
    );
    return deleted.map((key) => key.id);
  }

  async getAccount(id: number): Promise<AccountRow | undefined> {
    return accounts.getAccount(this.db, id);
  }

  async findAccountByUsername(username: string): Promise<AccountRow | undefined> {
    return accounts.findAccountByUsername(this.db, username);
  }

  async findAccountByAccessToken(digest: Uint8Array): Promise<AccountRow | undefined> {
    return accounts.findAccountByAccessToken(this.db, digest);
  }

  async listAccounts(
    query: { readonly keyword?: string | undefined },
    page: PageQuery,
  ): Promise<Page<AccountRow>> {
    return accounts.listAccounts(this.db, query, page);
  }

  async countAccounts(): Promise<number> {
    return accounts.countAccounts(this.db);
  }

  async insertAccount(account: NewAccount): Promise<AccountRow | 'username_taken'> {
    return this.write(() => accounts.insertAccount(this.db, account));
  }

  async updateAccount(
    id: number,
    fields: AccountChange,
    actorId: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<AccountRow | 'username_taken' | undefined> {
    const changed = await this.write(
      () => accounts.updateAccount(this.db, id, fields, actorId, this.nowSeconds(), credential),
      (outcome) => typeof outcome === 'object' && onCommitted([accountChange(id, outcome.tombstone)]),
    );
    return typeof changed === 'object' ? changed.account : changed;
  }

  async deleteAccount(id: number, onCommitted: OnCommitted): Promise<boolean> {
    const deleted = await this.write(
      () => {
        const itsKeys = keys.deleteKeys(this.db, id, undefined, this.nowSeconds());
        const itself = accounts.deleteAccount(this.db, id, this.nowSeconds());
        return itself && { itself, itsKeys };
      },
      (gone) => gone && onCommitted([accountChange(id, gone.itself), ...gone.itsKeys.map(keyDeletion)]),
    );
    return deleted !== undefined;
  }

  async revokeCredentials(id: number, onCommitted: OnCommitted): Promise<RevokedCredentials | undefined> {
    const revoked = await this.write(
      () => {
        const itsKeys = keys.deleteKeys(this.db, id, undefined, this.nowSeconds());
        const signIns = accounts.revokeSignIns(this.db, id, this.nowSeconds());
        return signIns && { itsKeys, ...signIns };
      },
      (gone) => gone && onCommitted([accountChange(id, gone.tombstone), ...gone.itsKeys.map(keyDeletion)]),
    );
    if (!revoked) return undefined;
    const { itsKeys, tombstone, sessions } = revoked;
    return { keyIds: itsKeys.map((key) => key.id), accessToken: tombstone !== undefined, sessions };
  }

  async insertSession(session: SessionRow): Promise<void> {
    return this.write(() => accounts.insertSession(this.db, session));
  }

  async findSession(digest: Uint8Array): Promise<SessionRow | undefined> {
    return accounts.findSession(this.db, digest);
  }

  async deleteSession(digest: Uint8Array): Promise<void> {
    await this.write(() => this.db.run(sessionSql.remove, { digest }));
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

  async insertChannel(channel: ChannelFields & Pick<ChannelRow, 'createdAt'>): Promise<ChannelRow> {
    return this.write(() => channels.insertChannel(this.db, channel));
  }

  async updateChannel(id: number, fields: Partial<ChannelFields>): Promise<ChannelRow | undefined> {
    return this.write(() => channels.updateChannel(this.db, id, fields));
  }

  async deleteChannel(id: number): Promise<boolean> {
    return this.write(() => channels.deleteChannel(this.db, id));
  }

  async topUp(newTopup: NewTopup, onCommitted: OnCommitted): Promise<BalanceEntry | TopupRefusal> {
    return this.write(
      () => topUp(this.db, newTopup),
      (entry) => typeof entry === 'string' || onCommitted([accountChange(newTopup.accountId)]),
    );
  }

  async checkWritable(): Promise<void> {
    await this.write(() => this.db.run(sqliteWriteCheck, { now: this.nowSeconds() }));
  }
}

function keyChange({ id, digest }: Pick<KeyRow, 'id' | 'digest'>): CommittedChange {
  return { change: { kind: 'key', keyId: id, digest } };
}

function keyDeletion(tombstone: Tombstone): CommittedChange {
  return { ...keyChange(tombstone), tombstone };
}

function accountChange(accountId: number, tombstone?: Tombstone): CommittedChange {
  return { change: { kind: 'account', accountId }, ...(tombstone && { tombstone }) };
}
