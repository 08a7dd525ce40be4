/** Defines the quota options that keys and users share. */
import type { Command } from 'commander';
import { usageError } from './exit-codes.ts';
import type { Flags } from './flags.ts';
import { parseCount, parseUsd } from './values.ts';

export interface QuotaOptions {
  readonly quota?: number;
  readonly quotaUsd?: number;
  readonly unlimited?: true;
}

export const quotaOptions = (command: Command): Command =>
  command
    .option('--quota <units>', 'spending limit in units (500,000 = 1 USD)', parseCount)
    .option('--quota-usd <amount>', 'the same in USD, such as 2.50', parseUsd)
    .option('--unlimited', 'no limit of its own');

/** The option that sets each field of `quotaFields`. Error messages name the option. */
export const quotaFlags = {
  remain_quota: '--quota',
  quota: '--quota',
  unlimited_quota: '--unlimited',
} satisfies Flags;

/**
 * Converts the given option into API fields; returns none without an option.
 * @param unitsField name of the units field, which differs between keys and users
 * @throws CliError when more than one option is given
 */
export function quotaFields(
  { quota, quotaUsd, unlimited }: QuotaOptions,
  unitsField: 'remain_quota' | 'quota',
): Record<string, unknown> {
  const given = [quota, quotaUsd, unlimited].filter((value) => value !== undefined);
  if (given.length > 1) throw usageError('Give one of --quota, --quota-usd and --unlimited.');
  if (given.length === 0) return {};
  return unlimited ? { unlimited_quota: true } : { unlimited_quota: false, [unitsField]: quota ?? quotaUsd };
}
