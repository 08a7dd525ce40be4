/** Defines the budget options that keys and users share. */
import { type Command, Option } from 'commander';
import { amount, moment, visible } from './display.ts';
import { usageError } from './exit-codes.ts';
import type { Flags } from './flags.ts';
import { parseCount, parseUsd } from './values.ts';

export interface BudgetOptions {
  /** In units; `false` means `--no-budget`. */
  readonly budget?: number | false;
  readonly budgetUsd?: number;
  readonly budgetPeriod?: string;
  readonly budgetZone?: string;
  readonly budgetSoft?: number;
}

export const budgetOptions = (command: Command): Command =>
  command
    .option('--budget <units>', 'spending limit for each period, in units (500,000 = 1 USD)', parseCount)
    .option('--budget-usd <amount>', 'the same in USD, such as 2.50', parseUsd)
    .option('--no-budget', 'no budget')
    .addOption(
      new Option('--budget-period <period>', 'length of a budget period').choices([
        'daily',
        'weekly',
        'monthly',
      ]),
    )
    .option('--budget-zone <zone>', 'time zone in which periods start at midnight, such as Europe/Berlin')
    .option(
      '--budget-soft <percent>',
      'percentage of the budget at which Halley sends a budget alert',
      parseCount,
    );

/** The option that sets each field of `budgetFields`. Error messages name the option. */
export const budgetFlags = {
  budget_quota: '--budget',
  budget_period: '--budget-period',
  budget_time_zone: '--budget-zone',
  budget_soft_percent: '--budget-soft',
} satisfies Flags;

/**
 * Converts the given options into API fields.
 * @throws CliError when both budget options are given
 */
export function budgetFields(options: BudgetOptions): Record<string, unknown> {
  const { budget, budgetUsd, budgetPeriod, budgetZone, budgetSoft } = options;
  if (budget !== undefined && budgetUsd !== undefined) {
    throw usageError('Give one of --budget, --budget-usd and --no-budget.');
  }
  const units = budget === false ? null : (budget ?? budgetUsd);
  return {
    ...(units !== undefined && { budget_quota: units }),
    ...(budgetPeriod !== undefined && { budget_period: budgetPeriod }),
    ...(budgetZone !== undefined && { budget_time_zone: budgetZone }),
    ...(budgetSoft !== undefined && { budget_soft_percent: budgetSoft }),
  };
}

/** Formats the budget of a record as lines for `printFields`. */
export function budgetLines(
  record: Readonly<Record<string, unknown>>,
): readonly (readonly [string, string])[] {
  if (typeof record.budget_quota !== 'number') return [['budget', 'none']];
  const { budget_quota, budget_period, budget_time_zone, budget_soft_percent } = record;
  return [
    ['budget', `${amount(budget_quota)} ${visible(budget_period)} (${visible(budget_time_zone)})`],
    ['budget used', `${amount(record.budget_used)}; notice at ${visible(budget_soft_percent)}%`],
    ['budget resets', moment(record.budget_resets_at)],
  ];
}
