/** Schemas of the API key endpoints. */
import { z } from 'zod';
import { limits } from '../../platform/limits.ts';
import { budgetInputFields, budgetOfNew, budgetRecordFields } from '../budget-fields.ts';
import { charactersField, linePattern } from '../text-fields.ts';

/** The last second of the year 9999. A larger value was probably sent in milliseconds. */
const unixSecondsMax = 253_402_300_799;

/** An API key in the compatible API. */
export const keyRecordSchema = z.object({
  id: z.int(),
  user_id: z.int(),
  key: z.string().describe('The value, beginning with `sk-`; masked when keys are revealed once only.'),
  revealable: z.boolean().describe('Whether the owner of the key can read its value again.'),
  status: z.int().describe('1 enabled, 2 disabled, 3 expired, 4 exhausted. Only 1 allows model requests.'),
  name: z.string(),
  created_time: z.int().describe('Seconds since 1970.'),
  accessed_time: z.int().describe('Seconds since 1970; the creation time for a key that was never used.'),
  last_used_time: z.int().describe('Seconds since 1970; 0 = never.'),
  expired_time: z.int().describe('Seconds since 1970; -1 = never.'),
  remain_quota: z.int().describe('Remaining units; 500,000 units = 1 USD.'),
  unlimited_quota: z.boolean(),
  model_limits_enabled: z.boolean(),
  model_limits: z.string().describe('Model ids, comma separated.'),
  allow_ips: z.string().nullable().describe('IPv4 and IPv6 addresses and CIDR ranges, one per line.'),
  used_quota: z.int().describe('Units.'),
  group: z.string().describe("Empty = the account's own group."),
  cross_group_retry: z.boolean(),
  ...budgetRecordFields,
  rpm_limit: z.int().describe('Requests per minute; 0 = no limit.'),
  tpm_limit: z.int().describe('Tokens per minute; 0 = no limit.'),
  concurrency_limit: z.int().describe('In-flight requests at a time; 0 = no limit.'),
  content_log_days: z.int().describe('Days to keep prompts and responses; 0 = do not keep them.'),
});

export type KeyRecord = z.infer<typeof keyRecordSchema>;

/** An API key of any account as administrators see it, always without its value. */
export const managedKeySchema = keyRecordSchema.omit({ key: true }).extend({
  username: z.string().describe('Of the account that owns the key.'),
  hint: z.string().describe('Start and end of the value, to distinguish keys: `sk-abcd…wxyz`.'),
});

export type ManagedKeyRecord = z.infer<typeof managedKeySchema>;

const limitField = (max: number, text: string) =>
  z.int().min(0).max(max).nullable().optional().describe(`${text}; null or 0 = no limit.`);

const ignored = z.unknown().optional().describe('Ignored, so that a complete record can be sent back.');

const editableFields = {
  name: z
    .string()
    .meta({ maxLength: limits.key_name_chars_max, pattern: linePattern })
    .optional()
    .describe(`At most ${limits.key_name_chars_max} characters.`),
  expired_time: z
    .int()
    .max(unixSecondsMax)
    .refine((time) => time === -1 || time > 0, 'must be -1 (never) or a time in seconds since 1970')
    .meta({ minimum: -1, not: { const: 0 } })
    .optional()
    .describe('Seconds since 1970; -1 = never.'),
  remain_quota: z.int().max(limits.quota_units_max).optional().describe('Units; 500,000 units = 1 USD.'),
  unlimited_quota: z.boolean().optional(),
  model_limits_enabled: z.boolean().optional(),
  model_limits: z
    .string()
    .meta({ format: 'model-list' })
    .nullable()
    .optional()
    .describe('Model ids, comma separated.'),
  allow_ips: z
    .string()
    .meta({ format: 'ip-list' })
    .nullable()
    .optional()
    .describe('IPv4 and IPv6 addresses and CIDR ranges, one per line; null or empty = any.'),
  group: z.string().optional().describe("Empty = the account's own group; `auto` = any that fits."),
  cross_group_retry: z.boolean().optional().describe('Counts with the group `auto` only.'),
  ...budgetInputFields,
  rpm_limit: limitField(limits.requests_per_minute_max, 'Requests per minute'),
  tpm_limit: limitField(limits.tokens_per_minute_max, 'Tokens per minute'),
  concurrency_limit: limitField(limits.concurrent_requests_max, 'Requests running at a time'),
  content_log_days: z
    .int()
    .min(0)
    .max(limits.content_days_max)
    .nullable()
    .optional()
    .describe('Days to keep prompts and responses; null or 0 = do not keep them.'),
};

