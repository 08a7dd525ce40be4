/** Schemas of the log endpoints. */
import { z } from 'zod';
import { tryResults } from '../../domain/request-course.ts';
import { requestStates } from '../../domain/request-outcome.ts';
import { rateFields } from '../../ledger/price-format.ts';
import { limits } from '../../platform/limits.ts';

/** A line of the log as the compatible API gives it. */
export const logRecordSchema = z.object({
  id: z.int(),
  user_id: z.int(),
  created_at: z.int().describe('Seconds since 1970.'),
  type: z.int().describe('1 top-up, 2 consumption, 3 management, 4 system, 5 error, 6 refund.'),
  content: z.string(),
  username: z.string(),
  token_id: z.int(),
  token_name: z.string(),
  model_name: z.string(),
  quota: z.int().describe('Units; 500,000 units = 1 USD.'),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  use_time: z.int().describe('Seconds.'),
  is_stream: z.boolean(),
  channel: z.int(),
  channel_name: z.string().describe('For administrators; empty for others.'),
  group: z.string(),
  ip: z.string(),
  request_id: z.string(),
  response_id: z.string().describe("The upstream's own id of its response."),
  state: z
    .enum(['', ...requestStates])
    .describe(
      '`ok`: a complete response; `error`; `aborted`: the client left, or its rights were revoked. Empty for what is no request.',
    ),
  status: z
    .int()
    .describe('HTTP status of the response; 499 = the client left before it; 0 for what is no request.'),
  outcome: z
    .string()
    .describe(
      '`done`, `error`, `client_gone`, `client_stalled`, `finished_alone` (the upstream finished after the client had left), `cut` (rights were revoked), `upstream_broken`.',
    ),
  error_code: z
    .string()
    .describe('As in /docs/reference/errors; empty = none, or an error of the upstream was passed on.'),
  total_ms: z.int(),
  first_byte_ms: z.int().describe('From the arrival of the request; -1 = none came.'),
  attempts: z.int().describe('Upstreams that were tried.'),
  operation: z.string().describe('Such as `chat.completions`; empty for what is no request.'),
  estimated: z
    .boolean()
    .describe('Whether Halley counted or measured the usage, since the upstream reported none.'),
  pieces: z
    .object({
      images: z.int().describe('Pictures made.'),
      characters: z.int().describe('Unicode code points of a text to speech.'),
      audio_seconds: z.int().describe('Seconds of input audio.'),
      search_units: z.int(),
      video_seconds: z.int().describe('Seconds of generated video.'),
      web_searches: z.int().describe('Calls of hosted tools, as the next two.'),
      file_searches: z.int(),
      code_sessions: z.int(),
    })
    .describe('Quantities that are priced per piece.'),
  variant: z
    .string()
    .describe(
      'Quality and size of the output, such as `hd/1792x1024`. Empty = the price does not depend on them.',
    ),
  other: z
    .string()
    .describe(
      'JSON: model_ratio, completion_ratio, group_ratio, model_price (-1 = by tokens), cache_tokens, cache_ratio, frt (ms; -1 = no byte came), total_ms, request_path, source (`playground`, else empty); tokens of each kind; prices (USD per million tokens) and price_id that it was charged by; estimated; status, outcome, error_code, attempts, operation.',
    ),
});

export type LogRecord = z.infer<typeof logRecordSchema>;

const ms = z.int().describe('Milliseconds from the arrival of the request; -1 = it did not get that far.');

const searchedFrom = z
  .int()
  .optional()
  .describe(
    `Seconds since 1970 down to which the records were searched, where the call stopped after about ${limits.records_searched_max} of them. Absent = all were.`,
  );

/** A page of the log as the compatible API gives it. */
export const logPageSchema = z.object({
  page: z.int(),
  page_size: z.int(),
  total: z
    .int()
    .describe(
      `Counted up to ${limits.records_counted_max}; with \`searched_from\`, of the searched records.`,
    ),
  items: z.array(logRecordSchema),
  searched_from: searchedFrom,
  next: z
    .string()
    .optional()
    .describe('With `searched_from`: the position after this page, to continue from with `before`.'),
});

/** How a charge is worked out. */
export const costTermsSchema = z.object({
  lines: z.array(
    z.object({
      kind: z.enum(Object.values(rateFields)),
      count: z.int(),
      price: z.string().describe('USD in decimal.'),
      per: z.enum(['million', 'piece']).describe('What the price is for: a million tokens, or one piece.'),
      units: z.string().describe('Exact, in decimal: count x price x multiplier.'),
      usd: z.string().describe('The same in USD.'),
    }),
  ),
  multiplier: z.string().describe('Of the group, in decimal.'),
  exact_units: z.string().describe('The sum of the lines.'),
  exact_usd: z.string(),
  units: z.int().describe('The charge: `exact_units`, rounded up to a whole one.'),
});

