/** What responses show of the sums of a stretch of time. Pure. */
import { z } from 'zod';
import { firstByteBounds, firstByteClasses, type QuarterSums } from '../../domain/accounting/quarters.ts';

const estimated =
  'Estimated from counts of nine classes (to 100, 250, 500 ms, 1, 2, 4, 8, 16 s, more); 16000 = that or more.';

export const figuresSchema = z.object({
  quota: z.int().describe('Units; 500,000 units = 1 USD.'),
  requests: z.int().describe('Requests that were charged or served free of charge.'),
  errors: z.int().describe('Requests that failed.'),
  success_rate: z
    .number()
    .nullable()
    .describe('Share of the requests that did not fail, 0 to 1; null = there were no requests.'),
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  cached_tokens: z.int().describe('Share of the prompt tokens that the upstream read from its cache.'),
  first_byte_ms: z.number().nullable().describe('Mean time to the first byte; null = there was none.'),
  first_byte_p50_ms: z.number().nullable().describe(`Median time to the first byte. ${estimated}`),
  first_byte_p95_ms: z.number().nullable().describe(`95th percentile. ${estimated}`),
  tokens_per_second: z
    .number()
    .nullable()
    .describe('Completion tokens of streams for each second of streaming; null = there were no streams.'),
});
export type Figures = z.infer<typeof figuresSchema>;

export function figuresOf(sums: Readonly<QuarterSums>): Figures {
  const { requests, errors, units, firstByteMs, streamMs, streamTokens } = sums;
  const counts = firstByteClasses.map((name) => sums[name]);
  const timed = counts.reduce((total, count) => total + count, 0);
  return {
    quota: units,
    requests,
    errors,
    success_rate: ratio(requests, requests + errors),
    prompt_tokens: sums.inputTokens,
    completion_tokens: sums.outputTokens,
    cached_tokens: sums.cachedTokens,
    first_byte_ms: rounded(ratio(firstByteMs, timed)),
    first_byte_p50_ms: rounded(percentileOf(counts, timed, 0.5)),
    first_byte_p95_ms: rounded(percentileOf(counts, timed, 0.95)),
    tokens_per_second: rounded(ratio(streamTokens * 1000, streamMs)),
  };
}

const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const rounded = (value: number | null): number | null => value && Math.round(value * 100) / 100;

/** Within a class, times count as spread evenly. */
function percentileOf(counts: readonly number[], timed: number, part: number): number | null {
  if (timed === 0) return null;
  let left = timed * part;
  for (const [at, bound] of firstByteBounds.entries()) {
    const count = counts[at] ?? 0;
    const from = firstByteBounds[at - 1] ?? 0;
    if (count > 0 && left <= count) return from + ((bound - from) * left) / count;
    left -= count;
  }
  return firstByteBounds.at(-1) ?? null;
}
