/** The part of the store that sums consumption over stretches of time, by quarter hours. Times are seconds UTC. */

import type { QuarterSums } from '../domain/accounting/quarters.ts';
import type { KeyRow } from '../domain/key.ts';

/** What usage can be kept apart by. */
export const usageDimensions = ['accountId', 'keyId', 'model', 'channelId', 'group'] as const;
export type UsageDimension = (typeof usageDimensions)[number];

/** What usage can be ranked by; tokens are those of input and output. */
export const usageOrders = ['units', 'requests', 'errors', 'tokens'] as const;
export type UsageOrder = (typeof usageOrders)[number];

/** A filter of usage; undefined = any. Conditions are joined by AND. */
export interface UsageFilter {
  readonly accountId?: number | undefined;
  readonly keyId?: number | undefined;
  /** Exact. */
  readonly model?: string | undefined;
  readonly channelId?: number | undefined;
  readonly group?: string | undefined;
  /** Leaves out the accounts that this one does not manage, except itself. */
  readonly seenBy?: { readonly id: number; readonly role: number } | undefined;
}

export interface UsageQuery extends UsageFilter {
  /** Rising multiples of a quarter hour, two or more: each stretch goes from one, up to but not with the next. */
  readonly bounds: readonly number[];
  readonly by?: UsageDimension | undefined;
  /** Only these of what it is kept apart by. */
  readonly values?: readonly (number | string)[] | undefined;
}

export interface UsageRow {
  /** Place of the stretch, from 0. Those in which nothing was used have no row. */
  readonly stretch: number;
  /** Of `by`; '' without it. */
  readonly value: number | string;
  readonly sums: QuarterSums;
}

export interface RankingQuery extends UsageFilter {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  readonly by: UsageDimension;
  readonly order: UsageOrder;
  readonly limit: number;
}

export interface UsageRanking {
  /** The highest first; of equal ones the lowest. */
  readonly values: readonly (number | string)[];
  /** How many there are altogether. */
  readonly count: number;
}

export interface BudgetedKeys {
  /** Those of which most of the budget was used when it was last charged, at the highest first. */
  readonly keys: readonly KeyRow[];
  /** Whether all keys with a budget were looked at. */
  readonly isComplete: boolean;
}

export interface UsageStore {
  /** By stretch, then by value. */
  sumUsage(query: UsageQuery): Promise<readonly UsageRow[]>;
  rankUsage(query: RankingQuery): Promise<UsageRanking>;
  /** The keys of an account whose budgets are used most, of at most `readMax` keys with a budget. */
  listBudgetedKeys(accountId: number, readMax: number, limit: number): Promise<BudgetedKeys>;
  /**
   * The first quarter hour whose totals are complete; 0 = all are. What was used before it is known by the hour, without
   * channels, groups, cached tokens and times; an upgrade leaves such hours behind.
   */
  usageCompleteFrom(): Promise<number>;
}
