/** The ledger part of the PostgreSQL store. */

import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type {
  BalanceEntry,
  BalanceEntryQuery,
  FoundSums,
  HourlyQuery,
  HourlyRow,
  LedgerDifference,
  LedgerStore,
  LostReservations,
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
import { exportOf } from '../record-csv.ts';
import { entrySql } from '../statements/ledger.ts';
import type { Page, PageQuery } from '../store.ts';
import type { BudgetedKeys, RankingQuery, UsageQuery, UsageRanking, UsageRow } from '../usage-store.ts';
import { usageCompleteFrom } from '../usage-sums.ts';
import * as alerts from './alerts.ts';
import { listBalanceEntries } from './balance-entries.ts';
import type { Database } from './connection.ts';
import { listHourly } from './hourly.ts';
import { type ReservationOwner, settlementBatch } from './ledger-batch.ts';
import { reserve, settle } from './ledger-writer.ts';
import * as prices from './prices.ts';
import { countRecords, listRecords, searchRecords, sumRecords } from './records.ts';
import {
  type EndedReservations,
  endLostReservations,
  endReservations,
  endReservationsOf,
} from './reservations.ts';
import * as retention from './retention.ts';
import { listBudgetedKeys, rankUsage, sumUsage } from './usage.ts';
import { isStorable } from './values.ts';
import { findLedgerDifferences } from './verification.ts';

/** After so many milliseconds a statement whose outcome is unknown has been executed, or never will be. */
const doubtMs = 120_000;

export class PostgresLedgerStore implements LedgerStore, LostReservations {
  protected readonly db: Database;
  protected readonly clock: Clock;
  readonly #owner: ReservationOwner;
  /** Requests whose reservation is being made. */
  readonly #asking = new Map<string, Promise<unknown>>();
  /** Requests of which it is unknown whether they have a reservation, and since when. */
  readonly #doubtful = new Map<string, number>();

  constructor(database: Database, clock: Clock, owner: ReservationOwner) {
    this.db = database;
    this.clock = clock;
    this.#owner = owner;
  }

  protected nowSeconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  async reserve(requests: readonly ReservationRequest[]): Promise<ReservationResult> {
    const answer = reserve(this.db, this.#owner, requests);
    for (const { requestId } of requests) this.#asking.set(requestId, answer);
    try {
      return await answer;
    } catch (error) {
      if (error instanceof HalleyError) this.#doubt(requests);
      throw error;
    } finally {
      for (const { requestId } of requests) this.#asking.delete(requestId);
    }
  }

  #doubt(requests: readonly ReservationRequest[]): void {
    for (const { requestId } of requests) this.#doubtful.set(requestId, this.clock.monotonic());
  }

  async settle(settlements: readonly Settlement[], durable: boolean): Promise<readonly BudgetAlert[]> {
    // On another connection a record could overtake its reservation, which would stay for good.
    const before = new Set<Promise<unknown>>();
    for (const { record, reserved } of settlements) {
      const asking = reserved ? this.#asking.get(record.requestId) : undefined;
      if (asking) before.add(asking);
    }
    if (before.size > 0) await Promise.allSettled(before);
    return settle(this.db, settlementBatch(settlements), durable);
  }

  async releaseReservations(): Promise<EndedReservations> {
    return endReservationsOf(this.db, this.#owner.nodeId);
  }

  async releaseLost(seconds: number): Promise<EndedReservations> {
    const lost = await endLostReservations(this.db, seconds);
    const settledBefore = this.clock.monotonic() - doubtMs;
    const ids = [...this.#doubtful.keys()];
    for (const [requestId, since] of this.#doubtful) {
      if (since < settledBefore) this.#doubtful.delete(requestId);
    }
    const doubtful = await endReservations(this.db, ids);
    return { requests: lost.requests + doubtful.requests, units: lost.units + doubtful.units };
  }

  async listRecords(
    filter: RecordFilter,
    page: PageQuery,
    countMax: number,
    lookMax: number = limits.records_searched_max,
  ): Promise<RecordPage> {
    return listRecords(this.db, filter, page, countMax, lookMax);
  }

  async searchRecords(filter: RecordFilter, limit: number, lookMax: number): Promise<RecordSearch> {
    return searchRecords(this.db, filter, limit, lookMax);
  }

  async exportRecords(filter: RecordFilter, limit: number, lookMax: number): Promise<RecordExport> {
    return exportOf(await searchRecords(this.db, filter, limit, lookMax));
  }

  async countRecords(filter: RecordFilter, width: number, lookMax: number): Promise<RecordCounts> {
    return countRecords(this.db, filter, width, lookMax);
  }

  async sumRecords(filter: RecordFilter, lookMax: number = limits.records_searched_max): Promise<FoundSums> {
    return sumRecords(this.db, filter, lookMax);
  }

  async listHourly(query: HourlyQuery): Promise<readonly HourlyRow[]> {
    return listHourly(this.db, query);
  }

  async sumUsage(query: UsageQuery): Promise<readonly UsageRow[]> {
    return sumUsage(this.db, query);
  }

  async rankUsage(query: RankingQuery): Promise<UsageRanking> {
    return rankUsage(this.db, query);
  }

  async listBudgetedKeys(accountId: number, readMax: number, limit: number): Promise<BudgetedKeys> {
    return listBudgetedKeys(this.db, accountId, readMax, limit);
  }

  async usageCompleteFrom(): Promise<number> {
    return this.db.one(usageCompleteFrom);
  }

  async deleteRecordsBefore(seconds: number, limit: number): Promise<number> {
    return retention.deleteRecordsBefore(this.db, seconds, limit);
  }

  async getContent(requestId: string): Promise<Uint8Array | undefined> {
    return isStorable(requestId) ? retention.getContent(this.db, requestId, this.nowSeconds()) : undefined;
  }

  async deleteExpiredContents(nowSeconds: number, limit: number): Promise<number> {
    return retention.deleteExpiredContents(this.db, nowSeconds, limit);
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
    return alerts.claimAlerts(this.db, nowSeconds, limit, untilSeconds);
  }

  async deleteAlert(id: number): Promise<void> {
    return alerts.deleteAlert(this.db, id);
  }

  async deferAlert(id: number, attempts: number, nextAttemptAt: number): Promise<void> {
    return alerts.deferAlert(this.db, id, attempts, nextAttemptAt);
  }

  async findLedgerDifferences(limit: number): Promise<readonly LedgerDifference[]> {
    return findLedgerDifferences(this.db, limit);
  }

  async close(): Promise<void> {
    await this.db.close();
  }
}
