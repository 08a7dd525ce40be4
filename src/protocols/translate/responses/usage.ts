/** Reads and writes the usage of a response (`ResponseUsage`). Its totals include their parts, as ours do. Pure. */
import { noUsage, type Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { countOf } from '../../usage/usage-shape.ts';
import { isPlainObject } from '../json.ts';

/** @returns undefined where nothing is reported */
export function readUsage(value: unknown): Usage | undefined {
  if (!isPlainObject(value)) return undefined;
  const input = isPlainObject(value.input_tokens_details) ? value.input_tokens_details : {};
  const output = isPlainObject(value.output_tokens_details) ? value.output_tokens_details : {};
  return {
    ...noUsage,
    inputTokens: countOf(value.input_tokens) ?? 0,
    cachedTokens: countOf(input.cached_tokens) ?? 0,
    cacheWriteTokens: countOf(input.cache_write_tokens) ?? 0,
    audioInputTokens: countOf(input.audio_tokens) ?? 0,
    imageInputTokens: countOf(input.image_tokens) ?? 0,
    outputTokens: countOf(value.output_tokens) ?? 0,
    reasoningTokens: countOf(output.reasoning_tokens) ?? 0,
    audioOutputTokens: countOf(output.audio_tokens) ?? 0,
    imageOutputTokens: countOf(output.image_tokens) ?? 0,
  };
}

/** Without kinds of content, which Responses does not report. */
export function writeUsage(usage: Usage): JsonObject {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedTokens,
      cache_write_tokens: usage.cacheWriteTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
}
