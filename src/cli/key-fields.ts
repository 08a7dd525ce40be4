/** Defines the options for creating and updating a key and the API fields that they set. */
import type { Command } from 'commander';
import { type BudgetOptions, budgetFields, budgetFlags, budgetOptions } from './budget.ts';
import { type Context, nowSeconds, type RemoteOptions } from './context.ts';
import type { Flags } from './flags.ts';
import { type QuotaOptions, quotaFields, quotaFlags, quotaOptions } from './quota.ts';
import { parseCount, parseExpiry, parseList } from './values.ts';

export interface KeyOptions extends RemoteOptions, QuotaOptions, BudgetOptions {
  readonly name?: string;
  readonly expires?: number;
  readonly models?: string[];
  readonly ips?: string[];
  readonly group?: string;
  readonly crossGroupRetry?: boolean;
  readonly rpm?: number;
  readonly tpm?: number;
  readonly concurrency?: number;
  readonly contentLogDays?: number;
}

/** The option that sets each field of `keyFields`. Error messages name the option. Each command adds its own. */
export const keyFlags = {
  ...quotaFlags,
  ...budgetFlags,
  expired_time: '--expires',
  model_limits: '--models',
  model_limits_enabled: '--models',
  allow_ips: '--ips',
  group: '--group',
  cross_group_retry: '--cross-group-retry',
  rpm_limit: '--rpm',
  tpm_limit: '--tpm',
  concurrency_limit: '--concurrency',
  content_log_days: '--content-log-days',
} satisfies Flags;

export const keyOptions = (command: Command, context: Context): Command =>
  budgetOptions(quotaOptions(command))
    .option('--expires <when>', 'never, 30d, 12h, 2027-01-01 (UTC) or 2027-01-01T12:00Z', (text) =>
      parseExpiry(text, nowSeconds(context)),
    )
    .option('--models <ids>', 'models that it may use, comma separated; empty = any', parseList)
    .option('--ips <ranges>', 'client addresses that may use it, comma separated; empty = any', parseList)
    .option('--group <group>', 'group of channels; empty = the group of the account')
    .option('--cross-group-retry', 'with group auto: try the next group after a failure')
    .option('--no-cross-group-retry', 'use only the first group that matches')
    .option('--rpm <number>', 'requests per minute; 0 = no limit', parseCount)
    .option('--tpm <number>', 'tokens per minute; 0 = no limit', parseCount)
    .option('--concurrency <number>', 'in-flight requests at a time; 0 = no limit', parseCount)
    .option(
      '--content-log-days <days>',
      'days to keep prompts and responses; 0 = do not keep them',
      parseCount,
    );

/** Converts the given options into API fields. */
export function keyFields(options: KeyOptions): Record<string, unknown> {
  const fields = { ...quotaFields(options, 'remain_quota'), ...budgetFields(options) };
  if (options.name !== undefined) fields.name = options.name;
  if (options.expires !== undefined) fields.expired_time = options.expires;
  if (options.models) {
    Object.assign(fields, {
      model_limits_enabled: options.models.length > 0,
      model_limits: options.models.join(','),
    });
  }
  if (options.ips) fields.allow_ips = options.ips.join('\n');
  if (options.group !== undefined) fields.group = options.group;
  if (options.crossGroupRetry !== undefined) fields.cross_group_retry = options.crossGroupRetry;
  const { rpm, tpm, concurrency, contentLogDays } = options;
  if (rpm !== undefined) fields.rpm_limit = rpm;
  if (tpm !== undefined) fields.tpm_limit = tpm;
  if (concurrency !== undefined) fields.concurrency_limit = concurrency;
  if (contentLogDays !== undefined) fields.content_log_days = contentLogDays;
  return fields;
}
