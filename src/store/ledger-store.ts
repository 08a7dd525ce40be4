/**
 * The ledger's part of the store: reservations, settlement, records, totals, prices, top-ups, alerts. Amounts
 * are whole quota units, times whole seconds UTC unless said otherwise.
 *
 * The laws, which `findLedgerDifferences` checks. For every key and account there is:
 * - used    = the units of its records of type `consume`
 * - balance = the units of its journal entries - the units of those records that were drawn from it
 *   (`remain_quota` of a key, `quota` of an account; nothing is drawn from what is unlimited)
 * - reserved = the units of its reservations
 * Records that retention removed live on in sums; hourly totals are never removed.
 */
import type {
  BudgetAlert,
  RecordType,
  ReservationOutcome,
  ReservationRequest,
} from '../domain/accounting/terms.ts';
import type { Rates } from '../domain/rates.ts';
import type { Usage } from '../domain/usage.ts';

/** One line of the log. It never holds a prompt or an answer. */
export interface UsageRecord {
  /** The gateway's own id of the request; no two records have the same. */
  readonly requestId: string;
  readonly type: RecordType;
  readonly createdAt: number;
  readonly accountId: number;
  /** 0 = none, as for a top-up. */
  readonly keyId: number;
  readonly model: string;
  readonly units: number;
  readonly detail: RecordDetail;
}

/** What is shown of a record, but never searched by an index. */
export interface RecordDetail extends Usage {
  readonly username: string;
  readonly keyName: string;
  /** Of the channel that answered; empty when none was tried. */
  readonly channelName: string;
  readonly channelId: number;
  readonly group: string;
  readonly clientAddress: string;
  /** Such as `chat.completions`. */
  readonly operation: string;
  readonly path: string;
  readonly stream: boolean;
  readonly status: number;
  /** As in `RequestOutcome`. */
  readonly outcome: string;
  readonly errorCode: string;
  /** Whether the tokens were counted here, since the upstream did not report them. */
  readonly estimated: boolean;
  /** Milliseconds to the first byte for the client; -1 = there was none. */
  readonly firstByteMs: number;
  readonly totalMs: number;
  readonly attempts: number;
  /** Row of the price it was charged by; 0 = none. */
  readonly priceId: number;
  /** Millionths: the group's multiplier. */
  readonly multiplier: number;
  /** The upstream's own id of its answer; empty when it gave none. */
  readonly responseId: string;
  /** In words, for records that are no requests. */
  readonly content: string;
}

/** A record as stored. */
export interface StoredRecord extends UsageRecord {
  readonly id: number;
}

export interface ReservationResult {
  /** In the order of the requests. */
  readonly outcomes: readonly ReservationOutcome[];
  readonly alerts: readonly BudgetAlert[];
}

/** The end of a request. */
export interface Settlement {
  readonly record: UsageRecord;
  /** Whether it has a reservation, which ends with it. */
  readonly reserved: boolean;
  /** Only for keys that log content. */
  readonly content?: RecordContent | undefined;
}

/** What went in and out, sealed before it comes here. */
export interface RecordContent {
  readonly sealed: Uint8Array;
  readonly expiresAt: number;
}

/** Which records are meant; undefined = any. Conditions are joined by AND. */
export interface RecordFilter {
  readonly accountId?: number | undefined;
  readonly keyId?: number | undefined;
  readonly type?: RecordType | undefined;
  /** Exact, or with `%` for any run of characters. */
  readonly model?: string | undefined;
  readonly keyName?: string | undefined;
  readonly username?: string | undefined;
  readonly group?: string | undefined;
  readonly channelId?: number | undefined;
  readonly requestId?: string | undefined;
  readonly responseId?: string | undefined;
  /** Inclusive. */
  readonly from?: number | undefined;
  /** Inclusive. */
  readonly to?: number | undefined;
  /** Only records that come after the one with this id, for reading on from one. */
  readonly beforeId?: number | undefined;
}

