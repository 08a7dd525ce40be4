/**
 * The audited writes on SQLite, in the name of one origin. The promise of deletion rests on the synchronous driver: a
 * write commits and calls `onCommitted` in one turn of the event loop, so no request can be admitted from the cache in
 * between. No write may `await` anything before it calls `onCommitted`.
 */
import type { AuditNote, Origin } from '../../domain/audit.ts';
import type { KeyChange, KeyRow } from '../../domain/key.ts';
import type { Preferences } from '../../domain/preferences.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import type { Clock } from '../../platform/clock.ts';
import { limits } from '../../platform/limits.ts';
import * as notes from '../audit-notes.ts';
import type { BalanceEntry, MultiplierRow, NewPrice, NewTopup, TopupRefusal } from '../ledger-store.ts';
import type { NewReceiptKey, ReceiptKeyRow } from '../receipt-store.ts';
import { revokedOf } from '../rows.ts';
import type { SessionRow } from '../sign-in-store.ts';
import type {
  AccountChange,
  AccountRow,
  Changes,
  ChannelFields,
  ChannelRow,
  CommittedChange,
  Credential,
  NewAccount,
  NewKey,
  OnCommitted,
  RevokedCredentials,
  TombstoneBase,
} from '../store.ts';
import * as accounts from './accounts.ts';
import { addNotes } from './audit.ts';
import * as channels from './channels.ts';
import type { Connection } from './connection.ts';
import * as keys from './keys.ts';
import * as prices from './prices.ts';
import { openReceipts, replaceKey } from './receipts.ts';
import * as signIns from './sign-ins.ts';
import { topUp } from './topup.ts';

export interface SqliteChangesOptions {
  readonly origin: Origin;
  readonly db: Connection;
  readonly clock: Clock;
  readonly tombstones: TombstoneBase;
  /** As `SqliteLedgerStore.write`. */
  write<Result>(work: () => Result, committed?: (result: Result) => void): Promise<Result>;
}

interface DeletedKeys {
  readonly tombstones: readonly Tombstone[];
  readonly changes: readonly CommittedChange[];
}

export class SqliteChanges implements Changes {
  readonly tombstones: TombstoneBase;
  readonly #options: SqliteChangesOptions;
  readonly #db: Connection;

  constructor(options: SqliteChangesOptions) {
    this.tombstones = options.tombstones;
    this.#options = options;
    this.#db = options.db;
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }

