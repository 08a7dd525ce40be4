/** The columns of a budget, which keys and accounts have alike, as their statements write them. */
import type { Budget } from '../../keys/budget.ts';
import type { Value } from './connection.ts';

const columns = ['budget_units', 'budget_period', 'budget_zone', 'budget_soft_percent'];

export const budgetSettable = columns.join(', ');
export const budgetAssignments = columns.map((column) => `${column} = ?`).join(', ');

/** In the order of both. Without a budget only its units tell. */
export function budgetValues(budget: Budget | null): readonly [Value, Value, Value, Value] {
  if (!budget) return [null, 'monthly', 'UTC', 100];
  return [budget.units, budget.period, budget.timeZone, budget.softPercent];
}
