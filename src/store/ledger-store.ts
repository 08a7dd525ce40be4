/**
 * The ledger part of the store: reservations, settlement, records, totals, prices, top-ups, budget alerts. Amounts are
 * whole quota units; times are whole seconds UTC unless stated otherwise.
 *
 * Ledger invariants, which `findLedgerDifferences` checks, for every key and account:
 * - used    = the units of its records of type `consume`
 * - balance = the units of its balance entries - the units of those records that were charged to it
 *   (`remain_quota` of a key, `quota` of an account; an unlimited holder is charged nothing)
 * - reserved = the units of its reservations
 * - a job that has ended has one record, with the units that it was charged, and no reservation; an open one has no record,
 *   and the reservation that its row says
 * Records that retention removed are kept as sums; hourly totals and those of quarter hours are never removed.
 */
import type {
  BudgetAlert,
  RecordType,
  ReservationOutcome,
  ReservationRequest,
} from '../domain/accounting/terms.ts';
import type { JobEnding } from '../domain/job.ts';
import type { ModelRates } from '../domain/rates.ts';
import type { RequestCourse } from '../domain/request-course.ts';
import type { RequestState } from '../domain/request-outcome.ts';
import type { Usage } from '../domain/usage.ts';
import type { UsageStore } from './usage-store.ts';

/** One request record. It never holds a prompt or a response. */
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

/** Where a request came from: a client of the API, or the console's playground. */
export type RecordSource = '' | 'playground';

/** The part of a record that no index searches. */
export interface RecordDetail extends Usage {
  readonly username: string;
  readonly keyName: string;
  /** Of the channel that responded; empty when none was tried. */
  readonly channelName: string;
  readonly channelId: number;
  readonly group: string;
  readonly clientAddress: string;
  /** Such as `chat.completions`. */
  readonly operation: string;
  readonly path: string;
  readonly source: RecordSource;
  readonly stream: boolean;
  readonly status: number;
  /** As in `RequestOutcome`. */
  readonly outcome: string;
  readonly errorCode: string;
  /** Whether the gateway counted the tokens, because the upstream did not report them. */
  readonly estimated: boolean;
  /** Milliseconds to the first byte for the client; -1 = there was none. */
  readonly firstByteMs: number;
  readonly totalMs: number;
  readonly attempts: number;
  /** Row of the price it was charged by; 0 = none. */
  readonly priceId: number;
  /** Millionths: the group's multiplier. */
  readonly multiplier: number;
  /** The service tier that the upstream reported; empty = the standard one. */
  readonly tier: string;
  /** Quality and size of what was made, as `variantName` names them; empty = no matter of the price. */
  readonly variant: string;
  /** The upstream's own id of its response; empty when it gave none. */
  readonly responseId: string;
  /** A description, for records that are no requests. */
  readonly content: string;
  readonly course: RequestCourse;
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
  /**
   * Whether no holder of it had a quota or a budget when the request was admitted. An engine may apply it to the totals
   * later then: once it is read or judged by what is in them.
   */
  readonly deferrable?: boolean;
  /** Only for keys that log content. */
  readonly content?: RecordContent | undefined;
  /** The job that ends with it, in the same transaction. One that has ended already makes it do nothing. */
  readonly job?: JobEnding | undefined;
}

/** Request and response, sealed by the caller. */
export interface RecordContent {
  readonly sealed: Uint8Array;
  readonly expiresAt: number;
}

/** A filter of records; undefined = any. Conditions are joined by AND. */
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
  /** Only records that come after the one with this id, to continue a listing. */
  readonly beforeId?: number | undefined;
  /** Any of these. */
  readonly keyIds?: readonly number[] | undefined;
  readonly models?: readonly string[] | undefined;
  /** Neither an index nor a total decides on what follows, nor on names and ids of responses. */
  readonly states?: readonly RequestState[] | undefined;
  readonly outcomes?: readonly string[] | undefined;
  readonly errorCodes?: readonly string[] | undefined;
  readonly minUnits?: number | undefined;
  /** Of its whole duration, in milliseconds. */
  readonly minMs?: number | undefined;
  /** Only records that come after this place in the order. */
  readonly before?: RecordPlace | undefined;
  /** Only records that were written after the one at this place. */
  readonly after?: RecordPlace | undefined;
}

