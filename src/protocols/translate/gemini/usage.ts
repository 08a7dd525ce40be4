/** Translates usage between the internal form and `usageMetadata` (facts, section 10). Pure. */
import type { Usage } from '../../../domain/usage.ts';
import type { JsonObject } from '../../protocol.ts';
import { geminiUsageShape } from '../../usage/gemini-usage.ts';
import { UsageSum } from '../../usage/usage-sum.ts';

/** @returns undefined where the response reports nothing */
export function readUsage(response: JsonObject): Usage | undefined {
  const sum = new UsageSum(geminiUsageShape);
  sum.addOlder(geminiUsageShape.read(response));
  return sum.total();
}

/** Gemini counts thoughts beside the candidates, and reports nothing that is written to a cache. */
export function writeUsage(usage: Usage): JsonObject {
  const { inputTokens, outputTokens, cachedTokens, reasoningTokens } = usage;
  const candidates = Math.max(outputTokens - reasoningTokens, 0);
  return {
    promptTokenCount: inputTokens,
    candidatesTokenCount: candidates,
    totalTokenCount: inputTokens + outputTokens,
    ...(cachedTokens > 0 && { cachedContentTokenCount: cachedTokens }),
    ...(reasoningTokens > 0 && { thoughtsTokenCount: outputTokens - candidates }),
    ...details('promptTokensDetails', inputTokens, usage.audioInputTokens, usage.imageInputTokens),
    ...details('candidatesTokensDetails', candidates, usage.audioOutputTokens, usage.imageOutputTokens),
  };
}

function details(name: string, total: number, audio: number, image: number): JsonObject {
  if (audio + image === 0) return {};
  const counts = [
    { modality: 'TEXT', tokenCount: Math.max(total - audio - image, 0) },
    { modality: 'AUDIO', tokenCount: audio },
    { modality: 'IMAGE', tokenCount: image },
  ];
  return { [name]: counts.filter(({ tokenCount }) => tokenCount > 0) };
}
