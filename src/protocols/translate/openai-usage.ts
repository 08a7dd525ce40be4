/** Reads usage in OpenAI's protocols: the same counts under two pairs of names. Totals include their parts. Pure. */
import { noUsage, type Usage } from '../../domain/usage.ts';
import { asObject, countOf } from '../usage/usage-shape.ts';
import { isPlainObject } from './json.ts';

export interface UsageNames {
  readonly input: 'prompt_tokens' | 'input_tokens';
  readonly output: 'completion_tokens' | 'output_tokens';
}

/** @returns undefined where nothing is reported */
export function readOpenaiUsage(usage: unknown, names: UsageNames): Usage | undefined {
  if (!isPlainObject(usage)) return undefined;
  const inputDetails = usage[`${names.input}_details`];
  const outputDetails = usage[`${names.output}_details`];
  const input = isPlainObject(inputDetails) ? inputDetails : {};
  const output = isPlainObject(outputDetails) ? outputDetails : {};
  const lifetimes = asObject(input.cache_write_tokens_details);
  return {
    ...noUsage,
    inputTokens: countOf(usage[names.input]) ?? 0,
    cachedTokens: countOf(input.cached_tokens) ?? 0,
    cacheWriteTokens: countOf(input.cache_write_tokens) ?? 0,
    longCacheWriteTokens: countOf(lifetimes?.ttl_12h_tokens) ?? 0,
    audioInputTokens: countOf(input.audio_tokens) ?? 0,
    imageInputTokens: countOf(input.image_tokens) ?? 0,
    outputTokens: countOf(usage[names.output]) ?? 0,
    reasoningTokens: countOf(output.reasoning_tokens) ?? 0,
    audioOutputTokens: countOf(output.audio_tokens) ?? 0,
    imageOutputTokens: countOf(output.image_tokens) ?? 0,
  };
}
