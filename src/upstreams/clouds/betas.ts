/**
 * Which of Anthropic's betas the hosts of its models know: both answer 400 for the others, and clients such as Claude
 * Code name many. Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 * and https://platform.claude.com/docs/en/api/beta-headers, the lists of LiteLLM's `anthropic_beta_headers_config.json`.
 */

const both = [
  ...['compact-2026-01-12', 'computer-use-2025-01-24', 'computer-use-2025-11-24', 'context-1m-2025-08-07'],
  ...['context-management-2025-06-27', 'interleaved-thinking-2025-05-14', 'tool-search-tool-2025-10-19'],
];

export const bedrockBetas: ReadonlySet<string> = new Set([
  ...both,
  ...['effort-2025-11-24', 'fine-grained-tool-streaming-2025-05-14', 'tool-examples-2025-10-29'],
]);

export const vertexBetas: ReadonlySet<string> = new Set([...both, 'web-search-2025-03-05']);

const betaHeader = 'anthropic-beta';

/** The betas of a request that the host knows, each once. */
export function betasOf(rawHeaders: readonly string[], known: ReadonlySet<string>): readonly string[] {
  const asked = rawHeaders.flatMap((value, index) =>
    index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === betaHeader ? value.split(',') : [],
  );
  return [...new Set(asked.map((beta) => beta.trim()))].filter((beta) => known.has(beta));
}

/** The headers of a request without its betas. */
export function withoutBetas(rawHeaders: readonly string[]): readonly string[] {
  return rawHeaders.filter((_, index) => rawHeaders[index - (index % 2)]?.toLowerCase() !== betaHeader);
}
