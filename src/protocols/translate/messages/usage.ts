/** Usage in Anthropic's words [TA Usage, MessageDeltaUsage] and in those of prices (section 10). Pure. */
import { noUsage, type Usage } from '../../../domain/usage.ts';
import { cacheWritesIn } from '../../usage/anthropic-usage.ts';
import { countOf } from '../../usage/usage-shape.ts';
import { isPlainObject } from '../json.ts';

/** What an upstream has reported so far. Its input does not include what went through the cache. */
export interface Counts {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly longCacheWrite: number;
  readonly output: number;
  readonly thinking: number;
}

export const noCounts: Counts = {
  input: 0,
  cacheRead: 0,
  cacheWrite: 0,
  longCacheWrite: 0,
  output: 0,
  thinking: 0,
};

/** Reports are cumulative. What one leaves out or calls null stays as it was (section 9.2). */
export function withReport(counts: Counts, report: unknown): Counts {
  if (!isPlainObject(report)) return counts;
  const details = isPlainObject(report.output_tokens_details) ? report.output_tokens_details : {};
  const { written, writtenLong } = cacheWritesIn(report);
  return {
    input: countOf(report.input_tokens) ?? counts.input,
    cacheRead: countOf(report.cache_read_input_tokens) ?? counts.cacheRead,
    cacheWrite: written ?? counts.cacheWrite,
    longCacheWrite: writtenLong ?? counts.longCacheWrite,
    output: countOf(report.output_tokens) ?? counts.output,
    thinking: countOf(details.thinking_tokens) ?? counts.thinking,
  };
}

export function usageOf({ input, cacheRead, cacheWrite, longCacheWrite, output, thinking }: Counts): Usage {
  return {
    ...noUsage,
    inputTokens: input + cacheRead + cacheWrite,
    cachedTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
    longCacheWriteTokens: Math.min(longCacheWrite, cacheWrite),
    outputTokens: output,
    reasoningTokens: Math.min(thinking, output),
  };
}

/** The members that a report in the middle of a stream has. */
export function usageFields(usage: Usage) {
  const { inputTokens, cachedTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  return {
    input_tokens: Math.max(0, inputTokens - cachedTokens - cacheWriteTokens),
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedTokens,
    output_tokens: outputTokens,
    output_tokens_details: { thinking_tokens: reasoningTokens },
    server_tool_use: null,
    // The protocol reports this at the start of a stream, where a translated one does not know it yet.
    ...(cacheWriteTokens > 0 && { cache_creation: lifetimesOf(usage) }),
  };
}

function lifetimesOf({ cacheWriteTokens, longCacheWriteTokens }: Usage) {
  return {
    ephemeral_5m_input_tokens: Math.max(0, cacheWriteTokens - longCacheWriteTokens),
    ephemeral_1h_input_tokens: longCacheWriteTokens,
  };
}

/** All members, of a whole message. */
export function wholeUsage(usage: Usage) {
  return {
    ...usageFields(usage),
    cache_creation: lifetimesOf(usage),
    inference_geo: null,
    service_tier: null,
    speed: null,
  };
}
