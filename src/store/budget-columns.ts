/** The columns of a budget, which keys and accounts have alike, as statements write them. */
import type { Budget } from '../keys/budget.ts';

export const budgetSettableColumns = [
  'budget_units',
  'budget_period',
  'budget_zone',
  'budget_soft_percent',
] as const;

/** In the order of the columns. Without a budget only its units tell. */
export function budgetValues(budget: Budget | null): readonly [number | null, string, string, number] {
  if (!budget) return [null, 'monthly', 'UTC', 100];
  return [budget.units, budget.period, budget.timeZone, budget.softPercent];
}
