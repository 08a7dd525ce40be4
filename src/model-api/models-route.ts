/** Routes model lists, and decides the protocol of error responses on model paths. Pure; paths are raw. */
import type { IncomingHttpHeaders } from 'node:http';
import { isMatched, matchOperation, type WrongMethod, withoutTrailingSlash } from '../operations/match.ts';
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

/** Anthropic's endpoints, also with the version once more: its clients add it to the base URL. */
const anthropicPath = /^(?:\/v1)*\/messages(?:\/|$)/;
/** Versions that Google alone has, also before its uploads. */
const geminiPath = /^(?:\/upload)?\/v1(?:alpha|beta)/;

/**
 * The protocol that a caller at `path` speaks, for errors and lists of models. Most paths tell by themselves. Of the
 * others, such as `/v1/models` and `/v1/files`, which several providers have, the headers tell: with
 * `anthropic-version` (beside `x-api-key` or, as its client also does, `Authorization`) it is Anthropic's, with
 * `x-goog-api-key` or `?key=` Gemini's, else OpenAI's.
 */
export function protocolOf(path: string, headers: IncomingHttpHeaders, query = ''): ClientProtocol {
  const operation = matchOperation('POST', path, '');
  if (isMatched(operation)) return operation.client;
  if (anthropicPath.test(path)) return anthropic;
  if (isAtOrUnder(path, '/v1beta/openai')) return openai;
  if (geminiPath.test(path)) return gemini;
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
