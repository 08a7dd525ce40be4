/** Usage of a model request, in the categories that prices cover. Pure. */

/** Calls of hosted tools, which providers charge by the piece. */
export const toolCallCategories = [
  'webSearches',
  'fileSearches',
  /** Containers in which a model ran code. */
  'codeSessions',
] as const;

export type ToolCalls = Readonly<Record<(typeof toolCallCategories)[number], number>>;

export const noToolCalls: ToolCalls = Object.freeze({ webSearches: 0, fileSearches: 0, codeSessions: 0 });

/**
 * Tokens, each a whole number, images, and calls of hosted tools. `inputTokens` and `outputTokens` are totals: the others named by direction
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
  ...toolCallCategories,
] as const;

export type UsageCategory = (typeof usageCategories)[number];
export type Usage = Readonly<Record<UsageCategory, number>>;

export const noUsage: Usage = Object.freeze(
  Object.fromEntries(usageCategories.map((category) => [category, 0])) as Record<UsageCategory, number>,
);
