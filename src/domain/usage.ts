/** Usage of a model request, in the categories that prices cover. Pure. */

/**
 * Tokens, each a whole number, and images. `inputTokens` and `outputTokens` are totals: the others named by direction
 * are parts of them, never further tokens.
 */
export const usageCategories = [
  'inputTokens',
  /** Part of the input that the upstream read from its cache. */
  'cachedTokens',
  /** Part of the input that the upstream wrote to its cache. */
  'cacheWriteTokens',
  /** Part of `cacheWriteTokens`: written to a cache that lasts for an hour or longer. */
  'longCacheWriteTokens',
  'audioInputTokens',
  'imageInputTokens',
  'outputTokens',
  'reasoningTokens',
  'audioOutputTokens',
  'imageOutputTokens',
  /** Images made, where they are priced each. */
  'images',
] as const;

export type UsageCategory = (typeof usageCategories)[number];
export type Usage = Readonly<Record<UsageCategory, number>>;

export const noUsage: Usage = Object.freeze(
  Object.fromEntries(usageCategories.map((category) => [category, 0])) as Record<UsageCategory, number>,
);
