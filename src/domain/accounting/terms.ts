/** Terms of accounting: record types, reservations, shortfalls and budget alerts. */
import type { Budget, BudgetPeriod } from '../budget.ts';
import type { HolderRef } from './holder.ts';

/** Type numbers of the compatible API. */
export const recordTypes = { topup: 1, consume: 2, manage: 3, system: 4, error: 5, refund: 6 } as const;
export type RecordType = (typeof recordTypes)[keyof typeof recordTypes];

/** Asks for units before a request is sent: an upper bound of what it will cost. */
export interface ReservationRequest {
  readonly requestId: string;
  /** All of them must have the units. */
  readonly holders: readonly HolderRef[];
  readonly units: number;
  readonly at: number;
  /** Where `units` do not fit, as many as the holders have will do, but not fewer than this. Undefined = only `units`. */
  readonly atLeast?: number;
  /** Whether the caller tries again with less if it does not fit, unless nothing is left. */
  readonly triesAgain?: boolean;
}

/** Fewer units were reserved than were requested. */
export interface PartReserved {
  readonly part: number;
}

/** What a reservation did not fit into. */
export interface Shortfall {
  readonly holder: HolderRef;
  readonly limit: 'quota' | 'budget';
  /** Units that are neither spent nor reserved; never below zero. */
  readonly free: number;
  /** Units reserved by in-flight requests: some of them will come free. */
  readonly reserved: number;
  /** The budget that is meant, and when its next period begins. */
  readonly budget?: Budget;
  readonly resetsAt?: number;
}

/** `gone` = a holder does not exist any more. */
export type ReservationOutcome = 'reserved' | PartReserved | 'gone' | Shortfall;

/** Tells the operator that a threshold of a budget was passed. */
export interface BudgetAlert {
  readonly id: number;
  readonly kind: 'budget.soft' | 'budget.hard';
  /** The holder whose budget it is, and those above it. */
  readonly holders: readonly HolderRef[];
  readonly name: string;
  readonly period: BudgetPeriod;
  readonly periodStart: number;
  readonly periodEnd: number;
  readonly used: number;
  readonly budgetUnits: number;
  readonly thresholdUnits: number;
  readonly createdAt: number;
  /** Deliveries that failed. */
  readonly attempts: number;
  readonly nextAttemptAt: number;
}
