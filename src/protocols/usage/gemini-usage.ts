/** Usage reports of Gemini's protocol. Pure. Names are those of the Gemini API reference. */
import { serviceTierOf } from '../../domain/service-tier.ts';
import type { JsonObject } from '../protocol.ts';
import { geminiToolCalls } from './hosted-tools.ts';
import { readerOf } from './reader-of.ts';
import { addJson, addStrings, objectsOf } from './text-parts.ts';
import { asObject, countOf, idOf, sumOf, type UsageShape, unlessZero } from './usage-shape.ts';

/** The tokens of one kind of content, from a list such as `promptTokensDetails`. */
function tokensOfKind(details: unknown, modality: string): number | undefined {
  const counts = objectsOf(details).filter((part) => part.modality === modality);
  return sumOf(...counts.map((part) => part.tokenCount));
}

export const geminiUsageShape: UsageShape = {
  needle: Buffer.from('usageMetadata"'),
  key: Buffer.from('"usageMetadata"'),
  eventDepth: 1,
  cacheBesideInput: false,
  idKey: 'responseId',
  tierNeedle: undefined,
  toolCalls: geminiToolCalls,
  outputKey: Buffer.from('"candidates"'),
  /** Every event reports what was used up to it. */
  read(response: JsonObject) {
    const usage = asObject(response.usageMetadata);
    if (!usage) return undefined;
    const { promptTokensDetails, candidatesTokensDetails } = usage;
    return {
      id: idOf(response.responseId) || undefined,
      // Vertex AI has the first, the Gemini API the second.
      tier: serviceTierOf(usage.trafficType) || serviceTierOf(usage.serviceTier),
      inputTokens: unlessZero(sumOf(usage.promptTokenCount, usage.toolUsePromptTokenCount)),
      cachedTokens: countOf(usage.cachedContentTokenCount),
      audioInputTokens: tokensOfKind(promptTokensDetails, 'AUDIO'),
      imageInputTokens: tokensOfKind(promptTokensDetails, 'IMAGE'),
      outputTokens: sumOf(usage.candidatesTokenCount, usage.thoughtsTokenCount),
      reasoningTokens: countOf(usage.thoughtsTokenCount),
      audioOutputTokens: tokensOfKind(candidatesTokensDetails, 'AUDIO'),
      imageOutputTokens: tokensOfKind(candidatesTokensDetails, 'IMAGE'),
    };
  },
  addTexts(response: JsonObject, texts: string[]) {
    for (const candidate of objectsOf(response.candidates)) {
      for (const part of objectsOf(asObject(candidate.content)?.parts)) {
        addStrings(texts, part.text, asObject(part.executableCode)?.code);
        addJson(texts, asObject(part.functionCall)?.args);
      }
    }
  },
};

export const geminiUsageReader = readerOf(geminiUsageShape);
