/** Budgets: what a key or an account may spend in a calendar day, week or month of a stated time zone. Pure. */

export const budgetPeriods = ['daily', 'weekly', 'monthly'] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

export interface Budget {
  /** The hard threshold, in units a period. */
  readonly units: number;
  readonly period: BudgetPeriod;
  /** An IANA time zone, such as `Europe/Berlin`: periods begin at its midnight, weeks on Monday. */
  readonly timeZone: string;
  /** The soft threshold, in percent of `units`; 100 = only the hard one. */
  readonly softPercent: number;
}

/** What a change says of a budget: what it does not name stays; null = there is none any more. */
export type BudgetChange = Partial<Budget> | null;

/** The budget after a change. A change of single members says nothing of a budget that is gone by then. */
export function changedBudget(before: Budget | null, change: BudgetChange | undefined): Budget | null {
  if (!change) return change === undefined ? before : null;
  const { units, period, timeZone, softPercent } = { ...before, ...change };
  const isWhole =
    units !== undefined && period !== undefined && timeZone !== undefined && softPercent !== undefined;
  return isWhole ? { units, period, timeZone, softPercent } : null;
}

/** A budget and what was spent of it in the period that began at `start` (seconds UTC; 0 = none yet). */
export interface BudgetState {
  readonly budget: Budget | null;
  readonly budgetUsed: number;
  readonly budgetStart: number;
}

/** One period, in seconds UTC: from `start`, up to but not with `end`. */
export interface Period {
  readonly start: number;
  readonly end: number;
}

const memory = new Map<string, Period>();
const memoryMax = 512;

/** The period that `nowSeconds` lies in. Days of 23 or 25 hours are as long as they are. */
export function periodAt({ period, timeZone }: Budget, nowSeconds: number): Period {
  const name = `${period} ${timeZone}`;
  const known = memory.get(name);
  if (known && known.start <= nowSeconds && nowSeconds < known.end) return known;
  const day = Temporal.Instant.fromEpochMilliseconds(nowSeconds * 1000)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate();
  const first = firstDay(day, period);
  const found = {
    start: midnight(first, timeZone),
    end: midnight(first.add(lengthOf[period]), timeZone),
  };
  if (memory.size >= memoryMax) memory.clear();
  memory.set(name, found);
  return found;
}

const lengthOf = { daily: { days: 1 }, weekly: { weeks: 1 }, monthly: { months: 1 } } as const;

function firstDay(day: Temporal.PlainDate, period: BudgetPeriod): Temporal.PlainDate {
  if (period === 'daily') return day;
  return period === 'weekly' ? day.subtract({ days: day.dayOfWeek - 1 }) : day.with({ day: 1 });
}

/** The first moment of the day, which where clocks are set forward at midnight is later than 00:00. */
export function midnight(day: Temporal.PlainDate, timeZone: string): number {
  return Math.floor(day.toZonedDateTime({ timeZone }).epochMilliseconds / 1000);
}

/** What was spent in the period that `nowSeconds` lies in: nothing, when the last charge was before it. */
export function usedAt({ budget, budgetUsed, budgetStart }: BudgetState, nowSeconds: number): number {
  if (!budget) return 0;
  return budgetStart === periodAt(budget, nowSeconds).start ? budgetUsed : 0;
}

/** The soft threshold in units, rounded up. */
export function softUnits({ units, softPercent }: Budget): number {
  return Math.ceil((units * softPercent) / 100);
}
