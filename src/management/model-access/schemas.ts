/** Schemas of the models that an account or a key may use. */
import { z } from 'zod';
import { catalogueModelSchema } from '../catalogue/schemas.ts';

export const usableModelSchema = catalogueModelSchema.extend({
  groups: z
    .array(
      z.object({
        name: z.string(),
        ratio: z.number().describe('Present multiplier of its prices.'),
      }),
    )
    .describe('The groups that offer the model, in the order in which a request takes them.'),
  keys: z
    .int()
    .optional()
    .describe(
      'How many of the keys that were looked at may use the model now. Absent from the list of one key.',
    ),
});

export const keyModelsSchema = z.object({
  page: z.int(),
  page_size: z.int(),
  total: z.int(),
  items: z.array(usableModelSchema),
  providers: z
    .array(z.object({ code: z.string(), name: z.string() }))
    .describe('Of all these models, whatever the filter. A model of an unknown provider has none.'),
});

export const accountModelsSchema = keyModelsSchema.extend({
  keys_looked_at: z.int().describe('The newest keys of the account.'),
  keys_total: z.int(),
});

export type UsableModel = z.infer<typeof usableModelSchema>;
