/** Schemas of the account endpoints. */
import { z } from 'zod';
import { limits } from '../../platform/limits.ts';
import { roles } from '../../store/store.ts';
import { budgetInputFields, budgetOfNew, budgetRecordFields } from '../budget-fields.ts';
import { charactersField, lineField } from '../text-fields.ts';

/** An account in the compatible API. */
export const accountRecordSchema = z.object({
  id: z.int(),
  username: z.string(),
  display_name: z.string(),
  email: z.string(),
  role: z.int().describe('1 user, 10 administrator, 100 root.'),
  status: z.int().describe('1 enabled, 2 disabled.'),
  group: z.string(),
  quota: z
    .int()
    .describe(
      'Units left; 500,000 units = 1 USD. Where `unlimited_quota` it means nothing: your own record then shows the largest quota.',
    ),
  unlimited_quota: z.boolean(),
  used_quota: z.int().describe('Units.'),
  request_count: z.int(),
  created_time: z.int().describe('Seconds since 1970.'),
  has_access_token: z.boolean().describe('Whether it has a personal access token.'),
  ...budgetRecordFields,
});

export type AccountRecord = z.infer<typeof accountRecordSchema>;

const username = charactersField(limits.username_chars_max, 1)
  .refine((name) => /^[^\s\p{C}]+$/u.test(name), 'must not hold spaces or invisible characters')
  .meta({ maxLength: limits.username_chars_max, pattern: '^[^\\s\\p{C}]+$' })
  .describe(`At most ${limits.username_chars_max} characters, without spaces.`);

export const password = charactersField(limits.password_chars_max, limits.password_chars_min).describe(
  `${limits.password_chars_min} to ${limits.password_chars_max} characters.`,
);

const givenPassword = charactersField(limits.password_chars_max);
const status = z.literal([1, 2]);
const role = z.literal([roles.user, roles.admin]);

const profile = {
  display_name: lineField(limits.display_name_chars_max).optional(),
  email: lineField(limits.email_chars_max).optional(),
};

const rights = {
  group: lineField(limits.group_chars_max, 1).optional(),
  quota: z
    .int()
    .min(-limits.quota_units_max)
    .max(limits.quota_units_max)
    .optional()
    .describe('Remaining units; 500,000 units = 1 USD.'),
  unlimited_quota: z.boolean().optional(),
  ...budgetInputFields,
};

const ignored = z.unknown().optional().describe('Ignored, so that a complete record can be sent back.');
const recordFields = {
  used_quota: z
    .unknown()
    .optional()
    .describe('In a complete record that is sent back: an unchanged `quota` then has no effect.'),
  request_count: ignored,
  created_time: ignored,
  has_access_token: ignored,
  budget_used: ignored,
  budget_resets_at: ignored,
};

export const loginSchema = z.strictObject({
  username: charactersField(limits.username_chars_max),
  password: givenPassword,
});

export const updateSelfSchema = z.strictObject({
  ...profile,
  ...recordFields,
  id: ignored,
  username: ignored,
  role: ignored,
  status: ignored,
  group: ignored,
  quota: ignored,
  unlimited_quota: ignored,
  budget_quota: ignored,
  budget_period: ignored,
  budget_time_zone: ignored,
  budget_soft_percent: ignored,
  password: password.optional(),
  original_password: givenPassword.optional().describe('Required to change an existing password.'),
  revoke_access_token: z
    .boolean()
    .optional()
    .describe('Whether to revoke the access token as well. Default: false.'),
});

export const createUserSchema = z
  .strictObject({
    ...profile,
    ...rights,
    username,
    password,
    role: role.optional().describe('1 user (default), 10 administrator.'),
  })
  .meta({ allOf: budgetOfNew });

export type CreateUserInput = z.infer<typeof createUserSchema>;

export const updateUserSchema = z.strictObject({
  ...profile,
  ...rights,
  ...recordFields,
  id: z.int().positive(),
  username: username.optional(),
  password: password.optional(),
  role: z.literal([roles.user, roles.admin, roles.root]).optional(),
  status: status.optional(),
});

export type UpdateUserInput = z.infer<typeof updateUserSchema>;

export const revokedCredentialsSchema = z.object({
  keys: z.int().describe('Keys that were deleted.'),
  access_token: z.boolean().describe('Whether there was an access token.'),
  sessions: z.int().describe('Sessions that were ended.'),
});

export const manageUserSchema = z.strictObject({
  id: z.int().positive(),
  action: z.enum(['enable', 'disable', 'delete', 'promote', 'demote']),
});
