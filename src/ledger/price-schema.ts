/** The JSON form of prices: that of the list that ships, of imports, exports and the management API. */
import { z } from 'zod';
import type { Rates } from '../domain/rates.ts';
import { isTierName } from '../domain/service-tier.ts';
import { isLongerThan } from '../domain/text-rules.ts';
import { limits } from '../platform/limits.ts';
import {
  amountRule,
  isByThePiece,
  lastMoment,
  modelFault,
  momentRule,
  type PriceEntry,
  parseAmount,
  parseMoment,
  ratesOf,
  sourceFault,
  tierNameRule,
  tooManyTiers,
  variantsFault,
} from './price-format.ts';

const amount = (rate: keyof Rates) =>
  z
    .string()
    .refine((text) => parseAmount(text, rate) !== undefined, amountRule)
    .meta({ format: isByThePiece(rate) ? 'usd-per-piece' : 'usd-per-million' });
/** Model types: what the operations of a model are. */
export const modelTypeText =
  '`chat`, `embedding`, `image`, `speech`, `transcription`, `rerank`, `moderation`, `realtime` or `video`.';
const textCharsMax = 2048;
const text = z
  .string()
  .refine((value) => !isLongerThan(value, textCharsMax), `must have at most ${textCharsMax} characters`)
  .meta({ maxLength: textCharsMax });

/** A text with a rule that says itself what is wrong. */
const ruled = (fault: (value: string) => string | undefined, format: string) =>
  z
    .string()
    .superRefine((value, context) => {
      const message = fault(value);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    })
    .meta({ format });

export const moment = z
  .union([z.int().min(0).meta({ maximum: lastMoment }), z.string().meta({ format: 'moment' })])
  .refine((value) => parseMoment(String(value)) !== undefined, momentRule);

const tokenFields = {
  input: amount('input').describe('USD per million tokens, in decimal.'),
  output: amount('output'),
  cached_input: amount('cachedInput').optional().describe('Default: as input.'),
  cache_write: amount('cacheWrite').optional().describe('Default: as input.'),
  long_cache_write: amount('longCacheWrite')
    .optional()
    .describe(
      'Into a cache that lasts for an hour or longer. Default: twice input, and at least cache_write.',
    ),
  audio_input: amount('audioInput').optional().describe('Default: as input.'),
  image_input: amount('imageInput').optional().describe('Default: as input.'),
  reasoning: amount('reasoning').optional().describe('Default: as output.'),
  audio_output: amount('audioOutput').optional().describe('Default: as output.'),
  image_output: amount('imageOutput').optional().describe('Default: as output.'),
};

const tiersSchema = z
  .record(z.string().meta({ format: 'service-tier' }), z.strictObject(tokenFields))
  .refine((tiers) => Object.keys(tiers).every(isTierName), tierNameRule)
  .refine((tiers) => Object.keys(tiers).length <= limits.price_tiers_max, tooManyTiers)
  .meta({ maxProperties: limits.price_tiers_max })
  .describe('Rates of other service tiers, by name: `priority`, `flex`, …');

const variantsSchema = z
  .record(
    z.string().meta({ format: 'price-variant' }),
    z.strictObject({
      per_image: amount('image').optional(),
      per_video_second: amount('videoSecond').optional(),
    }),
  )
  .superRefine((variants, context) => {
    const message = variantsFault(variants);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  })
  .meta({ maxProperties: limits.price_variants_max })
  .describe(
    'Prices of images and videos of a size (`1792x1024`), a quality (`hd`) or both (`hd/1792x1024`), which replace those above.',
  );

export const pricedModelSchema = z.strictObject({
  id: ruled(modelFault, 'priced-model').describe('A model id, or a prefix of ids followed by `*`.'),
  name: text.optional(),
  provider: text.optional(),
  description: text.optional(),
  model_type: text.optional().describe(modelTypeText),
  features: z.array(text).optional(),
  context_length: z.int().positive().optional().describe('Maximum number of input tokens.'),
  max_completion_tokens: z.int().positive().optional().describe('Maximum number of output tokens.'),
  effective_from: moment.optional().describe('Default: now.'),
  source: ruled(sourceFault, 'price-source').optional().describe('Source of the prices.'),
  ...tokenFields,
  per_request: amount('request').optional().describe('USD per charged request. Default: 0.'),
  per_image: amount('image').optional().describe('USD per generated image. Default: 0.'),
  characters: amount('character')
    .optional()
    .describe('USD per million characters of text to speech. Default: 0.'),
  per_audio_second: amount('audioSecond')
    .optional()
    .describe('USD per second of audio that is transcribed or translated. Default: 0.'),
  per_search_unit: amount('searchUnit').optional().describe('USD per search unit of a rerank. Default: 0.'),
  per_video_second: amount('videoSecond')
    .optional()
    .describe('USD per second of generated video. Default: 0.'),
  per_web_search: amount('webSearch').optional().describe('USD per web search. Default: 0.01.'),
  per_file_search: amount('fileSearch').optional().describe('USD per file search. Default: 0.0025.'),
  per_code_session: amount('codeSession')
    .optional()
    .describe('USD per container in which a model ran code. Default: 0.03.'),
  tiers: tiersSchema.optional(),
  variants: variantsSchema.optional(),
});

export const priceListSchema = z.strictObject({
  date: text.optional(),
  source: ruled(sourceFault, 'price-source')
    .optional()
    .describe('Source of the prices of models that name none.'),
  models: z.array(pricedModelSchema).min(1).max(limits.prices_per_call_max),
});

export type PricedModel = z.infer<typeof pricedModelSchema>;
export type PriceList = z.infer<typeof priceListSchema>;

/** The prices of a list that fits the schema; what else it says of the models is left out. */
export function entriesOf({ models, source }: PriceList): readonly PriceEntry[] {
  return models.map((model) => {
    const rates = ratesOf(model);
    if (!rates) throw new Error(`no rates for ${model.id}`);
    const { effective_from } = model;
    const effectiveFrom = effective_from === undefined ? undefined : parseMoment(String(effective_from));
    return { model: model.id, effectiveFrom, rates, source: model.source ?? source };
  });
}
