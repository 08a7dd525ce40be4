/**
 * The audited writes on PostgreSQL, in the name of one origin. An access change is one transaction, which notes what it
 * did and whose last step appends it to the coordination log. The store calls `onCommitted` in the turn in which it
 * learns of the commit, before the write's promise resolves. Transactions take locks in one order: accounts by id, then
 * keys by id, then the log's clock.
 */
import type { AuditNote, Origin } from '../../domain/audit.ts';
import type { KeyChange, KeyRow } from '../../domain/key.ts';
import type { Preferences } from '../../domain/preferences.ts';
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
import {
  type AccessEntry,
  accountDeletion,
  accountEntry,
  keyChange,
  keyEntry,
  keysThen,
} from './access-entries.ts';
import * as accounts from './accounts.ts';
import { addNotes } from './audit.ts';
import * as channels from './channels.ts';
import type { Database, Queryable } from './connection.ts';
import type { PostgresCoordination } from './coordination.ts';
import type { KeyWriteQueue } from './key-write-queue.ts';
import type { CreationRefusal } from './key-writes.ts';
import * as keys from './keys.ts';
import * as prices from './prices.ts';
import { type Maker, openReceipts, replaceKey } from './receipts.ts';
import { appendLog, type SequencedChange, unconfirmedAccount } from './revocation-log.ts';
import * as sessions from './sessions.ts';
import * as signIns from './sign-ins.ts';
import { topUp } from './topup.ts';
import { unconfirmed } from './unconfirmed.ts';
import { isRowId } from './values.ts';

export interface PostgresChangesOptions {
  readonly database: Database;
  /** For access changes, which may wait for each other. */
  readonly changes: Database;
  readonly clock: Clock;
  readonly coordination: PostgresCoordination;
  /**
   * Whether `Coordination.confirm` marks changes once they are applied everywhere. If so, the repetition of an
   * unconfirmed deletion joins it; otherwise a deletion is final once it is committed.
   */
  readonly confirms: boolean;
  readonly tombstones: TombstoneBase;
  readonly maker: Maker;
  /** Shared by all origins. */
  readonly keyWrites: KeyWriteQueue;
}

/** What a transaction leaves behind besides its result. */
interface Traces<Result> {
  /** None = nothing was changed. */
  notes(result: Result): readonly AuditNote[];
  entries(result: Result): readonly AccessEntry[];
}

export class PostgresChanges implements Changes {
  readonly tombstones: TombstoneBase;
  readonly #origin: Origin;
  readonly #options: PostgresChangesOptions;

  constructor(origin: Origin, options: PostgresChangesOptions) {
    this.tombstones = options.tombstones;
    this.#origin = origin;
    this.#options = options;
  }

  #nowSeconds(): number {
    return Math.floor(this.#options.clock.now() / 1000);
  }

  #note(tx: Queryable, given: readonly AuditNote[]): Promise<void> {
    return addNotes(tx, [{ origin: this.#origin, notes: given }], this.#options.clock.now());
  }

  insertKey(
    key: NewKey,
    keysMax: number,
    onCommitted: OnCommitted,
    credential?: Credential,
  ): Promise<KeyRow | CreationRefusal> {
    return new Promise((resolve, reject) => {
      const { accountId } = key;
      this.#options.keyWrites.add({
        kind: 'creation',
        accountId,
        key,
        keysMax,
        credential: credential && { ...credential, accountId },
        origin: this.#origin,
        settled(created) {
          // Without a sequence: nobody needs to wait until other nodes know the key.
          if (typeof created !== 'string') onCommitted([{ change: keyChange(created) }]);
          resolve(created);
        },
        failed: reject,
      });
    });
  }

  async updateKey(
    accountId: number,
    id: number,
    fields: KeyChange,
    onCommitted: OnCommitted,
  ): Promise<KeyRow | undefined> {
    const changed = await this.#change(
      (tx) => keys.updateKey(tx, accountId, id, fields, this.#nowSeconds()),
      {
        notes: (change) => (change ? notes.keyUpdated(change.before, change.key) : []),
        entries: (change) => (change ? [keyEntry(change.key)] : []),
      },
      onCommitted,
    );
    return changed?.key;
  }

