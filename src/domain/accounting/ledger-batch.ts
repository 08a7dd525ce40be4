/**
 * Applies a batch of reservations or settlements to the holders of its requests, for both engines. An engine reads
 * rows through `LedgerPort` and writes what changed. Pure.
 */

import { type Budget, periodAt, softUnits, usedAt } from '../budget.ts';
import type { JobEnding } from '../job.ts';
import { safeMax } from './amounts.ts';
import { type Balance, budgetTime, freeOf, shortfallOf } from './balance.ts';
import type { HolderRef } from './holder.ts';
import { type HourlyCharge, HourlyTotals } from './hourly.ts';
import {
  type BudgetAlert,
  type ReservationOutcome,
  type ReservationRequest,
  recordTypes,
  type Shortfall,
} from './terms.ts';

/** A holder while a batch is worked on; written back at its end when it changed. */
export interface Holder extends HolderRef, Balance {
  readonly name: string;
  /** Stands for this kind of holder in the set of those that a record was charged to. */
  readonly chargedBit: number;
  remaining: number;
  used: number;
  reserved: number;
  budgetUsed: number;
  budgetStart: number;
  /** Start of the period in which it was notified that the budget is used up. */
  notifiedPeriod: number;
  lastUsedAt: number;
  requestCount: number;
  changed: boolean;
}

/** An alert that is not written yet. */
export type NewBudgetAlert = Omit<BudgetAlert, 'id' | 'attempts' | 'nextAttemptAt'>;

/** What accounting looks at in a settlement. */
export interface SettledCharge extends HourlyCharge {
  readonly requestId: string;
  readonly reserved: boolean;
  /** The job that ends with it; undefined = it is of no job. */
  readonly job?: JobEnding | undefined;
}

/** One transaction of an engine, in which nothing else changes the same rows. */
export interface LedgerPort<Settled extends SettledCharge> {
  /** Ends a job. @returns false when it has ended already: then nothing of the settlement counts */
  endJob(job: JobEnding, settlement: Settled): boolean;
  /** Called once for each holder. @returns undefined when it is gone */
  findHolder(ref: HolderRef): Holder | undefined;
  /** @param units as many as are reserved */
  insertReservation(request: ReservationRequest, units: number): void;
  /** @returns the units that were reserved; undefined = there was no reservation */
  removeReservation(requestId: string): number | undefined;
  /** @returns false when there is a record of this request already */
  insertRecord(settlement: Settled, chargedTo: number): boolean;
  /** Keeps prompt and response, if the settlement has them and the key exists. */
  insertContent(settlement: Settled): void;
}

/** What one transaction has read and is about to write. */
export class LedgerBatch<Settled extends SettledCharge> {
  readonly port: LedgerPort<Settled>;
  readonly alerts: NewBudgetAlert[] = [];
  readonly hours = new HourlyTotals();
  readonly #holders = new Map<HolderRef['kind'], Map<number, Holder | undefined>>();

  constructor(port: LedgerPort<Settled>) {
    this.port = port;
  }

  /** Those that still exist. */
  present(refs: readonly HolderRef[]): readonly Holder[] {
    const present: Holder[] = [];
    for (const ref of refs) {
      const holder = this.#find(ref);
      if (holder) present.push(holder);
    }
    return present;
  }

  #find(ref: HolderRef): Holder | undefined {
    let ofKind = this.#holders.get(ref.kind);
    if (!ofKind) {
      ofKind = new Map();
      this.#holders.set(ref.kind, ofKind);
    }
    const known = ofKind.get(ref.id);
    if (known || ofKind.has(ref.id)) return known;
    const holder = this.port.findHolder(ref);
    ofKind.set(ref.id, holder);
    return holder;
  }

  /** Those that must be written back. */
  changed(): readonly Holder[] {
    const changed: Holder[] = [];
    for (const ofKind of this.#holders.values()) {
      for (const holder of ofKind.values()) if (holder?.changed) changed.push(holder);
    }
    return changed;
  }
}

/** An alert as it is when it was just written. */
export function storedAlert(alert: NewBudgetAlert, id: number): BudgetAlert {
  return { ...alert, id, attempts: 0, nextAttemptAt: alert.createdAt };
}