  /**
   * Runs `work` as a transaction that also notes what it did.
   * @param noted derives the notes from the result: none = nothing was changed
   */
  #change<Result>(
    work: () => Result,
    noted: (result: Result) => readonly AuditNote[],
    committed?: (result: Result) => void,
  ): Promise<Result> {
    const { origin, clock } = this.#options;
    return this.#options.write(() => {
      const result = work();
      addNotes(this.#db, origin, noted(result), clock.now());
      return result;
    }, committed);
  }

  async insertKey(
    key: NewKey,
    keysMax: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<KeyRow | 'digest_taken' | 'account_full' | 'no_account'> {
    return this.#change(
      () => keys.insertKey(this.#db, key, keysMax, credential),
      (row) => (typeof row === 'string' ? [] : notes.keyCreated(row)),
      (row) => typeof row === 'string' || onCommitted([keyChange(row)]),
    );
  }

  async updateKey(
    accountId: number,
    id: number,
    fields: KeyChange,
    onCommitted: OnCommitted,
  ): Promise<KeyRow | undefined> {
    const changed = await this.#change(
      () => keys.updateKey(this.#db, accountId, id, fields, this.#nowSeconds()),
      (change) => (change ? notes.keyUpdated(change.before, change.key) : []),
      (change) => change && onCommitted([keyChange(change.key)]),
    );
    return changed?.key;
  }

  /**
   * Part of a transaction: deletes keys, and opens their receipts.
   * @param ids undefined = all keys of the account
   */
  #deleteKeys(accountId: number, ids: readonly number[] | undefined): DeletedKeys {
    const { origin, clock } = this.#options;
    const tombstones = keys.deleteKeys(this.#db, accountId, ids, this.#nowSeconds());
    const changes = openReceipts(this.#db, tombstones, origin, clock.now()).map(
      (receipt, index): CommittedChange => ({
        ...keyChange({ id: receipt.keyId, digest: receipt.digest }),
        ...(tombstones[index] && { tombstone: tombstones[index] }),
        receipt,
      }),
    );
    return { tombstones, changes };
  }

  async deleteKeys(
    accountId: number,
    ids: readonly number[],
    onCommitted: OnCommitted,
  ): Promise<readonly number[]> {
    const deleted = await this.#change(
      () => this.#deleteKeys(accountId, ids),
      ({ tombstones }) => notes.keysDeleted(tombstones),
      ({ changes }) => onCommitted(changes),
    );
    return deleted.tombstones.map((key) => key.id);
  }

  async insertAccount(account: NewAccount): Promise<AccountRow | 'username_taken'> {
    return this.#change(
      () => accounts.insertAccount(this.#db, account),
      (row) => (typeof row === 'string' ? [] : notes.accountCreated(row)),
    );
  }

  async updateAccount(
    id: number,
    fields: AccountChange,
    actorId: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<AccountRow | 'username_taken' | undefined> {
    const changed = await this.#change(
      () => accounts.updateAccount(this.#db, id, fields, actorId, this.#nowSeconds(), credential),
      (outcome) => (typeof outcome === 'object' ? notes.accountUpdated(outcome.before, outcome.account) : []),
      (outcome) => typeof outcome === 'object' && onCommitted([accountChange(id, outcome.tombstone)]),
    );
    return typeof changed === 'object' ? changed.account : changed;
  }

  async deleteAccount(id: number, onCommitted: OnCommitted): Promise<boolean> {
    const deleted = await this.#change(
      () => {
        const itsKeys = this.#deleteKeys(id, undefined);
        const itself = accounts.deleteAccount(this.#db, id, this.#nowSeconds());
        return itself && { itself, itsKeys };
      },
      (gone) => (gone ? notes.accountDeleted(gone.itself, gone.itsKeys.tombstones) : []),
      (gone) => gone && onCommitted([...gone.itsKeys.changes, accountChange(id, gone.itself)]),
    );
    return deleted !== undefined;
  }

  async revokeCredentials(id: number, onCommitted: OnCommitted): Promise<RevokedCredentials | undefined> {
    const revoked = await this.#change(
      () => {
        const itsKeys = this.#deleteKeys(id, undefined);
        const signIns = accounts.revokeSignIns(this.#db, id, this.#nowSeconds());
        return signIns && { ...signIns, itsKeys, revoked: revokedOf(itsKeys.tombstones, signIns) };
      },
      (gone) => (gone ? notes.credentialsRevoked(gone.account, gone.revoked, gone.itsKeys.tombstones) : []),
      (gone) => gone && onCommitted([...gone.itsKeys.changes, accountChange(id, gone.tombstone)]),
    );
    return revoked?.revoked;
  }

  async topUp(newTopup: NewTopup, onCommitted: OnCommitted): Promise<BalanceEntry | TopupRefusal> {
    const added = await this.#change(
      () => topUp(this.#db, newTopup),
      (topup) => (typeof topup === 'string' ? [] : notes.toppedUp(topup.entry, topup.username, topup.quota)),
      (topup) => typeof topup === 'string' || onCommitted([accountChange(newTopup.accountId)]),
    );
    return typeof added === 'string' ? added : added.entry;
  }

  async insertSession(session: SessionRow): Promise<void> {
    await this.#change(
      () => accounts.insertSession(this.#db, session),
      (isKept) => (isKept ? notes.sessionNote('signed_in', session) : []),
    );
  }

  async deleteSession(digest: Uint8Array): Promise<void> {
    await this.#change(
      () => accounts.deleteSession(this.#db, digest),
      (session) => (session ? notes.sessionNote('signed_out', session) : []),
    );
  }

  async endSession(accountId: number, idBytes: Uint8Array): Promise<boolean> {
    const ended = await this.#change(
      () => signIns.endSession(this.#db, accountId, idBytes),
      (session) => (session ? notes.sessionNote('signed_out', session) : []),
    );
    return ended !== undefined;
  }

  async endOtherSessions(accountId: number, kept: Uint8Array): Promise<number> {
    const { ended } = await this.#change(
      () => signIns.endOtherSessions(this.#db, accountId, kept),
      (sessions) => notes.sessionsEnded(accountId, sessions.ended, sessions.kept),
    );
    return ended;
  }

  async setPreferences(
    account: Pick<AccountRow, 'id' | 'username'>,
    preferences: Preferences,
  ): Promise<void> {
    await this.#change(
      () => signIns.setPreferences(this.#db, account.id, preferences),
      (before) => notes.preferencesSet(account, before, preferences),
    );
  }

  async insertChannel(channel: ChannelFields & Pick<ChannelRow, 'createdAt'>): Promise<ChannelRow> {
    return this.#change(() => channels.insertChannel(this.#db, channel), notes.channelCreated);
  }

  async updateChannel(id: number, fields: Partial<ChannelFields>): Promise<ChannelRow | undefined> {
    const changed = await this.#change(
      () => channels.updateChannel(this.#db, id, fields),
      (change) => (change ? notes.channelUpdated(change.before, change.channel) : []),
    );
    return changed?.channel;
  }

  async deleteChannel(id: number): Promise<boolean> {
    const deleted = await this.#change(
      () => channels.deleteChannel(this.#db, id),
      (channel) => (channel ? notes.channelDeleted(channel) : []),
    );
    return deleted !== undefined;
  }

  async insertPrices(rows: readonly NewPrice[]): Promise<void> {
    await this.#change(
      () => {
        const before = rows.length > limits.audit_prices_max ? [] : prices.listPrices(this.#db);
        prices.insertPrices(this.#db, rows);
        return before;
      },
      (before) => notes.pricesSet(before, rows),
    );
  }

  async removePrices(model: string): Promise<number> {
    return this.#change(
      () => prices.removePrices(this.#db, model),
      (count) => notes.pricesRemoved(model, count),
    );
  }

  async setMultiplier(row: MultiplierRow): Promise<void> {
    await this.#change(
      () => {
        const before = prices.listMultipliers(this.#db);
        prices.setMultiplier(this.#db, row);
        return before;
      },
      (before) => notes.multiplierSet(before, row),
    );
  }

  async removeMultipliers(group: string): Promise<number> {
    return this.#change(
      () => prices.removeMultipliers(this.#db, group),
      (count) => notes.multipliersRemoved(group, count),
    );
  }

  replaceReceiptKey(key: NewReceiptKey, former: Pick<ReceiptKeyRow, 'id' | 'name'>): Promise<boolean> {
    return this.#change(
      () => replaceKey(this.#db, key, former.id),
      (isReplaced) => (isReplaced ? notes.receiptKeyReplaced(former.name, key.name) : []),
    );
  }

  async note(given: readonly AuditNote[]): Promise<void> {
    await this.#change(
      () => undefined,
      () => given,
    );
  }
}

function keyChange({ id, digest }: Pick<KeyRow, 'id' | 'digest'>): CommittedChange {
  return { change: { kind: 'key', keyId: id, digest } };
}

function accountChange(accountId: number, tombstone?: Tombstone): CommittedChange {
  return { change: { kind: 'account', accountId }, ...(tombstone && { tombstone }) };
}
