/** Schemas of what is imported from another gateway, or from an export of Halley. */
import { z } from 'zod';
import { isVerifiable } from '../../domain/password-hash.ts';
import { limits } from '../../platform/limits.ts';
import { charactersField } from '../text-fields.ts';
import { createKeySchema } from '../tokens/schemas.ts';
import { createUserSchema } from '../users/schemas.ts';
import { validate } from '../validate.ts';

const units = z.int().min(0).max(limits.imported_usage_max);
const count = z.int().min(0).max(limits.imported_usage_max);
const seconds = z.int().min(0).max(253_402_300_799);

const passwordHash = z
  .string()
  .max(200)
  .refine(isVerifiable, 'is no hash that can be verified in a short time');

const { username, display_name, email, role, group, quota, unlimited_quota, ...budget } =
  createUserSchema.shape;
const { password: _, ...accountBudget } = budget;

export const importAccountSchema = z.strictObject({
  type: z.literal('account'),
  ...accountBudget,
  ...{ username, display_name, email, role, group, quota, unlimited_quota },
  status: z.literal([1, 2]).optional().describe('1 enabled (default), 2 disabled.'),
  password_hash: passwordHash
    .optional()
    .describe('argon2id or bcrypt. Without one the account cannot sign in with a password.'),
  used_quota: units
    .optional()
    .describe('Units that were used before and that none of the imported keys accounts for.'),
  request_count: count.optional().describe('Requests before, without those of imported keys.'),
  created_time: seconds.optional().describe('Seconds since 1970; default: now.'),
});

const { id: _id, user_id: _userId, used_quota: _usedQuota, ...keyFields } = createKeySchema.shape;

export const importKeySchema = z.strictObject({
  type: z.literal('key'),
  ...keyFields,
  username: z.string().max(limits.username_chars_max).describe('Of the account that owns the key.'),
  value: charactersField(limits.imported_value_chars_max, limits.imported_value_chars_min)
    .refine((value) => /^[\x21-\x7e]+$/.test(value), 'must be visible ASCII without spaces')
    .optional()
    .describe('As its client sends it. Send this or `digest`.'),
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('SHA-256 of the value: of all of it, or of what follows `sk-` up to the first dash.'),
  hint: z.string().max(32).optional().describe('Start and end of a value that only `digest` stands for.'),
  used_quota: units.optional().describe('Units that the key used before.'),
  request_count: count.optional().describe('Requests of the key before.'),
  created_time: seconds.optional().describe('Seconds since 1970; default: now.'),
  deleted: z
    .boolean()
    .optional()
    .describe('Whether the key was deleted: its value is then refused for good, here too.'),
});

export type ImportAccount = z.infer<typeof importAccountSchema>;
export type ImportKey = z.infer<typeof importKeySchema>;

const importItemSchema = z.discriminatedUnion('type', [importAccountSchema, importKeySchema]);
export type ImportItem = z.infer<typeof importItemSchema>;

/** @throws HalleyError('invalid_value') naming the field */
export const readItem = (item: unknown): ImportItem => validate(importItemSchema, item);

/** Each item is checked by itself, so that one with a fault does not stop the others. */
const anyItem = z.unknown().meta({ oneOf: z.toJSONSchema(importItemSchema, { io: 'input' }).oneOf });

export const importSchema = z.strictObject({
  dry_run: z.boolean().optional().describe('Whether to say only what would happen. Default: false.'),
  items: z.array(anyItem).min(1).max(limits.import_items_max),
});

/**
 * `created`, or what a dry run would create; `exists`: the account or value is here and stays as it is; `deleted`: the
 * value is refused from now on, or was already.
 */
const importOutcomes = ['created', 'exists', 'deleted', 'refused'] as const;

export const importResultSchema = z.array(
  z.object({
    outcome: z.enum(importOutcomes),
    id: z.int().optional().describe('Of the account or key, where there is one.'),
    message: z.string().optional().describe('Why it was refused, or what to watch for.'),
  }),
);

export type ImportResult = z.infer<typeof importResultSchema>[number];
