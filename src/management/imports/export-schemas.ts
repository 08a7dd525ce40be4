/** Schemas of the export, whose items are what an import takes. */
import { z } from 'zod';
import { createChannelSchema } from '../channels/schemas.ts';
import { multiplierRecordSchema, priceRecordSchema } from '../prices/schemas.ts';
import { importAccountSchema, importKeySchema } from './schemas.ts';

export const exportTypes = ['account', 'key', 'deleted_key', 'channel', 'price', 'multiplier'] as const;
export type ExportType = (typeof exportTypes)[number];

export const exportSchema = z.strictObject({
  type: z.enum(exportTypes).describe('What to export. Root itself is not exported; its keys are.'),
  after: z
    .string()
    .max(128)
    .optional()
    .describe('`next` of the page before. Without it the first page is returned.'),
  secrets: z
    .boolean()
    .optional()
    .describe(
      'Whether to include values of keys, where they can be shown again, and keys and proxy passwords of channels. Default: false.',
    ),
});

const later = z
  .int()
  .optional()
  .describe('Seconds since 1970, of what is not in force yet. Absent = it is in force.');

const exportItemSchema = z.union([
  importAccountSchema,
  importKeySchema,
  createChannelSchema.extend({
    type: z.literal('channel'),
    has_keys: z.boolean().optional().describe('The channel has keys here.'),
  }),
  priceRecordSchema
    .omit({ price_id: true, in_force: true, created_time: true, effective_from: true })
    .extend({ type: z.literal('price'), effective_from: later }),
  multiplierRecordSchema
    .omit({ in_force: true, effective_from: true })
    .extend({ type: z.literal('multiplier'), effective_from: later }),
]);

export const exportPageSchema = z.object({
  items: z
    .array(exportItemSchema)
    .describe(
      'Newest first; deleted keys and prices in their order. `used_quota` and `request_count` of an account include those of its keys.',
    ),
  next: z.string().nullable().describe('`after` of the next page; null = there is none.'),
});
