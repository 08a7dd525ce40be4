/** Usage in chat completions. Pure. Facts, section 10. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { readOpenaiUsage } from '../openai-usage.ts';

/** @returns undefined where nothing is reported */
export function readUsage(usage: unknown): Usage | undefined {
  return readOpenaiUsage(usage, { input: 'prompt_tokens', output: 'completion_tokens' });
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
