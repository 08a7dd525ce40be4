/** Decides whether a reservation fits into a holder's quota and budget, and whether reserved units are covered. Pure. */
import { type BudgetState, periodAt, usedAt } from '../budget.ts';
import type { HolderRef } from './holder.ts';
import type { Shortfall } from './terms.ts';

/** What a holder may still spend. */
export interface Balance extends BudgetState {
  /** Units not spent; reserved ones are among them. Means nothing where `unlimited`. */
  readonly remaining: number;
  readonly unlimited: boolean;
  readonly reserved: number;
}

/** No charge comes later than this, in seconds: longer than a month. */
const lateMax = 32 * 86_400;

/**
 * The time that counts for a budget. A charge that comes late, from before the present period, counts in the present
 * one: it must not begin an old period again, which would forget what was spent since. A present period that begins
 * further ahead came from a clock that was wrong, and must not last until the clock gets there.
 */
export function budgetTime({ budgetStart }: Pick<BudgetState, 'budgetStart'>, at: number): number {
  return budgetStart - at > lateMax ? at : Math.max(at, budgetStart);
}

/** What a reservation of `units` would exceed; undefined = it fits. Even a free request needs one unit. */
export function shortfallOf(holder: HolderRef & Balance, units: number, at: number): Shortfall | undefined {
  const needed = Math.max(units, 1);
  const { remaining, unlimited, reserved, budget } = holder;
  if (!unlimited && remaining - reserved < needed) {
    return { holder: refOf(holder), limit: 'quota', free: Math.max(0, remaining - reserved), reserved };
  }
  if (!budget) return undefined;
  const time = budgetTime(holder, at);
  const free = budget.units - usedAt(holder, time) - reserved;
  if (free >= needed) return undefined;
  const resetsAt = periodAt(budget, time).end;
  return { holder: refOf(holder), limit: 'budget', free: Math.max(0, free), reserved, budget, resetsAt };
}

/** Units that are neither spent nor reserved; infinite where nothing limits the holder. */
export function freeOf(balance: Balance, at: number): number {
  const { remaining, unlimited, reserved, budget } = balance;
  const quota = unlimited ? Number.POSITIVE_INFINITY : remaining;
  const left = budget ? budget.units - usedAt(balance, budgetTime(balance, at)) : Number.POSITIVE_INFINITY;
  return Math.min(quota, left) - reserved;
}

const refOf = ({ kind, id }: HolderRef): HolderRef => ({ kind, id });

/** What does not cover the reserved units any more; undefined = all of them are covered. */
export function uncoveredBy(balance: Balance, at: number): Shortfall['limit'] | undefined {
  const { remaining, unlimited, reserved, budget } = balance;
  if (!unlimited && lacks(remaining, reserved)) return 'quota';
  if (budget && lacks(budget.units - usedAt(balance, budgetTime(balance, at)), reserved)) return 'budget';
  return undefined;
}

function lacks(remaining: number, reserved: number): boolean {
  return remaining <= 0 || remaining < reserved;
}
