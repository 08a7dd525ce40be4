/** Usage of a model request, in the categories that prices cover. Pure. */

/**
 * Tokens, each a whole number. `inputTokens` and `outputTokens` are totals: the others named by direction are
 * parts of them, never further tokens.
 */
export interface Usage {
  readonly inputTokens: number;
  /** Part of the input that the upstream read from its cache. */
  readonly cachedTokens: number;
  /** Part of the input that the upstream wrote to its cache. */
  readonly cacheWriteTokens: number;
  readonly audioInputTokens: number;
  readonly imageInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
  readonly audioOutputTokens: number;
  readonly imageOutputTokens: number;
  /** Pictures made, where they are priced by the piece. */
  readonly images: number;
}

export const noUsage: Usage = {
  inputTokens: 0,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  imageInputTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  imageOutputTokens: 0,
  images: 0,
};
