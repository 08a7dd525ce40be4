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

/** What is made or processed by the piece, where it is priced so. */
export const pieceCategories = [
  /** Images made. */
  'images',
  /** Unicode characters of a text that was spoken. */
  'characters',
  /** Seconds of sound that came in. A part of a second counts as one. */
  'audioSeconds',
  /** What a provider of reranking counts as one search. */
  'searchUnits',
  /** Seconds of video made. */
  'videoSeconds',
] as const;

export type Pieces = Readonly<Record<(typeof pieceCategories)[number], number>>;

export const noPieces: Pieces = Object.freeze({
  images: 0,
  characters: 0,
  audioSeconds: 0,
  searchUnits: 0,
  videoSeconds: 0,
});

/**
 * Tokens, each a whole number, pieces, and calls of hosted tools. `inputTokens` and `outputTokens` are totals: the others named by direction
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
  ...pieceCategories,
  ...toolCallCategories,
] as const;

export type UsageCategory = (typeof usageCategories)[number];
export type Usage = Readonly<Record<UsageCategory, number>>;

export const noUsage: Usage = Object.freeze(
  Object.fromEntries(usageCategories.map((category) => [category, 0])) as Record<UsageCategory, number>,
);

/** The pieces and calls alone. */
export function withoutTokens(usage: Usage): Usage {
  const kept = [...pieceCategories, ...toolCallCategories].map((category) => [category, usage[category]]);
  return { ...noUsage, ...Object.fromEntries(kept) };
}
