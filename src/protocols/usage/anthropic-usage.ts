/** Usage reports of Anthropic's protocol. Pure. Names are those of Anthropic's API reference. */
import { serviceTierOf } from '../../domain/service-tier.ts';
import type { JsonObject } from '../protocol.ts';
import { anthropicToolCalls } from './hosted-tools.ts';
import { readerOf } from './reader-of.ts';
import { addJson, addStrings, objectsOf } from './text-parts.ts';
import {
  addCounts,
  asObject,
  countOf,
  idOf,
  type PartialUsage,
  sumOf,
  type UsageShape,
  unlessZero,
} from './usage-shape.ts';

/** Tokens written to the cache, and the part of them that is kept for an hour. */
export function cacheWritesIn(usage: JsonObject) {
  const lifetimes = asObject(usage.cache_creation);
  const total = countOf(usage.cache_creation_input_tokens);
  const writtenLong = countOf(lifetimes?.ephemeral_1h_input_tokens);
  // Of the two, some upstreams report the lifetimes alone.
  const written = unlessZero(total) ?? sumOf(lifetimes?.ephemeral_5m_input_tokens, writtenLong) ?? total;
  return { written, writtenLong };
}

/** The tokens by which the API made a long context shorter, which its totals leave out. */
function compactionsIn({ iterations }: JsonObject): PartialUsage['beside'] {
  const compactions = objectsOf(iterations).filter(({ type }) => type === 'compaction');
  if (compactions.length === 0) return undefined;
  return compactions.map(countsIn).reduce(addCounts, {});
}

function countsIn(usage: JsonObject) {
  const { written, writtenLong } = cacheWritesIn(usage);
  return {
    inputTokens: countOf(usage.input_tokens),
    cachedTokens: countOf(usage.cache_read_input_tokens),
    cacheWriteTokens: written,
    longCacheWriteTokens: writtenLong,
    outputTokens: countOf(usage.output_tokens),
  };
}

const usageShape: UsageShape = {
  needle: Buffer.from('output_tokens"'),
  key: Buffer.from('"usage"'),
  eventDepth: 1,
  cacheBesideInput: true,
  idKey: 'id',
  tierNeedle: undefined,
  toolCalls: anthropicToolCalls,
  outputKey: Buffer.from('"content"'),
  read(response: JsonObject) {
    const message = asObject(response.message);
    const begun = asObject(message?.usage);
    const usage = begun ?? asObject(response.usage);
    if (!usage) return undefined;
    const { outputTokens, ...input } = countsIn(usage);
    const { inputTokens, cacheWriteTokens, cachedTokens } = input;
    const isKnown = unlessZero(sumOf(inputTokens, cacheWriteTokens, cachedTokens)) !== undefined;
    return {
      id: idOf(message?.id ?? response.id) || undefined,
      tier: serviceTierOf(usage.speed) || serviceTierOf(usage.service_tier),
      ...(isKnown && input),
      // What message_start calls output is only the beginning of it.
      outputTokens: begun ? undefined : outputTokens,
      beside: compactionsIn(usage),
    };
  },
  addTexts(response: JsonObject, texts: string[]) {
    const delta = asObject(response.delta);
    if (delta) addStrings(texts, delta.text, delta.thinking, delta.partial_json);
    for (const block of objectsOf(response.content)) {
      addStrings(texts, block.text, block.thinking);
      if (block.type === 'tool_use') addJson(texts, block.input);
    }
  },
};

export const anthropicUsageReader = readerOf(usageShape);
