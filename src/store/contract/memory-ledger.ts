/** Keeps a ledger in memory by the rules that the engines share: no database, no batches, no crash. */
import { type HolderRef, holdersOf, idOf } from '../../domain/accounting/holder.ts';
import {
  type Holder,
  LedgerBatch,
  type LedgerPort,
  type NewBudgetAlert,
  reserveOne,
  type SettledCharge,
  settleOne,
} from '../../domain/accounting/ledger-batch.ts';
import { QuarterTotals } from '../../domain/accounting/quarters.ts';
import type { ReservationOutcome, ReservationRequest } from '../../domain/accounting/terms.ts';
import { usedAt } from '../../domain/budget.ts';
import type { JobEnding } from '../../domain/job.ts';
import { holderColumns } from '../holder-columns.ts';
import { addHourlyRows } from '../hourly-sums.ts';
import type { HourlyRow, Settlement } from '../ledger-store.ts';

/** A key or an account. */
export interface MemoryHolder extends Holder {
  /** The account; of an account, itself. */
  readonly accountId: number;
  unlimited: boolean;
  budget: Holder['budget'];
}

/** What an owner or an administrator may set. */
export type Terms = Pick<MemoryHolder, 'remaining' | 'unlimited' | 'budget'>;

type MemoryCharge = SettledCharge & { readonly settlement: Settlement };

export class MemoryLedger implements LedgerPort<MemoryCharge> {
  readonly accounts = new Map<number, MemoryHolder>();
  readonly keys = new Map<number, MemoryHolder>();
  /** In-flight requests, in the order of their reservations. */
  readonly reservations: ReservationRequest[] = [];
  written: Settlement[] = [];
  /** Created_at of all records, top-ups included. */
  recordTimes: number[] = [];
  readonly hours = new Map<string, HourlyRow>();
  readonly quarters = new QuarterTotals();
  /** Row ids. */
  readonly endedJobs = new Set<number>();
  /** Sealed, by request. */
  readonly contents = new Map<string, Uint8Array>();
  /** What the last call made. */
  alerts: readonly NewBudgetAlert[] = [];
  /** Seconds UTC. */
  now = 1_800_000_000;

  addAccount(id: number, terms: Terms, name = ''): void {
    this.accounts.set(id, holderWith({ kind: 'account', id }, id, terms, name));
  }

  addKey(id: number, accountId: number, terms: Terms, name = ''): void {
    this.keys.set(id, holderWith({ kind: 'key', id }, accountId, terms, name));
  }

  holders(): readonly MemoryHolder[] {
    return [...this.accounts.values(), ...this.keys.values()];
  }

  /** What was spent of the holder's budget in the present period. */
  spentOf(holder: Holder): number {
    return usedAt(holder, Math.max(this.now, holder.budgetStart));
  }

  reserve(requests: readonly ReservationRequest[]): readonly ReservationOutcome[] {
    const batch = new LedgerBatch<never>(this);
    const outcomes = requests.map((request) => reserveOne(batch, request));
    this.alerts = batch.alerts;
    return outcomes;
  }

  /** Ends requests. What is known already changes nothing. */
  settle(settlements: readonly Settlement[]): void {
    const batch = new LedgerBatch<MemoryCharge>(this);
    for (const settlement of settlements) {
      const { record, reserved } = settlement;
      const { inputTokens, outputTokens } = record.detail;
      const charge = { ...record, reserved, inputTokens, outputTokens, holders: holdersOf(record) };
      settleOne(batch, { ...charge, settlement });
    }
    this.alerts = batch.alerts;
    for (const { holders, ...hour } of batch.hours.all()) {
      this.#addHour({ ...hour, accountId: idOf(holders, 'account'), keyId: idOf(holders, 'key') });
    }
  }

  #addHour(added: HourlyRow): void {
    const name = `${added.accountId} ${added.keyId} ${added.hour} ${added.model}`;
    const before = this.hours.get(name);
    this.hours.set(name, before ? addHourlyRows(before, added) : added);
  }

  findHolder({ kind, id }: HolderRef): Holder | undefined {
    return (kind === 'key' ? this.keys : this.accounts).get(id);
  }

  insertReservation(request: ReservationRequest, units: number): void {
    this.reservations.push({ ...request, units });
  }

  endJob({ id }: JobEnding): boolean {
    if (this.endedJobs.has(id)) return false;
    this.endedJobs.add(id);
    return true;
  }

  removeReservation(requestId: string): number | undefined {
    const at = this.reservations.findIndex((reservation) => reservation.requestId === requestId);
    return at < 0 ? undefined : this.reservations.splice(at, 1)[0]?.units;
  }

  insertRecord({ settlement }: MemoryCharge): boolean {
    const { requestId, createdAt } = settlement.record;
    if (this.written.some(({ record }) => record.requestId === requestId)) return false;
    this.written.push(settlement);
    this.quarters.add({ ...settlement.record.detail, ...settlement.record });
    this.recordTimes.push(createdAt);
    return true;
  }

  insertContent({ settlement }: MemoryCharge): void {
    const { record, content } = settlement;
    if (content && this.keys.has(record.keyId)) this.contents.set(record.requestId, content.sealed);
  }

  topUp(accountId: number, units: number): void {
    const account = this.accounts.get(accountId);
    if (!account) return;
    account.remaining += units;
    this.recordTimes.push(this.now);
  }

  deleteKey(keyId: number): void {
    this.keys.delete(keyId);
  }

  deleteAccount(accountId: number): void {
    this.accounts.delete(accountId);
    for (const [id, key] of this.keys) if (key.accountId === accountId) this.keys.delete(id);
  }

  /** @returns what was released */
  restart(): { requests: number; units: number } {
    const lost = this.reservations.splice(0);
    for (const holder of this.holders()) holder.reserved = 0;
    return { requests: lost.length, units: lost.reduce((sum, { units }) => sum + units, 0) };
  }

  /** @returns how many records should be removed */
  prune(before: number): number {
    const kept = this.recordTimes.filter((time) => time >= before);
    const removed = this.recordTimes.length - kept.length;
    this.recordTimes = kept;
    this.written = this.written.filter(({ record }) => record.createdAt >= before);
    return removed;
  }
}

/** Sets what is given, as an owner or an administrator does. */
export function setTerms(holder: MemoryHolder, { remaining, unlimited, budget }: Partial<Terms>): void {
  holder.remaining = remaining ?? holder.remaining;
  holder.unlimited = unlimited ?? holder.unlimited;
  if (budget === undefined) return;
  holder.budget = budget;
  // Another budget is alerted of anew.
  holder.notifiedPeriod = 0;
}

function holderWith(ref: HolderRef, accountId: number, terms: Terms, name: string): MemoryHolder {
  const nothing = { used: 0, reserved: 0, budgetUsed: 0, budgetStart: 0, notifiedPeriod: 0 };
  const { chargedBit } = holderColumns[ref.kind];
  return {
    ...ref,
    accountId,
    name,
    chargedBit,
    ...terms,
    ...nothing,
    lastUsedAt: 0,
    requestCount: 0,
    changed: false,
  };
}
