/** Budget fields of keys and accounts: schema, display, and the effect of a change. */
import { z } from 'zod';
import {
  type Budget,
  type BudgetChange,
  type BudgetState,
  budgetPeriods,
  periodAt,
  usedAt,
} from '../domain/budget.ts';
import { limits } from '../platform/limits.ts';
import { timeZoneName } from '../platform/time-zone.ts';
import { fieldError } from './validate.ts';

/** Budget fields of a record. Without a budget, all but `budget_used` are null. */
export const budgetRecordFields = {
  budget_quota: z.int().nullable().describe('Spending limit for each period in units; null = no budget.'),
  budget_period: z.enum(budgetPeriods).nullable(),
  budget_time_zone: z.string().nullable().describe('IANA time zone in which periods start at midnight.'),
  budget_soft_percent: z
    .int()
    .nullable()
    .describe('Percentage of the budget at which a budget alert is sent.'),
  budget_used: z.int().describe('Units spent in the present period.'),
  budget_resets_at: z.int().nullable().describe('When the next period begins, in seconds since 1970.'),
};

/** Budget fields of a request. */
export const budgetInputFields = {
  budget_quota: z
    .int()
    .min(0)
    .max(limits.quota_units_max)
    .nullable()
    .optional()
    .describe('Spending limit for each period in units; null or 0 = no budget.'),
  budget_period: z
    .enum(budgetPeriods)
    .nullable()
    .optional()
    .describe('Days, weeks from Monday, or months (default) of the time zone.'),
  budget_time_zone: z
    .string()
    .refine(
      (name) => timeZoneName(name) !== undefined,
      'must be a time zone by its IANA name, such as Europe/Berlin',
    )
    .meta({ format: 'time-zone' })
    .nullable()
    .optional()
    .describe('IANA time zone; default: the setting `ledger.time_zone`.'),
  budget_soft_percent: z
    .int()
    .min(1)
    .max(100)
    .nullable()
    .optional()
    .describe(
      'Percentage of the budget at which a budget alert is sent (default 80); 100 = only when it is used up.',
    ),
};

/** JSON Schemas of what `budgetChange` requires for a record without a budget. */
export const budgetOfNew = (['budget_period', 'budget_time_zone', 'budget_soft_percent'] as const).map(
  (field) => ({
    if: { required: [field], properties: { [field]: { not: { type: 'null' } } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { required: ['budget_quota'] },
  }),
);

export interface BudgetInput {
  readonly budget_quota?: number | null | undefined;
  readonly budget_period?: Budget['period'] | null | undefined;
  readonly budget_time_zone?: string | null | undefined;
  readonly budget_soft_percent?: number | null | undefined;
}

const softPercentDefault = 80;

/**
 * Returns the new budget, null to remove it, or only the changed fields of an existing one, so that concurrent
 * changes are not overwritten. A null input field stands for the default.
 * @param defaultZone time zone of a budget that names none
 * @returns an empty object when nothing changes
 * @throws HalleyError('invalid_value') when a field refers to a budget that does not exist
 */
export function budgetChange(
  input: BudgetInput,
  current: Budget | null,
  defaultZone: string,
): { budget?: BudgetChange } {
  const { budget_quota, budget_period, budget_time_zone, budget_soft_percent } = input;
  const units = budget_quota === undefined ? current?.units : budget_quota;
  if (!units) {
    if (budget_quota === undefined) requireNothingSaid(input);
    return current ? { budget: null } : {};
  }
  const budget: Budget = {
    units,
    period: chosen(budget_period, current?.period, 'monthly'),
    timeZone: zoneOf(chosen(budget_time_zone, current?.timeZone, defaultZone)),
    softPercent: chosen(budget_soft_percent, current?.softPercent, softPercentDefault),
  };
  if (!current) return { budget };
  const members = ['units', 'period', 'timeZone', 'softPercent'] as const;
  const changed = members.filter((member) => budget[member] !== current[member]);
  return changed.length === 0
    ? {}
    : { budget: Object.fromEntries(changed.map((member) => [member, budget[member]])) };
}

/** @param sent null = the default; undefined = the current value, or else the default */
function chosen<Value>(sent: Value | null | undefined, current: Value | undefined, fallback: Value): Value {
  return sent === undefined ? (current ?? fallback) : (sent ?? fallback);
}

const zoneOf = (name: string): string => timeZoneName(name) ?? name;

function requireNothingSaid(input: BudgetInput): void {
  const fields = ['budget_period', 'budget_time_zone', 'budget_soft_percent'] as const;
  const said = fields.find((field) => input[field] !== undefined && input[field] !== null);
  if (said) throw fieldError(said, 'needs a budget: send "budget_quota" with it');
}

/** The budget as a record shows it. */
export function budgetRecord(state: BudgetState, nowSeconds: number) {
  const { budget } = state;
  return {
    budget_quota: budget?.units ?? null,
    budget_period: budget?.period ?? null,
    budget_time_zone: budget?.timeZone ?? null,
    budget_soft_percent: budget?.softPercent ?? null,
    budget_used: usedAt(state, nowSeconds),
    budget_resets_at: budget ? periodAt(budget, nowSeconds).end : null,
  };
}
