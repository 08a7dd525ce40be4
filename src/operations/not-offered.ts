/** Endpoints of the providers' APIs that Halley does not serve. A client that calls one has the right base URL. */

/** Parts of paths after the version, as the API references of OpenAI, Anthropic and Google name them. */
const known: readonly RegExp[] = [
  /^\/v1\/audio\/(?:speech|transcriptions|translations)$/,
  /^\/v1\/images\/(?:edits|variations)$/,
  /^\/v1\/(?:moderations|rerank|realtime|videos)(?:\/|$)/,
  /^\/v1\/(?:files|uploads|batches|fine_tuning|assistants|threads|vector_stores|conversations|containers|evals|skills)(?:\/|$)/,
  /^\/v1\/responses\/[^/]+/,
  /^\/v1\/chat\/completions\/[^/]+/,
  /^\/v1\/messages\/batches(?:\/|$)/,
  /^\/v1beta\/(?:cachedContents|files|corpora|tunedModels|operations)(?:\/|$)/,
  /^\/v1beta\/models\/[^/]+:[a-zA-Z]+$/,
];

export function isKnownElsewhere(path: string): boolean {
  return known.some((pattern) => pattern.test(path));
}
