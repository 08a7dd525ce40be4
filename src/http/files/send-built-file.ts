/** Sends a built file: in the coding that the client prefers, or as 304 to who has it. */
import type { HalleyError } from '../../platform/errors.ts';
import type { Exchange } from '../exchange.ts';
import { refusalBody } from '../refusal.ts';
import { sendJson, sendNoContent, sendText } from '../send.ts';
import type { BuiltFile } from './built-files.ts';
import { chooseCoding } from './content-coding.ts';

/**
 * @param pageHeaders what confines the file, in place of the headers of every response: name, value, name, value;
 * undefined = those stay
 * @param status 404 for a page that says so
 */
export function sendBuiltFile(
  exchange: Exchange,
  { contentType, isImmutable, plain, compressed }: BuiltFile,
  pageHeaders?: readonly string[],
  status: 200 | 404 = 200,
): void {
  const { req, res } = exchange;
  const coding = chooseCoding(req.headers['accept-encoding']?.toString(), compressed);
  const { bytes, etag } = compressed.get(coding) ?? plain();
  if (pageHeaders) res.replaceProtectiveHeaders(pageHeaders);
  const headers = {
    etag,
    vary: 'Accept-Encoding',
    'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (status === 200 && isKnown(req.headers['if-none-match'], etag)) {
    sendNoContent(exchange, 304, Object.entries(headers).flat());
    return;
  }
  const encoding = coding === 'identity' ? {} : { 'content-encoding': coding };
  sendText(exchange, status, contentType, bytes, { ...headers, ...encoding });
}

/** Compares as RFC 9110, 13.1.2 says: weakly, since a proxy may have weakened what it compressed. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((text) => text.trim().replace(/^W\//, '')) ?? [];
  return known.includes(etag) || known.includes('*');
}

/** Sends an error in place of a file, which nobody may keep. */
export function refuseFile(exchange: Exchange, error: HalleyError): void {
  const headers = { ...error.headers, 'cache-control': 'no-store' };
  sendJson(exchange, error.status, refusalBody(error, exchange.id), headers);
}

/** As `refuseFile`, in words for a person who opens the address in a browser. */
export function refuseInWords(exchange: Exchange, { status, message }: HalleyError): void {
  sendText(exchange, status, 'text/plain; charset=utf-8', `${message}\n`, { 'cache-control': 'no-store' });
}