/** Reserves the units of one request with all of its holders, or none. */
export function reserveOne(batch: LedgerBatch<never>, request: ReservationRequest): ReservationOutcome {
  const { units, at, atLeast = units } = request;
  const holders = batch.present(request.holders);
  if (holders.length < request.holders.length) return 'gone';
  // Those above refuse first: what is said of them holds for all below.
  for (const holder of holders.toReversed()) {
    const shortfall = shortfallOf(holder, atLeast, at);
    if (!shortfall) continue;
    if (!request.triesAgain || shortfall.free === 0)
      alertIfUsedUp(batch, request.holders, holder, shortfall, at);
    return shortfall;
  }
  const part = Math.min(units, ...holders.map((holder) => freeOf(holder, at)));
  const reserved = Math.min(part, reservableBy(holders));
  batch.port.insertReservation(request, reserved);
  for (const holder of holders) {
    holder.reserved += reserved;
    holder.changed = true;
  }
  return part < units ? { part } : 'reserved';
}

/** Only bounds that nobody can pay come near this; unlimited holders take them, and must stay countable. */
function reservableBy(holders: readonly Holder[]): number {
  let units = safeMax;
  for (const { reserved } of holders) units = Math.min(units, safeMax - reserved);
  return units;
}

type Alerts = Pick<LedgerBatch<never>, 'alerts'>;

/** A budget that refuses because of units reserved by in-flight requests is not used up yet. */
function alertIfUsedUp(
  batch: Alerts,
  holders: readonly HolderRef[],
  holder: Holder,
  { budget, reserved }: Shortfall,
  at: number,
): void {
  if (budget && reserved === 0) alertHard(batch, holders, holder, budget, budgetTime(holder, at));
}

function alertHard(
  batch: Alerts,
  holders: readonly HolderRef[],
  holder: Holder,
  budget: Budget,
  at: number,
): void {
  const { start } = periodAt(budget, at);
  if (holder.notifiedPeriod === start) return;
  holder.notifiedPeriod = start;
  holder.changed = true;
  batch.alerts.push(newAlert('budget.hard', holders, holder, budget, at));
}

/** Says that a threshold of the holder's budget was passed. @param holders of the request that passed it */
function newAlert(
  kind: BudgetAlert['kind'],
  holders: readonly HolderRef[],
  holder: Holder,
  budget: Budget,
  at: number,
): NewBudgetAlert {
  const period = periodAt(budget, at);
  return {
    kind,
    holders: holders.slice(
      holders.findIndex(({ kind: ofKind, id }) => ofKind === holder.kind && id === holder.id),
    ),
    name: holder.name,
    period: budget.period,
    periodStart: period.start,
    periodEnd: period.end,
    used: usedAt(holder, at),
    budgetUnits: budget.units,
    thresholdUnits: kind === 'budget.soft' ? softUnits(budget) : budget.units,
    createdAt: at,
  };
}

/** The set of those whose quota a record of this type reduces, as bits. @param holders that still exist */
export function chargedTo(
  type: number,
  holders: readonly Pick<Holder, 'unlimited' | 'chargedBit'>[],
): number {
  let bits = 0;
  if (type !== recordTypes.consume) return bits;
  for (const { unlimited, chargedBit } of holders) if (!unlimited) bits |= chargedBit;
  return bits;
}

/** Applies one settlement: ends its job, ends its reservation, writes its record, charges its holders. */
export function settleOne<Settled extends SettledCharge>(
  batch: LedgerBatch<Settled>,
  settlement: Settled,
): void {
  const { port, hours } = batch;
  if (settlement.job && !port.endJob(settlement.job, settlement)) return;
  const holders = batch.present(settlement.holders);
  if (settlement.reserved) release(port.removeReservation(settlement.requestId), holders);
  if (!port.insertRecord(settlement, chargedTo(settlement.type, holders))) return;
  port.insertContent(settlement);
  hours.add(settlement);
  if (settlement.type !== recordTypes.consume) return;
  for (const holder of holders) charge(batch, holder, settlement);
}

function release(units: number | undefined, holders: readonly Holder[]): void {
  if (units === undefined) return;
  for (const holder of holders) {
    holder.reserved -= units;
    holder.changed = true;
  }
}

function charge(batch: Alerts, holder: Holder, { holders, units, createdAt }: SettledCharge): void {
  if (!holder.unlimited) holder.remaining = Math.max(holder.remaining - units, -safeMax);
  holder.used = Math.min(holder.used + units, safeMax);
  holder.requestCount += 1;
  holder.lastUsedAt = Math.max(holder.lastUsedAt, createdAt);
  holder.changed = true;
  const { budget } = holder;
  if (!budget) return;
  const at = budgetTime(holder, createdAt);
  const before = usedAt(holder, at);
  const after = Math.min(before + units, safeMax);
  const soft = softUnits(budget);
  holder.budgetUsed = after;
  holder.budgetStart = periodAt(budget, at).start;
  if (before < soft && soft <= after && soft < budget.units) {
    batch.alerts.push(newAlert('budget.soft', holders, holder, budget, at));
  }
  if (after >= budget.units) alertHard(batch, holders, holder, budget, at);
}