/** A place in the order of records: by time, then by id, both falling. */
export interface RecordPlace {
  /** Seconds. */
  readonly at: number;
  readonly id: number;
}

/** A page of records. */
export interface RecordPage {
  readonly total: number;
  readonly items: readonly StoredRecord[];
  /** Where looking stopped, since as many records as allowed were looked at; absent = all were. */
  readonly stoppedAt?: RecordPlace;
}

/** Some records as lines of CSV, under `csvHead` (record-csv.ts). */
export interface RecordExport {
  readonly lines: Uint8Array<ArrayBuffer>;
  /** As of `RecordSearch`. */
  readonly next: RecordPlace | undefined;
}

/** What a bounded search found. */
export interface RecordSearch {
  readonly items: readonly StoredRecord[];
  /** Where to read on; undefined = all has been searched. */
  readonly next: RecordPlace | undefined;
  /** Whether the search stopped before the page was full, having looked at as many records as it may. */
  readonly isCut: boolean;
}

/** Records of a stretch of time. */
export interface RecordSlot {
  /** Seconds at which it begins: a multiple of the width. */
  readonly at: number;
  /** Of type `consume`. */
  readonly requests: number;
  /** Of type `error`. */
  readonly errors: number;
  readonly units: number;
}

export interface RecordCounts {
  /** Those in which there are any; newest first. */
  readonly slots: readonly RecordSlot[];
  /** The place where counting stopped, since as many records as allowed were looked at; undefined = all are counted. */
  readonly stoppedAt: RecordPlace | undefined;
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

/** A filter of hours, and what their sums are grouped by. */
export interface HourlyQuery {
  readonly accountId?: number | undefined;
  readonly keyId?: number | undefined;
  /** Any of these. */
  readonly keyIds?: readonly number[] | undefined;
  /** Exact, or with `%` for any run of characters. */
  readonly model?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly by: readonly ('hour' | 'accountId' | 'keyId' | 'model')[];
  /** Hours are added up in stretches of so many seconds, whose start is then `hour`; a multiple of an hour. */
  readonly width?: number | undefined;
}

/** The sums of some records. */
export interface RecordSums {
  readonly units: number;
  readonly requests: number;
  readonly tokens: number;
}

/** Sums of the records that were looked at. */
export interface FoundSums extends RecordSums {
  /** As in `RecordPage`. */
  readonly stoppedAt?: RecordPlace;
}

/** One line of the balance history of an account. Entries are only ever added. */
export interface BalanceEntry {
  readonly id: number;
  readonly accountId: number;
  /**
   * `opening` = the first balance, `topup` = an administrator added (or took) units, `set` = an administrator set it.
   */
  readonly kind: 'opening' | 'topup' | 'set';
  /** May be negative. */
  readonly units: number;
  readonly reason: string;
  /** The account that did it; 0 = the gateway itself. */
  readonly actorId: number;
  /** The caller's own name for the entry, unique among top-ups. Null = none. */
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

/** `beyond_limit` = the balance would exceed the largest (or smallest) that is allowed. */
export type TopupRefusal = 'no_account' | 'reference_taken' | 'beyond_limit';

/** A filter of entries; undefined = any. */
export interface BalanceEntryQuery {
  readonly accountId?: number | undefined;
  /** Of the account, as it is now. */
  readonly email?: string | undefined;
  readonly kind?: BalanceEntry['kind'] | undefined;
  readonly reference?: string | undefined;
  /** Seconds, both inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** The price of a model from a moment on. Rows are never changed; a price that was taken back is marked as removed. */
export interface PriceRow extends ModelRates {
  readonly id: number;
  /** A model id, or the beginning of ids followed by `*`; `*` alone is any model. */
  readonly model: string;
  readonly effectiveFrom: number;
  /** Source of the prices. */
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

/** A stored total that differs from the sum of its records. */
export interface LedgerDifference {
  /** Such as `key 5 used_quota`. */
  readonly what: string;
  readonly stored: number;
  readonly computed: number;
}

export interface LedgerStore extends UsageStore {
  /**
   * All in one transaction; each request is reserved or refused on its own, in the order given. A power cut may undo
   * it.
   */
  reserve(requests: readonly ReservationRequest[]): Promise<ReservationResult>;
  /**
   * Writes records, ends their reservations and adds to every total, all in one transaction. A record whose request id
   * is known already changes nothing. Keys and accounts that do not exist any more are skipped.
   * @param durable whether a power cut after it resolves must not undo it (a crash of the process never does)
   * @returns the budget alerts that it raised
   */
  settle(settlements: readonly Settlement[], durable: boolean): Promise<readonly BudgetAlert[]>;
  /** Ends all reservations that a crash left behind, but those of open jobs. Called at the start. */
  releaseReservations(): Promise<{ readonly requests: number; readonly units: number }>;