  deleteKeys(
    accountId: number,
    ids: readonly number[],
    onCommitted: OnCommitted,
  ): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#options.keyWrites.add({
        kind: 'deletion',
        accountId,
        ids: new Set(ids.filter(isRowId)),
        origin: this.#origin,
        settled(deleted, joined) {
          const all = [...joined, ...deleted];
          onCommitted(all);
          const deletedIds = all.flatMap(({ change }) => (change.kind === 'key' ? [change.keyId] : []));
          resolve([...new Set(deletedIds)].sort((left, right) => left - right));
        },
        failed: reject,
      });
    });
  }

  async insertAccount(account: NewAccount): Promise<AccountRow | 'username_taken'> {
    return this.#options.database.transaction(async (tx) => {
      const row = await accounts.insertAccount(tx, account);
      if (typeof row !== 'string') await this.#note(tx, notes.accountCreated(row));
      return row;
    });
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
        (tx) => accounts.updateAccount(tx, id, fields, actorId, this.#nowSeconds(), credential),
        {
          notes: (change) => (change ? notes.accountUpdated(change.before, change.account) : []),
          entries: (change) => (change ? [accountEntry(id, change.tombstone)] : []),
        },
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
    const { confirms, coordination } = this.#options;
    const joined: SequencedChange[] = [];
    const gone = await this.#change(
      async (tx) => {
        const itsKeys = await keys.deleteKeys(tx, id, undefined, this.#nowSeconds());
        const itself = await accounts.deleteAccount(tx, id, this.#nowSeconds());
        if (itself) return { itself, itsKeys };
        joined.length = 0;
        const read = () => unconfirmedAccount(tx, id);
        if (confirms) joined.push(...(await unconfirmed(coordination, read)));
        return undefined;
      },
      {
        notes: (deleted) => (deleted ? notes.accountDeleted(deleted.itself, deleted.itsKeys) : []),
        entries: (deleted) => (deleted ? keysThen(deleted.itsKeys, accountDeletion(deleted.itself)) : []),
      },
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
        const itsKeys = await keys.deleteKeys(tx, id, undefined, this.#nowSeconds());
        const signIns = await accounts.revokeSignIns(tx, id, this.#nowSeconds());
        return signIns && { ...signIns, itsKeys, revoked: revokedOf(itsKeys, signIns) };
      },
      {
        notes: (gone) => (gone ? notes.credentialsRevoked(gone.account, gone.revoked, gone.itsKeys) : []),
        entries: (gone) => (gone ? keysThen(gone.itsKeys, accountEntry(id, gone.tombstone)) : []),
      },
      onCommitted,
    );
    return revoked?.revoked;
  }

  async topUp(newTopup: NewTopup, onCommitted: OnCommitted): Promise<BalanceEntry | TopupRefusal> {
    const added = await this.#change(
      (tx) => topUp(tx, newTopup),
      {
        notes: (topup) =>
          typeof topup === 'string' ? [] : notes.toppedUp(topup.entry, topup.username, topup.quota),
        entries: (topup) => (typeof topup === 'string' ? [] : [accountEntry(newTopup.accountId)]),
      },
      onCommitted,
    );
    return typeof added === 'string' ? added : added.entry;
  }

  insertSession(session: SessionRow): Promise<void> {
    return this.#options.database.transaction(async (tx) => {
      if (await sessions.insertSession(tx, session))
        await this.#note(tx, notes.sessionNote('signed_in', session));
    });
  }

  deleteSession(digest: Uint8Array): Promise<void> {
    return this.#options.database.transaction(async (tx) => {
      const session = await sessions.deleteSession(tx, digest);
      if (session) await this.#note(tx, notes.sessionNote('signed_out', session));
    });
  }

  endSession(accountId: number, idBytes: Uint8Array): Promise<boolean> {
    return this.#options.database.transaction(async (tx) => {
      const session = await signIns.endSession(tx, accountId, idBytes);
      if (session) await this.#note(tx, notes.sessionNote('signed_out', session));
      return session !== undefined;
    });
  }

  endOtherSessions(accountId: number, keptDigest: Uint8Array): Promise<number> {
    return this.#options.database.transaction(async (tx) => {
      const { ended, kept } = await signIns.endOtherSessions(tx, accountId, keptDigest);
      await this.#note(tx, notes.sessionsEnded(accountId, ended, kept));
      return ended;
    });
  }

  setPreferences(account: Pick<AccountRow, 'id' | 'username'>, preferences: Preferences): Promise<void> {
    return this.#options.database.transaction(async (tx) => {
      const before = await signIns.setPreferences(tx, account.id, preferences);
      await this.#note(tx, notes.preferencesSet(account, before, preferences));
    });
  }

  insertChannel(channel: ChannelFields & Pick<ChannelRow, 'createdAt'>): Promise<ChannelRow> {
    return this.#changeCached('channels', (tx) => channels.insertChannel(tx, channel), notes.channelCreated);
  }

  async updateChannel(id: number, fields: Partial<ChannelFields>): Promise<ChannelRow | undefined> {
    const changed = await this.#changeCached(
      'channels',
      (tx) => channels.updateChannel(tx, id, fields),
      (change) => (change ? notes.channelUpdated(change.before, change.channel) : []),
    );
    return changed?.channel;
  }

  async deleteChannel(id: number): Promise<boolean> {
    const deleted = await this.#changeCached(
      'channels',
      (tx) => channels.deleteChannel(tx, id),
      (channel) => (channel ? notes.channelDeleted(channel) : []),
    );
    return deleted !== undefined;
  }

  async insertPrices(rows: readonly NewPrice[]): Promise<void> {
    await this.#changeCached(
      'prices',
      async (tx) => {
        await prices.lockPrices(tx);
        const before = rows.length > limits.audit_prices_max ? [] : await prices.listPrices(tx);
        await prices.insertPrices(tx, rows);
        return before;
      },
      (before) => notes.pricesSet(before, rows),
    );
  }

  removePrices(model: string): Promise<number> {
    return this.#changeCached(
      'prices',
      (tx) => prices.removePrices(tx, model),
      (count) => notes.pricesRemoved(model, count),
    );
  }

  async setMultiplier(row: MultiplierRow): Promise<void> {
    await this.#changeCached(
      'prices',
      async (tx) => {
        const before = await prices.listMultipliers(tx);
        await prices.setMultiplier(tx, row);
        return before;
      },
      (before) => notes.multiplierSet(before, row),
    );
  }

  removeMultipliers(group: string): Promise<number> {
    return this.#changeCached(
      'prices',
      (tx) => prices.removeMultipliers(tx, group),
      (count) => notes.multipliersRemoved(group, count),
    );
  }

  replaceReceiptKey(key: NewReceiptKey, former: Pick<ReceiptKeyRow, 'id' | 'name'>): Promise<boolean> {
    return this.#options.database.transaction(async (tx) => {
      const isReplaced = await replaceKey(tx, key, former.id);
      if (isReplaced) await this.#note(tx, notes.receiptKeyReplaced(former.name, key.name));
      return isReplaced;
    });
  }

  note(given: readonly AuditNote[]): Promise<void> {
    return this.#options.database.transaction((tx) => this.#note(tx, given));
  }

  /** Changes what other nodes cache: the log tells them to read it again. */
  #changeCached<Result>(
    kind: 'channels' | 'prices',
    work: (tx: Queryable) => Promise<Result>,
    noted: (result: Result) => readonly AuditNote[],
  ): Promise<Result> {
    return this.#options.database.transaction(async (tx) => {
      const result = await work(tx);
      await this.#note(tx, noted(result));
      if (result) await appendLog(tx, [{ change: { kind } }]);
      return result;
    });
  }

  /**
   * Makes an access change, notes and logs it, and passes it to `onCommitted`.
   * @param joined filled by `work`: earlier changes to pass on once more
   */
  async #change<Result>(
    work: (tx: Queryable) => Promise<Result>,
    traces: Traces<Result>,
    onCommitted: OnCommitted,
    joined: readonly SequencedChange[] = [],
  ): Promise<Result> {
    const { changes, clock, maker } = this.#options;
    const { result, sequenced } = await changes.transaction(async (tx) => {
      const result = await work(tx);
      await this.#note(tx, traces.notes(result));
      const logged = traces.entries(result);
      const deleted = logged.flatMap(({ tombstone }) =>
        tombstone?.kind === 'key' ? [{ tombstone, origin: this.#origin }] : [],
      );
      const receipts = await openReceipts(tx, deleted, clock.now(), maker);
      // A node that has applied the last one has applied all: wait for one sequence.
      const seq = (await appendLog(tx, logged)).at(-1) ?? 0;
      const sequenced = logged.map(({ change, tombstone }): CommittedChange => {
        const receipt = change.kind === 'key' ? receipts.get(change.keyId) : undefined;
        return { change, seq, ...(tombstone && { tombstone }), ...(receipt && { receipt }) };
      });
      return { result, sequenced };
    });
    onCommitted([...joined, ...sequenced]);
    return result;
  }
}
