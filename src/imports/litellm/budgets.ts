/**
 * Budgets and limits of LiteLLM, from public facts on its tables: amounts are USD as floating-point numbers, a period is
 * a number and a unit (`30d`, `1mo`), and with a period `spend` is what was spent in the present one.
 */
import { limits } from '../../platform/limits.ts';
import { isGiven, number, type SourceRow, text } from '../cells.ts';
import type { ImportNotes } from '../plan.ts';

const unitsPerUsd = limits.quota_units_per_usd;
const day = 86_400;
const month = 30 * day;

const secondsOf: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: day,
  w: 7 * day,
  mo: month,
};
const words: Readonly<Record<string, string>> = { hourly: '1h', daily: '1d', weekly: '7d', monthly: '1mo' };
/** Lengths that are a period of Halley. */
const exact: Readonly<Record<number, string>> = { [day]: 'daily', [7 * day]: 'weekly', [month]: 'monthly' };
const longestMonth = 31 * day;

export const unitsOf = (usd: unknown): number => Math.round(number(usd) * unitsPerUsd);

/** What was ever used. `total_spend` is a column of newer versions, which no period sets to 0. */
export const usedUnits = (row: SourceRow): number =>
  Math.max(0, unitsOf(row.spend), unitsOf(row.total_spend));

/** Where the quota of a key or an account comes from: its own columns, or its row of `LiteLLM_BudgetTable`. */
export interface Budgeted {
  /** Of its name in notes. */
  readonly name: string;
  readonly row: SourceRow;
  readonly budget: SourceRow | undefined;
}

export interface Quota {
  readonly unlimited: boolean;
  /** Units left, where it is not unlimited. */
  readonly left: number;
  readonly period?: { readonly budget_quota: number; readonly budget_period: string };
}

/** Never allows more than the budget of the source. */
export function quotaOf({ name, row, budget }: Budgeted, notes: ImportNotes): Quota {
  noteSoft(name, row, budget, notes);
  const max = isGiven(row.max_budget) ? row.max_budget : budget?.max_budget;
  if (!isGiven(max)) return { unlimited: true, left: 0 };
  const units = unitsOf(max);
  const duration = text(isGiven(row.budget_duration) ? row.budget_duration : budget?.budget_duration);
  if (units <= 0) return { unlimited: false, left: 0 };
  if (duration === '') return { unlimited: false, left: Math.max(0, units - unitsOf(row.spend)) };
  const period = periodOf(duration, units);
  if (!period) {
    notes.add('changed', 'A budget whose period cannot be read goes over as a total: what is left.', name);
    return { unlimited: false, left: Math.max(0, units - unitsOf(row.spend)) };
  }
  if (!period.isExact) {
    notes.add('changed', 'The period of a budget is none here: it goes over as a stricter budget.', name);
  }
  notes.add('changed', 'A budget of a period begins anew with the calendar day, week or month here.', name);
  const { budget_quota, budget_period } = period;
  if (budget_quota <= 0) return { unlimited: false, left: 0 };
  return { unlimited: true, left: 0, period: { budget_quota, budget_period } };
}

function periodOf(duration: string, units: number) {
  const named = words[duration.trim().toLowerCase()] ?? duration.trim();
  const [, count, unit = ''] = /^(\d+)(mo|[smhdw])$/.exec(named) ?? [];
  const length = Number(count) * (secondsOf[unit] ?? Number.NaN);
  if (!(length > 0)) return undefined;
  const budget_period = exact[length];
  if (budget_period) return { budget_quota: units, budget_period, isExact: true };
  // The same amount in a longer period is stricter; of one longer than a month a share is.
  if (length < day) return { budget_quota: units, budget_period: 'daily', isExact: false };
  if (length < 7 * day) return { budget_quota: units, budget_period: 'weekly', isExact: false };
  const share = length <= longestMonth ? 1 : month / length;
  return { budget_quota: Math.floor(units * share), budget_period: 'monthly', isExact: false };
}

function noteSoft(name: string, row: SourceRow, budget: SourceRow | undefined, notes: ImportNotes): void {
  if (isGiven(row.soft_budget) || isGiven(budget?.soft_budget)) {
    notes.add('left', 'A soft budget does not go over: here a budget warns at a percentage of itself.', name);
  }
  if (isGiven(budget?.temp_budget_increase) && number(budget?.temp_budget_increase) > 0) {
    notes.add('left', 'A budget that was raised for a time goes over without the rise.', name);
  }
}

const limitColumns = {
  rpm_limit: { max: 1_000_000, field: 'rpm_limit' },
  tpm_limit: { max: 1_000_000_000, field: 'tpm_limit' },
  max_parallel_requests: { max: 100_000, field: 'concurrency_limit' },
} as const;

export interface RateLimits {
  readonly rpm_limit?: number;
  readonly tpm_limit?: number;
  readonly concurrency_limit?: number;
}

/**
 * The strictest of the limits that count for a key.
 * @param rows of the key, then of what it belongs to
 * @returns undefined when one of them is 0, which allows nothing there and everything here
 */
export function rateLimitsOf(rows: readonly (SourceRow | undefined)[]): RateLimits | undefined {
  const entries: [string, number][] = [];
  for (const [column, { max, field }] of Object.entries(limitColumns)) {
    const given = rows.map((row) => row?.[column]).filter(isGiven);
    if (given.length === 0) continue;
    const strictest = Math.min(...given.map((cell) => number(cell)));
    if (strictest <= 0) return undefined;
    entries.push([field, Math.min(max, strictest)]);
  }
  return Object.fromEntries(entries);
}
