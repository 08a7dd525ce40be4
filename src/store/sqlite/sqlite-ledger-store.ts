/** The ledger part of the SQLite store: reservations and settlement run in one thread, long reads in another. */

import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import type { Clock } from '../../platform/clock.ts';
import { limits } from '../../platform/limits.ts';
import type {
  BalanceEntry,
  BalanceEntryQuery,
  FoundSums,
  HourlyQuery,
  HourlyRow,
  LedgerDifference,
  LedgerStore,
  MultiplierRow,
  PriceRow,
  RecordCounts,
  RecordExport,
  RecordFilter,
  RecordPage,
  RecordSearch,
  ReservationResult,
  Settlement,
} from '../ledger-store.ts';
import type { Page, PageQuery } from '../store.ts';
import type { BudgetedKeys, RankingQuery, UsageQuery, UsageRanking, UsageRow } from '../usage-store.ts';
import { usageCompleteFrom } from '../usage-sums.ts';
import * as alerts from './alerts.ts';
import type { Connection } from './connection.ts';
import { applyWithin } from './deferred-settlements.ts';
import { LedgerThread } from './ledger-thread.ts';
import * as prices from './prices.ts';
import { type FoundBy, type GivenTo, ReadThread } from './read-thread.ts';
import type { ReadName } from './read-worker.ts';
import * as retention from './retention.ts';
import * as verification from './verification.ts';

/** About so many rows of usage come from the thread of long reads in one piece. */
const rowsAtATime = 1000;

export class SqliteLedgerStore implements LedgerStore {
  protected readonly db: Connection;
  protected readonly clock: Clock;
  protected readonly reader: ReadThread;
  readonly #thread: LedgerThread;

  /** @param path of the database file */
  constructor(connection: Connection, path: string, clock: Clock) {
    this.db = connection;
    this.reader = new ReadThread(path);
    this.#thread = new LedgerThread(path);
    this.clock = clock;
  }