/** Consumption of an hour, by account, key and model. */
export interface HourlyRow {
  /** Seconds UTC at which the hour begins. */
  readonly hour: number;
  readonly accountId: number;
  readonly keyId: number;
  readonly model: string;
  readonly requests: number;
  readonly errors: number;
  readonly units: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Which hours are meant, and what their sums are kept apart by. */
export interface HourlyQuery {
  readonly accountId?: number | undefined;
  readonly keyId?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly by: readonly ('hour' | 'accountId' | 'keyId' | 'model')[];
}

/** What records add up to. */
export interface RecordSums {
  readonly units: number;
  readonly requests: number;
  readonly tokens: number;
}

/** Why the balance of an account is what it is. Entries are only ever added. */
export interface BalanceEntry {
  readonly id: number;
  readonly accountId: number;
  /** `opening` = what it began with, `topup` = an administrator added (or took), `set` = it was set. */
  readonly kind: 'opening' | 'topup' | 'set';
  /** May be negative. */
  readonly units: number;
  readonly reason: string;
  /** The account that did it; 0 = the gateway itself. */
  readonly actorId: number;
  /** The caller's own name for it; no two top-ups have the same. Null = none. */
  readonly reference: string | null;
  readonly createdAt: number;
}

export type NewBalanceEntry = Omit<BalanceEntry, 'id' | 'accountId'>;

export interface NewTopup {
  readonly accountId: number;
  readonly units: number;
  readonly reason: string;
  readonly actorId: number;
  readonly reference: string | null;
  readonly createdAt: number;
  readonly requestId: string;
}

/** `beyond_limit` = the balance would be larger (or smaller) than any may be. */
export type TopupRefusal = 'no_account' | 'reference_taken' | 'beyond_limit';

/** Entries that are meant; undefined = any. */
export interface BalanceEntryQuery {
  readonly accountId?: number | undefined;
  /** That an account has now. */
  readonly email?: string | undefined;
  readonly kind?: BalanceEntry['kind'] | undefined;
  readonly reference?: string | undefined;
  /** Seconds, both inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The price of a model from a moment on. Rows are never changed; one that was taken back is marked. */
export interface PriceRow extends Rates {
  readonly id: number;
  /** A model id, or the beginning of ids followed by `*`; `*` alone is any model. */
  readonly model: string;
  readonly effectiveFrom: number;
  /** Where the figures come from. */
  readonly source: string;
  readonly createdAt: number;
}
export type NewPrice = Omit<PriceRow, 'id'>;

/** The multiplier of a group from a moment on; groups without one have 1. */
export interface MultiplierRow {
  readonly group: string;
  readonly effectiveFrom: number;
  /** Millionths. */
  readonly multiplier: number;
}

/** One total that is not what its records come to. */
export interface LedgerDifference {
  /** Such as `key 5 used_quota`. */
  readonly what: string;
  readonly stored: number;
  readonly computed: number;
}

export interface LedgerStore {
  /** All in one transaction; each is reserved or refused on its own, in the order given. Need not survive a power cut. */
  reserve(requests: readonly ReservationRequest[]): Promise<ReservationResult>;
  /**
   * Writes records, ends their reservations and adds to every total, all in one transaction. A record whose
   * request id is known already changes nothing. Keys and accounts that are gone are passed over.
   * @param durable whether it must survive a power cut when this resolves (a crash of the process it always does)
   * @returns the alerts that it made
   */
  settle(settlements: readonly Settlement[], durable: boolean): Promise<readonly BudgetAlert[]>;
  /** For the start: ends all reservations that a crash left behind. */
  releaseReservations(): Promise<{ readonly requests: number; readonly units: number }>;

  /**
   * Newest first; of the same second, the highest id first. `total` stops counting at `countMax` (0 = it is not
   * counted at all) and may stop earlier, beyond the page, where few of very many records are meant. There are
   * no pages beyond `countMax`: `beforeId` reads on from anywhere.
   */
  listRecords(
    filter: RecordFilter,
    page: { readonly offset: number; readonly limit: number },
    countMax: number,
  ): Promise<{ readonly total: number; readonly items: readonly StoredRecord[] }>;
  /** Of the records of type `consume` among those meant. */
  sumRecords(filter: RecordFilter): Promise<RecordSums>;
  /** Sums by what is asked for; what they are not kept apart by is 0 or ''. In order of the hour. */
  listHourly(query: HourlyQuery): Promise<readonly HourlyRow[]>;
  /** Removes up to `limit` of the oldest records before a time, keeping their sums. @returns how many */
  deleteRecordsBefore(seconds: number, limit: number): Promise<number>;
  /** Undefined = none was kept, or it expired. */
  getContent(requestId: string): Promise<Uint8Array | undefined>;
  deleteExpiredContents(nowSeconds: number, limit: number): Promise<number>;

  /** Newest first. */
  listBalanceEntries(
    query: BalanceEntryQuery,
    page: { readonly offset: number; readonly limit: number },
  ): Promise<{ readonly total: number; readonly items: readonly BalanceEntry[] }>;

  listPrices(): Promise<readonly PriceRow[]>;
  getPrices(ids: readonly number[]): Promise<readonly PriceRow[]>;
  /** All or none. A price for the same model from the same moment takes the other's place. */
  insertPrices(prices: readonly NewPrice[]): Promise<void>;
  /** Takes back all prices of a model. @returns how many there were */
  removePrices(model: string): Promise<number>;
  /** Whether any price was ever there, taken back ones included. */
  everHadPrices(): Promise<boolean>;
  listMultipliers(): Promise<readonly MultiplierRow[]>;
  setMultiplier(row: MultiplierRow): Promise<void>;
  removeMultipliers(group: string): Promise<number>;

  /** Those due, oldest first. */
  listAlerts(nowSeconds: number, limit: number): Promise<readonly BudgetAlert[]>;
  /**
   * The same for whoever delivers: what one gets is due to nobody else until `untilSeconds`, in this process or
   * another. Attempts are not counted by it.
   */
  claimAlerts(nowSeconds: number, limit: number, untilSeconds: number): Promise<readonly BudgetAlert[]>;
  deleteAlert(id: number): Promise<void>;
  deferAlert(id: number, attempts: number, nextAttemptAt: number): Promise<void>;

  /** Recomputes every total from the records; all in one snapshot. Empty = all is well. */
  findLedgerDifferences(limit: number): Promise<readonly LedgerDifference[]>;
}

/** Where several processes share a database: what those that ended left behind. */
export interface LostReservations {
  /**
   * Ends the reservations of processes that left in order, and of those that were expelled, or never heard of,
   * more than so many seconds ago.
   */
  releaseLost(seconds: number): Promise<{ readonly requests: number; readonly units: number }>;
}
