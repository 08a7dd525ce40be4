/** Decides whether a reservation fits into the remaining quota of a key or an account, for both engines. Pure. */
import { type BudgetState, periodAt, usedAt } from '../budget.ts';
import type { Shortfall } from './terms.ts';

/** What a key or an account has. */
export interface Balance extends BudgetState {
  /** Units not spent; those reserved are still among them. Means nothing where `unlimited`. */
  readonly left: number;
  readonly unlimited: boolean;
  readonly reserved: number;
}

/** Nothing comes later than that, in seconds: longer than a month. */
const lateMax = 32 * 86_400;

/**
 * The time that counts for a budget. What comes late, from before the present period, counts in the present one:
 * it must not begin an old period again, which would forget what was spent since. A present that is further ahead
 * came from a clock that was wrong, and must not last until the clock gets there.
 */
export function budgetTime({ budgetStart }: Pick<BudgetState, 'budgetStart'>, at: number): number {
  return budgetStart - at > lateMax ? at : Math.max(at, budgetStart);
}

/** What a reservation of `units` would exceed; undefined = it fits. Even what is free needs one unit left. */
export function shortfallOf(
  owner: 'key' | 'account',
  balance: Balance,
  units: number,
  at: number,
): Shortfall | undefined {
  const needed = Math.max(units, 1);
  const { left, unlimited, reserved, budget } = balance;
  if (!unlimited && left - reserved < needed) {
    return { limit: `${owner}_quota`, free: Math.max(0, left - reserved), held: reserved };
  }
  if (!budget) return undefined;
  const time = budgetTime(balance, at);
  const free = budget.units - usedAt(balance, time) - reserved;
  if (free >= needed) return undefined;
  const resetsAt = periodAt(budget, time).end;
  return { limit: `${owner}_budget`, free: Math.max(0, free), held: reserved, budget, resetsAt };
}
