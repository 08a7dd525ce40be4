/** Usage in chat completions. Pure. Facts, section 10. */
import { noUsage, type Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { countOf } from '../../usage/usage-shape.ts';
import { isPlainObject } from '../json.ts';

/** @returns undefined where nothing is reported */
export function readUsage(usage: unknown): Usage | undefined {
  if (!isPlainObject(usage)) return undefined;
  const input = isPlainObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const output = isPlainObject(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  return {
    ...noUsage,
    inputTokens: countOf(usage.prompt_tokens) ?? 0,
    cachedTokens: countOf(input.cached_tokens) ?? 0,
    cacheWriteTokens: countOf(input.cache_write_tokens) ?? 0,
    audioInputTokens: countOf(input.audio_tokens) ?? 0,
    imageInputTokens: countOf(input.image_tokens) ?? 0,
    outputTokens: countOf(usage.completion_tokens) ?? 0,
    reasoningTokens: countOf(output.reasoning_tokens) ?? 0,
    audioOutputTokens: countOf(output.audio_tokens) ?? 0,
    imageOutputTokens: countOf(output.image_tokens) ?? 0,
  };
}

export function writeUsage(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedTokens,
      ...(usage.cacheWriteTokens > 0 && { cache_write_tokens: usage.cacheWriteTokens }),
      audio_tokens: usage.audioInputTokens,
      ...(usage.imageInputTokens > 0 && { image_tokens: usage.imageInputTokens }),
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.audioOutputTokens,
      ...(usage.imageOutputTokens > 0 && { image_tokens: usage.imageOutputTokens }),
    },
  };
}
