/** `/api/price/preview`: what a request would cost, by the rules that charge requests. */
import { z } from 'zod';
import { isVariantName, ratesIn } from '../../domain/rates.ts';
import { isTierName } from '../../domain/service-tier.ts';
import { noUsage, type Usage } from '../../domain/usage.ts';
import { pieceFields, tokenFields } from '../../domain/usage-fields.ts';
import type { FoundPrice } from '../../ledger/price-book.ts';
import { ratesOf, tierNameRule, variantNameRule } from '../../ledger/price-format.ts';
import { pricedModelSchema } from '../../ledger/price-schema.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { costTerms } from '../logs/cost.ts';
import { costTermsSchema } from '../logs/schemas.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { lineField } from '../text-fields.ts';

const categories = { ...tokenFields, ...pieceFields };
type Category = keyof typeof categories;

const count = z.int().min(0).max(limits.preview_count_max).optional();

const usageSchema = z
  .strictObject({
    input: count.describe('Input tokens, including those of the next five fields.'),
    cached_input: count,
    cache_write: count,
    long_cache_write: count.describe('Part of `cache_write`.'),
    audio_input: count,
    image_input: count,
    output: count.describe('Output tokens, including those of the next three fields.'),
    reasoning: count,
    audio_output: count,
    image_output: count,
    images: count.describe('Generated images, when the price is per image.'),
    characters: count.describe('Characters of text to speech.'),
    audio_seconds: count.describe('Seconds of audio to transcribe or translate.'),
    search_units: count.describe('Search units of a rerank.'),
    video_seconds: count.describe('Seconds of generated video.'),
    web_searches: count,
    file_searches: count,
    code_sessions: count,
  } satisfies Readonly<Record<Category, unknown>>)
  .describe('A missing field counts as 0.');

const previewSchema = z.strictObject({
  model: lineField(limits.model_id_chars_max, 1).describe('As clients name it.'),
  group: lineField(limits.group_chars_max, 1).optional().describe('Default: `default`.'),
  service_tier: z
    .string()
    .refine(isTierName, tierNameRule)
    .meta({ format: 'service-tier' })
    .optional()
    .describe('Default: the standard one.'),
  variant: z
    .string()
    .refine(isVariantName, variantNameRule)
    .meta({ format: 'price-variant' })
    .optional()
    .describe('Size and quality of the output, such as `hd/1792x1024`. Default: none.'),
  usage: usageSchema,
  price: pricedModelSchema
    .omit({ id: true })
    .optional()
    .describe('A price to preview, instead of the one in force.'),
});

type Preview = z.infer<typeof previewSchema>;

export const previewEndpoint: Endpoint = accountEndpoint({
  method: 'POST',
  path: '/api/price/preview',
  access: 'admin',
  changes: false,
  summary: 'Calculate what a request would cost',
  description: 'Uses the same rules as a real charge. Nothing is charged or stored.',
  body: previewSchema,
  data: costTermsSchema.extend({
    price_id: z.int().describe('The price that is in force; 0 = the one that was sent.'),
  }),
  async handle({ services, body }) {
    const { priceId, rates } = priceOf(services, body);
    const multiplier = services.prices.multiplierOf(body.group ?? 'default');
    const terms = costTerms(usageOf(body), ratesIn(rates, body.service_tier ?? '', body.variant), multiplier);
    if (!terms) throw new HalleyError('refused', { message: tooMuch });
    return success({ ...terms, price_id: priceId });
  },
});

const tooMuch = 'This is more than the largest charge. Preview fewer tokens, or a lower price.';

function priceOf({ prices }: Services, { model, price }: Preview): FoundPrice {
  const sent = price && ratesOf(price);
  if (sent) return { priceId: 0, rates: sent };
  const found = prices.find(model);
  if (found) return found;
  throw new HalleyError('refused', { message: 'This model has no price. Set one, or send one to preview.' });
}

function usageOf({ usage }: Preview): Usage {
  const given = Object.entries(categories).map(([name, category]) => [
    category,
    usage[name as Category] ?? 0,
  ]);
  return { ...noUsage, ...Object.fromEntries(given) };
}
