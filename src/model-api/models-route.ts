/** Routes model lists, and decides the protocol of error responses on model paths. Pure; paths are raw. */
import type { IncomingHttpHeaders } from 'node:http';
import { matchOperation, type WrongMethod, withoutTrailingSlash } from '../operations/match.ts';
import { modelListPaths } from '../operations/model-lists.ts';
import { queryValue } from '../operations/query.ts';
import { anthropicClientProtocol as anthropic } from '../protocols/client/anthropic.ts';
import type { ClientProtocol } from '../protocols/client/client-protocol.ts';
import { geminiClientProtocol as gemini } from '../protocols/client/gemini.ts';
import { openaiClientProtocol as openai } from '../protocols/client/openai.ts';

/** A request for the models a key may use: all of them, or the one that `id` names. */
export interface ModelsRoute {
  readonly protocol: ClientProtocol;
  /** Already percent-decoded. */
  readonly id: string | undefined;
}

const isAtOrUnder = (path: string, base: string): boolean => path === base || path.startsWith(`${base}/`);

/**
 * The protocol that a caller at `path` speaks, for errors and lists of models.
 *
 * `/v1/models` belongs to three protocols: with `anthropic-version` (beside `x-api-key` or, as its client
 * also does, `Authorization`) it is Anthropic's, with `x-goog-api-key` or `?key=` Gemini's, else OpenAI's.
 * Every other path tells by itself.
 */
export function protocolOf(path: string, headers: IncomingHttpHeaders, query = ''): ClientProtocol {
  if (isAtOrUnder(path, '/v1/messages')) return anthropic;
  if (isAtOrUnder(path, '/v1beta/openai')) return openai;
  if (isAtOrUnder(path, '/v1beta')) return gemini;
  if (!isAtOrUnder(path, '/v1/models')) return openai;
  if (matchOperation('POST', path, '') !== 'not_found') return gemini;
  if (headers['anthropic-version']) return anthropic;
  return headers['x-goog-api-key'] || queryValue(query, 'key') ? gemini : openai;
}

function idAfter(base: string, path: string): string | undefined {
  try {
    return decodeURIComponent(path.slice(base.length + 1));
  } catch {
    return undefined;
  }
}

/** Call this after `matchOperation` found no operation. */
export function matchModels(
  method: string,
  path: string,
  headers: IncomingHttpHeaders,
  query: string,
): ModelsRoute | 'not_found' | WrongMethod {
  const plain = withoutTrailingSlash(path);
  const base = modelListPaths.find((list) => isAtOrUnder(plain, list));
  if (base === undefined || plain.includes('//')) return 'not_found';
  if (matchOperation('POST', plain, '') !== 'not_found') return 'not_found';
  const id = plain === base ? undefined : idAfter(base, plain);
  if (plain !== base && id === undefined) return 'not_found';
  if (method !== 'GET' && method !== 'HEAD') {
    // A colon marks a verb, here an unknown one, not a model.
    return id?.includes(':') ? 'not_found' : { allow: 'GET, HEAD' };
  }
  return { protocol: protocolOf(plain, headers, query), id };
}
