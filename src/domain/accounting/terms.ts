/** Terms of accounting: record types, reservations, shortfalls and budget alerts. */
import type { Budget, BudgetPeriod } from '../budget.ts';

/** Type numbers of the compatible API. */
export const recordTypes = { topup: 1, consume: 2, manage: 3, system: 4, error: 5, refund: 6 } as const;
export type RecordType = (typeof recordTypes)[keyof typeof recordTypes];

/** Room asked for before a request is sent: an upper bound of what it will cost. */
export interface ReservationRequest {
  readonly requestId: string;
  readonly accountId: number;
  readonly keyId: number;
  readonly units: number;
  readonly at: number;
}

/** What a reservation did not fit into. */
export interface Shortfall {
  readonly limit: 'key_quota' | 'account_quota' | 'key_budget' | 'account_budget';
  /** Units that are neither spent nor reserved; never below zero. */
  readonly free: number;
  /** Units that running requests hold: some of them will come free. */
  readonly held: number;
  /** The budget that is meant, and when its next period begins. */
  readonly budget?: Budget;
  readonly resetsAt?: number;
}

/** `held` = reserved; `gone` = key or account does not exist any more. */
export type ReservationOutcome = 'held' | 'gone' | Shortfall;

/** A budget of which a threshold was passed, to be told to the operator. */
export interface BudgetAlert {
  readonly id: number;
  readonly kind: 'budget.soft' | 'budget.hard';
  readonly accountId: number;
  /** 0 = the account's own budget. */
  readonly keyId: number;
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
