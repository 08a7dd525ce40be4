/** Schemas of the price endpoints. */
import { z } from 'zod';
import { parseMultiplier } from '../../ledger/price-format.ts';
import { moment } from '../../ledger/price-schema.ts';
import { limits } from '../../platform/limits.ts';
import { lineField } from '../text-fields.ts';

const amount = z.string().optional();

const tokenAmounts = {
  input: z.string().describe('USD per million tokens, in decimal.'),
  cached_input: amount.describe('Absent = as input.'),
  cache_write: amount.describe('Absent = as input.'),
  long_cache_write: amount.describe('Absent = twice input, and at least cache_write.'),
  audio_input: amount.describe('Absent = as input.'),
  image_input: amount.describe('Absent = as input.'),
  output: z.string(),
  reasoning: amount.describe('Absent = as output.'),
  audio_output: amount.describe('Absent = as output.'),
  image_output: amount.describe('Absent = as output.'),
};

/** A price as administrators see it: the fields of the JSON price list and those of its row. */
export const priceRecordSchema = z.object({
  id: z.string().describe('A model id, or a prefix of ids followed by `*`.'),
  price_id: z.int().describe('The id by which request records name the price.'),
  effective_from: z.int().describe('Seconds since 1970.'),
  in_force: z.boolean().describe('Whether the price is in force.'),
  ...tokenAmounts,
  per_request: amount.describe('USD per charged request. Absent = 0.'),
  per_image: amount.describe('USD per generated image. Absent = 0.'),
  characters: amount.describe('USD per million characters of text to speech. Absent = 0.'),
  per_audio_second: amount.describe('USD per second of input audio. Absent = 0.'),
  per_search_unit: amount.describe('USD per search unit of a rerank. Absent = 0.'),
  per_video_second: amount.describe('USD per second of generated video. Absent = 0.'),
  per_web_search: amount.describe('USD per web search. Absent = 0.01.'),
  per_file_search: amount.describe('USD per file search. Absent = 0.0025.'),
  per_code_session: amount.describe('USD per container in which a model ran code. Absent = 0.03.'),
  tiers: z
    .record(z.string(), z.object(tokenAmounts))
    .optional()
    .describe('Rates of other service tiers, by name. Absent = it has none.'),
  variants: z
    .record(z.string(), z.object({ per_image: amount, per_video_second: amount }))
    .optional()
    .describe(
      'Prices that replace the others for a size or quality of images and videos. Absent = there are none.',
    ),
  source: z.string(),
  created_time: z.int(),
});

export const importSchema = z.strictObject({
  format: z.enum(['csv', 'json']),
  text: z.string().min(1).describe('The whole file.'),
  source: lineField(limits.price_source_chars_max)
    .optional()
    .describe('Source of the prices that name none in the file.'),
});

/** How many prices were set. */
export const setSchema = z.object({ set: z.int() });

const group = lineField(limits.group_chars_max, 1);

export const multiplierSchema = z.strictObject({
  group,
  multiplier: z
    .string()
    .refine(
      (text) => parseMultiplier(text) !== undefined,
      'must be a number in plain decimal from 0 to 1000, such as "0.8", with at most 6 digits after the point',
    )
    .meta({ format: 'multiplier' })
    .describe('Price multiplier, in decimal.'),
  effective_from: moment.optional().describe('Default: now.'),
});

export const multiplierRecordSchema = z.object({
  group: z.string(),
  multiplier: z.string(),
  effective_from: z.int().describe('Seconds since 1970.'),
  in_force: z.boolean(),
});
