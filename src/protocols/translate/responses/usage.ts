/** Reads and writes the usage of a response (`ResponseUsage`). Its totals include their parts, as ours do. Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { readOpenaiUsage } from '../openai-usage.ts';

/** @returns undefined where nothing is reported */
export function readUsage(usage: unknown): Usage | undefined {
  return readOpenaiUsage(usage, { input: 'input_tokens', output: 'output_tokens' });
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
