/**
 * Extracts the API key from a model request. Six places may hold it; the non-empty one of highest precedence decides
 * alone, so that exactly one key authorizes a request.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { queryValue } from '../operations/query.ts';

const subprotocolPrefix = 'openai-insecure-api-key.';

/** Returns a header as one text; a repeated header is not a key. */
function headerText(value: string | string[] | undefined): string {
  if (value === undefined) return '';
  return (typeof value === 'string' ? value : value.join(', ')).trim();
}

/** `Bearer K`, `bearer K` or K alone. */
function withoutScheme(text: string): string {
  return text.replace(/^bearer(?:\s+|$)/i, '');
}

function subprotocolKey(offered: string): string {
  if (offered === '') return '';
  for (const part of offered.split(',')) {
    const protocol = part.trim();
    if (protocol.startsWith(subprotocolPrefix)) return protocol.slice(subprotocolPrefix.length);
  }
  return '';
}

/**
 * The key a request is made with, as it was sent (with or without `sk-`).
 *
 * From strong to weak: `x-goog-api-key`, `?key=`, `x-api-key`, `Sec-WebSocket-Protocol` with
 * `openai-insecure-api-key.K`, `mj-api-secret` (only when Authorization is empty or the word
 * `midjourney-proxy`), `Authorization` (`Bearer K`, `bearer K` or K). The order is that of new-api. Every
 * header counts on every path.
 * @param query the raw query string; empty where the protocol has no key in it
 * @returns undefined when no place holds anything
 */
export function findCredential(headers: IncomingHttpHeaders, query: string): string | undefined {
  const google = headerText(headers['x-goog-api-key']);
  if (google !== '') return google;
  const inQuery = queryValue(query, 'key')?.trim();
  if (inQuery) return inQuery;
  const anthropic = headerText(headers['x-api-key']);
  if (anthropic !== '') return anthropic;
  const realtime = subprotocolKey(headerText(headers['sec-websocket-protocol']));
  if (realtime !== '') return realtime;
  const authorization = withoutScheme(headerText(headers.authorization));
  if (authorization === '' || authorization === 'midjourney-proxy') {
    const midjourney = withoutScheme(headerText(headers['mj-api-secret']));
    if (midjourney !== '') return midjourney;
  }
  return authorization === '' ? undefined : authorization;
}
