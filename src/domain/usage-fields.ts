/** What the categories of usage are called in the API. */
import type { Usage, UsageCategory } from './usage.ts';

/** Tokens by kind. */
export const tokenFields = {
  input: 'inputTokens',
  cached_input: 'cachedTokens',
  cache_write: 'cacheWriteTokens',
  long_cache_write: 'longCacheWriteTokens',
  audio_input: 'audioInputTokens',
  image_input: 'imageInputTokens',
  output: 'outputTokens',
  reasoning: 'reasoningTokens',
  audio_output: 'audioOutputTokens',
  image_output: 'imageOutputTokens',
} as const satisfies Readonly<Record<string, UsageCategory>>;

/** What is counted by the piece. */
export const pieceFields = {
  images: 'images',
  characters: 'characters',
  audio_seconds: 'audioSeconds',
  search_units: 'searchUnits',
  video_seconds: 'videoSeconds',
  web_searches: 'webSearches',
  file_searches: 'fileSearches',
  code_sessions: 'codeSessions',
} as const satisfies Readonly<Record<string, UsageCategory>>;

/** The counts of a usage under the names of `fields`. */
export function countsOf<Field extends string>(
  usage: Usage,
  fields: Readonly<Record<Field, UsageCategory>>,
): Record<Field, number> {
  const names = Object.keys(fields) as Field[];
  return Object.fromEntries(names.map((name) => [name, usage[fields[name]]])) as Record<Field, number>;
}