  /**
   * Newest first; of the same second, the highest id first. `total` stops counting at `countMax` (0 = it is not
   * counted at all). There are no pages beyond `countMax`: `before` and `beforeId` read on from anywhere.
   * @param lookMax where no index and no total decides, about so many records are looked at, for the page and `total`
   */
  listRecords(
    filter: RecordFilter,
    page: { readonly offset: number; readonly limit: number },
    countMax: number,
    lookMax?: number,
  ): Promise<RecordPage>;
  /** As `listRecords`, but stops where the page is full. */
  searchRecords(filter: RecordFilter, limit: number, lookMax: number): Promise<RecordSearch>;
  /** As `searchRecords`, as lines of CSV: a file of millions of records is written where they are read. */
  exportRecords(filter: RecordFilter, limit: number, lookMax: number): Promise<RecordExport>;
  /**
   * Counts matching records by time, newest first, until it has looked at about `lookMax` records.
   * @param width of the stretches of time, in seconds
   */
  countRecords(filter: RecordFilter, width: number, lookMax: number): Promise<RecordCounts>;
  /**
   * The sums of the matching records of type `consume`, from totals where these know them.
   * @param lookMax as for `listRecords`
   */
  sumRecords(filter: RecordFilter, lookMax?: number): Promise<FoundSums>;
  /** Sums grouped by `query.by`; members that are not grouped by are 0 or ''. In order of the hour. */
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

  /** The units of all entries of an account. */
  sumBalanceEntries(accountId: number): Promise<number>;

  listPrices(): Promise<readonly PriceRow[]>;
  getPrices(ids: readonly number[]): Promise<readonly PriceRow[]>;
  /** Whether there was ever a price, removed ones included. */
  everHadPrices(): Promise<boolean>;
  listMultipliers(): Promise<readonly MultiplierRow[]>;

  /** The alerts that are due, oldest first. */
  listAlerts(nowSeconds: number, limit: number): Promise<readonly BudgetAlert[]>;
  /**
   * The same for a process that delivers them: a claimed alert is due to no other caller until `untilSeconds`, in this
   * process or another. A claim does not count as an attempt.
   */
  claimAlerts(nowSeconds: number, limit: number, untilSeconds: number): Promise<readonly BudgetAlert[]>;
  deleteAlert(id: number): Promise<void>;
  deferAlert(id: number, attempts: number, nextAttemptAt: number): Promise<void>;

  /** Recomputes every total from the records; all in one snapshot. Empty = all is well. */
  findLedgerDifferences(limit: number): Promise<readonly LedgerDifference[]>;
}

/** For processes that share a database: the reservations that ended processes left behind. */
export interface LostReservations {
  /**
   * Ends the reservations, but those of open jobs, of processes that left in order, and of those that were expelled, or silent, for more than so
   * many seconds.
   */
  releaseLost(seconds: number): Promise<{ readonly requests: number; readonly units: number }>;
}
