/** The ledger part of the SQLite store: reservations and settlement run in a thread, reads here. */

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
  RecordFilter,
  RecordPage,
  RecordSearch,
  ReservationResult,
  Settlement,
} from '../ledger-store.ts';
import { entrySql } from '../statements/ledger.ts';
import type { Page, PageQuery } from '../store.ts';
import type { BudgetedKeys, RankingQuery, UsageQuery, UsageRanking, UsageRow } from '../usage-store.ts';
import { usageCompleteFrom } from '../usage-sums.ts';
import * as alerts from './alerts.ts';
import { listBalanceEntries } from './balance-entries.ts';
import type { Connection } from './connection.ts';
import { applyWithin } from './deferred-settlements.ts';
import { listHourly } from './hourly.ts';
import type { LedgerThread } from './ledger-thread.ts';
import * as prices from './prices.ts';
import { countRecords, listRecords, searchRecords, sumRecords } from './records.ts';
import * as retention from './retention.ts';
import { listBudgetedKeys, rankUsage, sumUsage } from './usage.ts';
import * as verification from './verification.ts';

export class SqliteLedgerStore implements LedgerStore {
  protected readonly db: Connection;
  protected readonly clock: Clock;
  readonly #thread: LedgerThread;

  constructor(connection: Connection, thread: LedgerThread, clock: Clock) {
    this.db = connection;
    this.#thread = thread;
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
    return this.read(() => listRecords(this.db, filter, page, countMax, lookMax));
  }

  async searchRecords(filter: RecordFilter, limit: number, lookMax: number): Promise<RecordSearch> {
    return this.read(() => searchRecords(this.db, filter, limit, lookMax));
  }

  async countRecords(filter: RecordFilter, width: number, lookMax: number): Promise<RecordCounts> {
    return this.read(() => countRecords(this.db, filter, width, lookMax));
  }

  async sumRecords(filter: RecordFilter, lookMax: number = limits.records_searched_max): Promise<FoundSums> {
    return this.read(() => sumRecords(this.db, filter, lookMax));
  }

  async listHourly(query: HourlyQuery): Promise<readonly HourlyRow[]> {
    return this.read(() => listHourly(this.db, query));
  }

  async sumUsage(query: UsageQuery): Promise<readonly UsageRow[]> {
    return this.read(() => sumUsage(this.db, query));
  }

  async rankUsage(query: RankingQuery): Promise<UsageRanking> {
    return this.read(() => rankUsage(this.db, query));
  }

  async listBudgetedKeys(accountId: number, readMax: number, limit: number): Promise<BudgetedKeys> {
    return this.read(() => listBudgetedKeys(this.db, accountId, readMax, limit));
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
    return listBalanceEntries(this.db, query, page);
  }

  async sumBalanceEntries(accountId: number): Promise<number> {
    return this.db.one(entrySql.sum, { accountId });
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
    await this.#thread.close();
    this.db.close();
  }
}
