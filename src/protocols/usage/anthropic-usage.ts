/** Usage reports of Anthropic's protocol. Pure. Names are those of Anthropic's API reference. */
import { serviceTierOf } from '../../domain/service-tier.ts';
import type { JsonObject } from '../protocol.ts';
import { anthropicToolCalls } from './hosted-tools.ts';
import { readerOf } from './reader-of.ts';
import { addJson, addStrings, objectsOf } from './text-parts.ts';
import { asObject, countOf, idOf, sumOf, type UsageShape, unlessZero } from './usage-shape.ts';

/** Tokens written to the cache, and the part of them that is kept for an hour. */
export function cacheWritesIn(usage: JsonObject) {
  const lifetimes = asObject(usage.cache_creation);
  const total = countOf(usage.cache_creation_input_tokens);
  const writtenLong = countOf(lifetimes?.ephemeral_1h_input_tokens);
  // Of the two, some upstreams report the lifetimes alone.
  const written = unlessZero(total) ?? sumOf(lifetimes?.ephemeral_5m_input_tokens, writtenLong) ?? total;
  return { written, writtenLong };
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
    const { input_tokens, cache_read_input_tokens, output_tokens } = usage;
    const { written, writtenLong } = cacheWritesIn(usage);
    const known = unlessZero(sumOf(input_tokens, written, cache_read_input_tokens));
    return {
      id: idOf(message?.id ?? response.id) || undefined,
      tier: serviceTierOf(usage.speed) || serviceTierOf(usage.service_tier),
      inputTokens: known && countOf(input_tokens),
      cachedTokens: known && countOf(cache_read_input_tokens),
      cacheWriteTokens: known && written,
      longCacheWriteTokens: known && writtenLong,
      // What message_start calls output is only the beginning of it.
      outputTokens: begun ? undefined : countOf(output_tokens),
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
