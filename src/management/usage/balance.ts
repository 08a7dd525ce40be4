/** The balance of an account, how long it lasts, and its budgets that are near their limit. */
import { z } from 'zod';
import { type BudgetState, budgetPeriods, periodAt, softUnits, usedAt } from '../../domain/budget.ts';
import { limits } from '../../platform/limits.ts';
import type { AccountRow } from '../../store/store.ts';
import type { Services } from '../services.ts';

/** Part of a budget from which it is near its limit, where its soft threshold is not lower. */
const nearPart = 0.8;
/** Days whose mean the forecast goes by. */
export const forecastDays = 7;

export const balanceSchema = z.object({
  quota: z.int().describe('Units left.'),
  unlimited_quota: z.boolean(),
  used_quota: z.int().describe('Units used in the whole life of the account.'),
  reserved: z.int().describe('Units reserved by requests that are running.'),
  daily_quota: z.number().describe(`Units used a day, as a mean of the last ${forecastDays} whole days.`),
  days_left: z
    .number()
    .nullable()
    .describe('How many days the balance lasts at that rate; null when it is unlimited or nothing was used.'),
});

export const budgetSchema = z.object({
  kind: z.enum(['account', 'key']),
  id: z.int(),
  name: z.string(),
  budget_quota: z.int().describe('Units for each period.'),
  budget_used: z.int().describe('Units used in the present period.'),
  budget_period: z.enum(budgetPeriods),
  budget_time_zone: z.string(),
  budget_resets_at: z.int().describe('When the next period begins, in seconds since 1970.'),
});
type BudgetNear = z.infer<typeof budgetSchema>;

/** @param recentUnits what was used in the last whole days that the forecast goes by */
export function balanceOf(account: AccountRow, recentUnits: number): z.infer<typeof balanceSchema> {
  const { quota, unlimitedQuota, usedQuota, reserved } = account;
  const daily = recentUnits / forecastDays;
  const left = unlimitedQuota || daily === 0 ? null : Math.max(0, quota) / daily;
  return {
    quota,
    unlimited_quota: unlimitedQuota,
    used_quota: usedQuota,
    reserved,
    daily_quota: Math.round(daily),
    days_left: left === null ? null : Math.round(left * 10) / 10,
  };
}

/** The budgets of an account and its keys that are near their limit, the nearest first. */
export async function budgetsNear({ reads }: Pick<Services, 'reads'>, account: AccountRow, now: number) {
  // Those whose period has ended since they were charged come out as not used.
  const read = await reads.listBudgetedKeys(account.id, limits.budgets_read_max, limits.page_size_max);
  const all = [
    nearOf('account', account.username, account, now),
    ...read.keys.map((key) => nearOf('key', key.name, key, now)),
  ];
  const near = all.filter((each) => each !== undefined);
  near.sort((left, right) => partOf(right) - partOf(left));
  return { items: near.slice(0, limits.budgets_near_max), isComplete: read.isComplete };
}

const partOf = ({ budget_used, budget_quota }: BudgetNear): number => budget_used / budget_quota;

function nearOf(
  kind: BudgetNear['kind'],
  name: string,
  state: BudgetState & { readonly id: number },
  now: number,
): BudgetNear | undefined {
  const { id, budget } = state;
  if (!budget) return undefined;
  const used = usedAt(state, now);
  if (used < Math.min(softUnits(budget), budget.units * nearPart)) return undefined;
  return {
    kind,
    id,
    name,
    budget_quota: budget.units,
    budget_used: used,
    budget_period: budget.period,
    budget_time_zone: budget.timeZone,
    budget_resets_at: periodAt(budget, now).end,
  };
}
