/** Schemas of the log endpoints. */
import { z } from 'zod';

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
  response_id: z.string().describe("The upstream's own id of its answer."),
  other: z
    .string()
    .describe(
      'JSON: model_ratio, completion_ratio, group_ratio, model_price (-1 = by tokens), cache_tokens, cache_ratio, frt (ms; -1 = no byte came), total_ms, request_path; tokens of each kind; prices (USD for a million tokens) and price_id that it was charged by; estimated; status, outcome, error_code, attempts, operation.',
    ),
});

export type LogRecord = z.infer<typeof logRecordSchema>;

export const statSchema = z.object({
  quota: z.int().describe('Charged units of the filtered records.'),
  rpm: z.int().describe('Requests in the last 60 seconds.'),
  tpm: z.int().describe('Tokens in the last 60 seconds.'),
});