  /**
   * Runs `work` as a transaction while the thread of the ledger writes nothing.
   * @param committed called after the commit and before anything else runs
   */
  protected write<Result>(work: () => Result, committed?: (result: Result) => void): Promise<Result> {
    return this.#thread.between(() => {
      const result = this.db.transaction(() => {
        applyWithin(this.db);
        return work();
      });
      committed?.(result);
      return result;
    });
  }

  /** Reads what settlements change, after everything that was settled before. */
  protected async read<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    await this.#thread.applied();
    return work();
  }

  /** As `read`, in the thread of long reads. */
  protected async readAside<Name extends ReadName>(
    name: Name,
    ...given: GivenTo<Name>
  ): Promise<FoundBy<Name>> {
    await this.#thread.applied();
    return this.reader.read(name, ...given);
  }

  protected nowSeconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  async reserve(requests: readonly ReservationRequest[]): Promise<ReservationResult> {
    return this.#thread.reserve(requests);
  }

  async settle(settlements: readonly Settlement[], durable: boolean): Promise<readonly BudgetAlert[]> {
    return this.#thread.settle(settlements, durable);
  }

  async releaseReservations(): Promise<{ readonly requests: number; readonly units: number }> {
    return this.#thread.releaseReservations();
  }

  async listRecords(
    filter: RecordFilter,
    page: PageQuery,
    countMax: number,
    lookMax: number = limits.records_searched_max,
  ): Promise<RecordPage> {
    return this.readAside('listRecords', filter, page, countMax, lookMax);
  }

  async searchRecords(filter: RecordFilter, limit: number, lookMax: number): Promise<RecordSearch> {
    return this.readAside('searchRecords', filter, limit, lookMax);
  }

  async exportRecords(filter: RecordFilter, limit: number, lookMax: number): Promise<RecordExport> {
    return this.readAside('exportRecords', filter, limit, lookMax);
  }

  async countRecords(filter: RecordFilter, width: number, lookMax: number): Promise<RecordCounts> {
    return this.readAside('countRecords', filter, width, lookMax);
  }

  async sumRecords(filter: RecordFilter, lookMax: number = limits.records_searched_max): Promise<FoundSums> {
    return this.readAside('sumRecords', filter, lookMax);
  }

  async listHourly(query: HourlyQuery): Promise<readonly HourlyRow[]> {
    return this.readAside('listHourly', query);
  }

  async sumUsage(query: UsageQuery): Promise<readonly UsageRow[]> {
    // Some at a time: what comes back is taken over in one turn of the loop.
    const atATime = Math.max(1, Math.floor(rowsAtATime / (query.values?.length ?? 1)));
    const rows: UsageRow[] = [];
    for (let first = 0; first < query.bounds.length - 1; first += atATime) {
      const bounds = query.bounds.slice(first, first + atATime + 1);
      const found = await this.readAside('sumUsage', { ...query, bounds });
      for (const row of found) rows.push({ ...row, stretch: first + row.stretch });
    }
    return rows;
  }

  async rankUsage(query: RankingQuery): Promise<UsageRanking> {
    return this.readAside('rankUsage', query);
  }

  async listBudgetedKeys(accountId: number, readMax: number, limit: number): Promise<BudgetedKeys> {
    return this.readAside('listBudgetedKeys', accountId, readMax, limit);
  }

  async usageCompleteFrom(): Promise<number> {
    return this.db.one(usageCompleteFrom);
  }

  async deleteRecordsBefore(seconds: number, limit: number): Promise<number> {
    return this.write(() => retention.deleteRecordsBefore(this.db, seconds, limit));
  }

  async getContent(requestId: string): Promise<Uint8Array | undefined> {
    return retention.getContent(this.db, requestId, this.nowSeconds());
  }

  async deleteExpiredContents(nowSeconds: number, limit: number): Promise<number> {
    return this.write(() => retention.deleteExpiredContents(this.db, nowSeconds, limit));
  }

  async listBalanceEntries(query: BalanceEntryQuery, page: PageQuery): Promise<Page<BalanceEntry>> {
    return this.reader.read('listBalanceEntries', query, page);
  }

  async sumBalanceEntries(accountId: number): Promise<number> {
    return this.reader.read('sumBalanceEntries', accountId);
  }

  async listPrices(): Promise<readonly PriceRow[]> {
    return prices.listPrices(this.db);
  }

  async getPrices(ids: readonly number[]): Promise<readonly PriceRow[]> {
    return prices.getPrices(this.db, ids);
  }

  async everHadPrices(): Promise<boolean> {
    return prices.everHadPrices(this.db);
  }

  async listMultipliers(): Promise<readonly MultiplierRow[]> {
    return prices.listMultipliers(this.db);
  }

  async listAlerts(nowSeconds: number, limit: number): Promise<readonly BudgetAlert[]> {
    return alerts.listAlerts(this.db, nowSeconds, limit);
  }

  async claimAlerts(
    nowSeconds: number,
    limit: number,
    untilSeconds: number,
  ): Promise<readonly BudgetAlert[]> {
    return this.write(() => alerts.claimAlerts(this.db, nowSeconds, limit, untilSeconds));
  }

  async deleteAlert(id: number): Promise<void> {
    return this.write(() => alerts.deleteAlert(this.db, id));
  }

  async deferAlert(id: number, attempts: number, nextAttemptAt: number): Promise<void> {
    return this.write(() => alerts.deferAlert(this.db, id, attempts, nextAttemptAt));
  }

  async findLedgerDifferences(limit: number): Promise<readonly LedgerDifference[]> {
    return this.read(() => this.db.readSnapshot(() => verification.findLedgerDifferences(this.db, limit)));
  }

  async close(): Promise<void> {
    // The last connection to close writes the log into the database, which a reader may not.
    await Promise.all([this.#thread.close(), this.reader.close()]);
    this.db.close();
  }
}