export type CostTerms = z.infer<typeof costTermsSchema>;

/** One request, explained. */
export const logDetailSchema = z.object({
  record: logRecordSchema,
  operation: z.string().describe('As in `record`.'),
  path: z.string(),
  estimated: z.boolean().describe('As in `record`.'),
  task_id: z.string().describe('Of the job that this is the record of, for `/api/task`. Empty = none.'),
  session: z
    .object({
      request_id: z.string().describe('Of the whole session; it has no record of its own.'),
      number: z.int().describe('Of this response or transcription in it, from 1.'),
      previous: z.string().describe('Request id of the record before this one; empty = there is none.'),
      next: z.string().describe('Request id of the record after this one; empty = there is none.'),
    })
    .nullable()
    .describe('The realtime session of which this is a response or transcription; null = it is none.'),
  error: z
    .object({
      code: z.string(),
      text: z.string().describe('The usual text of this error: what is wrong, and what to do.'),
      documentation: z
        .string()
        .describe('The path of its description on this gateway; empty = the documentation is switched off.'),
    })
    .nullable()
    .describe('Null unless the request failed with an error of Halley.'),
  timeline: z
    .object({
      authorized_ms: ms.meta({
        description: 'When the key had been found and accepted, in ms from the arrival.',
      }),
      body_ms: ms.meta({ description: 'When the body had been read.' }),
      admitted_ms: ms.meta({
        description: 'When limits and balance had admitted it, after any wait for them.',
      }),
      first_byte_ms: ms,
      total_ms: ms.meta({ description: 'When the response had ended.' }),
      settled_ms: ms.meta({ description: 'When its usage was known and its charge worked out.' }),
    })
    .nullable()
    .describe(
      'Each in milliseconds from the arrival; -1 = the request did not get that far. Null when no timeline was stored.',
    ),
  tries: z
    .array(
      z.object({
        channel_id: z.int().describe('For administrators; 0 for others.'),
        channel_name: z.string().describe('For administrators, as it was then; empty for others.'),
        key_number: z
          .int()
          .describe('Which key of the channel, from 1; for administrators. 0 = none, and for others.'),
        status: z.int().describe('HTTP status of the upstream; 0 = none came.'),
        result: z
          .enum(tryResults)
          .describe('How it ended; when another attempt follows, this is the reason.'),
        start_ms: ms,
        sent_ms: ms.meta({
          description: 'When the connection was established and the gateway began to send the request.',
        }),
        first_byte_ms: ms,
        end_ms: ms,
      }),
    )
    .describe('The upstreams that were tried, in order.'),
  tokens: z.object({
    input: z.int(),
    cached_input: z.int().describe('Part of `input`.'),
    cache_write: z.int().describe('Part of `input`.'),
    long_cache_write: z.int().describe('Part of `cache_write`.'),
    audio_input: z.int().describe('Part of `input`.'),
    image_input: z.int().describe('Part of `input`.'),
    output: z.int(),
    reasoning: z.int().describe('Part of `output`.'),
    audio_output: z.int().describe('Part of `output`.'),
    image_output: z.int().describe('Part of `output`.'),
  }),
  cost: z
    .object({
      ...costTermsSchema.shape,
      model: z.string().describe('The model, or prefix of models, that the price is for.'),
      price_id: z.int(),
      price_from: z.int().describe('When the price took effect, in seconds since 1970.'),
      service_tier: z.string().describe('Empty = the standard one.'),
      variant: z
        .string()
        .describe(
          'Quality and size of the output, such as `hd/1792x1024`. Empty = the price does not depend on them.',
        ),
    })
    .nullable()
    .describe('Null when nothing was charged.'),
  is_content_kept: z
    .boolean()
    .describe('Whether `/api/log/content` has prompt and response: only for its owner, until they expire.'),
});

export type LogDetail = z.infer<typeof logDetailSchema>;

export const statSchema = z.object({
  quota: z.int().describe('Charged units of the filtered records.'),
  rpm: z.int().describe('Requests in the last 60 seconds.'),
  tpm: z.int().describe('Tokens in the last 60 seconds.'),
  searched_from: searchedFrom,
});
