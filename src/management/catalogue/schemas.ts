/** Schemas of the public model catalogue. */
import { z } from 'zod';
import { modelTypeText } from '../../ledger/price-schema.ts';

const perMillion = z.number().optional();

const tokenPrices = {
  input: perMillion.describe('USD per million tokens.'),
  output: perMillion,
  cached_input: perMillion,
  cache_write: perMillion,
  long_cache_write: perMillion,
  audio_input: perMillion,
  audio_output: perMillion,
  image_input: perMillion,
  image_output: perMillion,
  reasoning: perMillion,
};

export const catalogueModelSchema = z.object({
  id: z.string(),
  code: z.string().describe('The id with dots as dashes.'),
  name: z.string(),
  description: z.string(),
  provider: z.string().describe('Empty when it is not known.'),
  provider_code: z.string(),
  model_type: z.string().describe(modelTypeText),
  features: z.array(z.string()),
  endpoints: z.record(z.string(), z.object({ path: z.string(), method: z.string() })),
  pricing: z
    .object({
      currency: z.literal('USD'),
      ...tokenPrices,
      per_request: z.number().optional().describe('USD for a request.'),
      per_image: z.number().optional().describe('USD for an image.'),
      characters: z.number().optional().describe('USD per million characters of text to speech.'),
      per_audio_second: z.number().optional().describe('USD per second of input audio.'),
      per_search_unit: z.number().optional().describe('USD per search unit of a rerank.'),
      per_video_second: z.number().optional().describe('USD per second of video.'),
      per_web_search: z.number().optional().describe('USD per web search.'),
      per_file_search: z.number().optional().describe('USD per file search.'),
      per_code_session: z.number().optional().describe('USD per container in which a model ran code.'),
      tiers: z
        .record(z.string(), z.object(tokenPrices))
        .optional()
        .describe('Of other service tiers, by name.'),
      variants: z
        .record(
          z.string(),
          z.object({ per_image: z.number().optional(), per_video_second: z.number().optional() }),
        )
        .optional()
        .describe('Prices of images and videos of a size or quality, by name.'),
    })
    .describe("Before a group's multiplier. A rate that the model does not have is omitted, never null."),
  context_length: z.int().optional().describe('Absent when it is not known.'),
  max_completion_tokens: z.int().optional().describe('Absent when it is not known.'),
  api_doc_url: z.string(),
});

export const catalogueSchema = z.object({
  success: z.boolean(),
  message: z.string(),
  page: z.int().describe('Always 0: the catalogue has one page.'),
  page_size: z.int(),
  total: z.int(),
  data: z.array(catalogueModelSchema),
});

export const modelPageSchema = catalogueModelSchema.extend({ overview: z.string().describe('Markdown.') });
