/** Usage reports of reranking: tokens (Jina, Voyage, vLLM) or search units (Cohere). Pure. */
import type { JsonObject } from '../protocol.ts';
import { readerOf } from './reader-of.ts';
import { asObject, countOf, type PartialUsage, sumOf, unlessZero } from './usage-shape.ts';

/** @returns undefined = nothing is reported that could be charged */
export function readRerankUsage(body: JsonObject): PartialUsage | undefined {
  const usage = asObject(body.usage);
  const meta = asObject(body.meta);
  const billed = asObject(meta?.billed_units);
  const searchUnits = unlessZero(countOf(billed?.search_units));
  const tokens = [usage?.total_tokens, usage?.prompt_tokens, billed?.input_tokens, ofTokens(meta)];
  const inputTokens = tokens.map((each) => unlessZero(countOf(each))).find((count) => count !== undefined);
  if (inputTokens === undefined && searchUnits === undefined) return undefined;
  return { inputTokens, outputTokens: 0, searchUnits };
}

function ofTokens(meta: JsonObject | undefined): number | undefined {
  return sumOf(asObject(meta?.tokens)?.input_tokens);
}

/** The report may stand before the results or after them, and documents may hold its names: the whole is parsed. */
export const rerankUsageReader = readerOf({
  needle: Buffer.from('_'),
  key: Buffer.from('\u0000'),
  eventDepth: 1,
  cacheBesideInput: false,
  idKey: 'id',
  tierNeedle: undefined,
  toolCalls: undefined,
  outputKey: Buffer.from('\u0000'),
  addTexts: () => {},
  read: readRerankUsage,
});