const recordFields = {
  user_id: ignored,
  key: ignored,
  revealable: ignored,
  created_time: ignored,
  accessed_time: ignored,
  last_used_time: ignored,
  used_quota: z
    .unknown()
    .optional()
    .describe('In a complete record that is sent back: an unchanged `remain_quota` then has no effect.'),
  budget_used: ignored,
  budget_resets_at: ignored,
  auto_groups: ignored,
  DeletedAt: ignored,
};

/** Fields that a new key requires; `newKeyFields` enforces it. */
const unlimitedWhereNegative = {
  if: { required: ['remain_quota'], properties: { remain_quota: { maximum: -1 } } },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
  then: { required: ['unlimited_quota'], properties: { unlimited_quota: { const: true } } },
};

export const createKeySchema = z
  .strictObject({
    ...editableFields,
    ...recordFields,
    id: ignored,
    status: z.literal([1, 2]).optional().describe('1 enabled (default), 2 disabled.'),
  })
  .meta({ allOf: [unlimitedWhereNegative, ...budgetOfNew] });

export const updateKeySchema = z.strictObject({
  ...editableFields,
  ...recordFields,
  id: z.int().positive(),
  status: z
    .literal([1, 2, 3, 4])
    .optional()
    .describe('1 enable, 2 disable. 3 and 4 are derived and can only be sent back unchanged.'),
});

export type KeyInput = Omit<z.infer<typeof updateKeySchema>, 'id'>;

const ids = z.array(z.int().positive()).min(1);
export const batchDeleteSchema = z.strictObject({ ids: ids.max(limits.batch_ids_max) });

const valueField = charactersField(256);

export const findKeySchema = z.strictObject({
  key: valueField.describe('The value, with or without `sk-`.'),
});

export const batchStatusSchema = z.strictObject({
  ids: ids.max(limits.batch_ids_max),
  status: z.literal([1, 2]).describe('1 enable, 2 disable.'),
});

export const batchStatusResultSchema = z.object({
  changed: z.array(z.int()).describe('Ids of the keys that have the status now.'),
  refused: z
    .array(z.object({ id: z.int(), message: z.string() }))
    .describe('Keys that cannot be enabled because they have expired or have no quota left.'),
});

export const managedSearchSchema = z.strictObject({
  key: valueField.optional().describe('The value, with or without `sk-`.'),
  digest: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/)
    .optional()
    .describe('Instead of `key`: the SHA-256 of the value without `sk-`, in hexadecimal.'),
  name: z
    .string()
    .optional()
    .describe('`%` stands for any run of characters: at most two, with two other characters.'),
  user_id: z.int().positive().optional().describe('Only keys of this account.'),
  p: z.int().optional().describe('Page, from 1.'),
  page_size: z.int().optional().describe(`Records per page, at most ${limits.page_size_max}.`),
});

export type ManagedSearch = z.infer<typeof managedSearchSchema>;

export const managedStateSchema = z.strictObject({
  id: z.int().positive(),
  status: z.literal([1, 2]).describe('1 enable, 2 disable.'),
});

export const batchRevealSchema = z.strictObject({ ids: ids.max(limits.page_size_max) });
