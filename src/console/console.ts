/**
 * Serves the console under `/console`. A path without a file is a page of the application, which finds its way from the
 * address; so it gets the shell.
 */
import type { Exchange } from '../http/exchange.ts';
import { refusalBody } from '../http/refusal.ts';
import { sendJson, sendNoContent, sendText } from '../http/send.ts';
import { shellName } from '../platform/built-pages.ts';
import { HalleyError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { chooseCoding } from './content-coding.ts';
import { pageHeaders } from './page-headers.ts';
import { type PageFile, type Pages, readPages } from './pages.ts';

export interface ConsoleOptions {
  /** Off = no path belongs to the console. */
  readonly enabled: boolean;
  /** What the build made; `builtPages` unless a test has its own. */
  readonly directory: string;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Reads the pages and returns their handler. A gateway without pages serves everything else, and says on `/console`
 * what is missing.
 * @returns a function that answers a request for the console, and whether it was one. `/` is one for browsers.
 */
export function createConsole({ enabled, directory, log }: ConsoleOptions): (exchange: Exchange) => boolean {
  if (!enabled) return () => false;
  const pages = pagesIn(directory, log);
  return (exchange) => {
    const { path, req } = exchange;
    const isRoot = path === '/' && req.headers.accept?.includes('text/html') === true;
    const isPage = path === '/console' || path.startsWith('/console/');
    if (!isRoot && !isPage) return false;
    if (req.method !== 'GET' && req.method !== 'HEAD')
      refuse(exchange, new HalleyError('method_not_allowed', { headers: { allow: 'GET, HEAD' } }));
    else if (isRoot) sendNoContent(exchange, 302, ['location', '/console', 'cache-control', 'no-store']);
    else if (!pages) sendMissing(exchange);
    else sendPage(exchange, pages);
    return true;
  };
}

function pagesIn(directory: string, log: Pick<Log, 'warn'>): Pages | undefined {
  try {
    const pages = readPages(directory);
    if (!pages) log.warn({ directory }, 'the console has no pages: run `npm run prepare`');
    return pages;
  } catch (error) {
    log.warn({ directory, error: String(error) }, 'the pages of the console cannot be read');
    return undefined;
  }
}

function refuse(exchange: Exchange, error: HalleyError): void {
  sendJson(exchange, error.status, refusalBody(error, exchange.id), {
    ...error.headers,
    'cache-control': 'no-store',
  });
}

function sendMissing(exchange: Exchange): void {
  const { status, message } = new HalleyError('console_missing');
  sendText(exchange, status, 'text/plain; charset=utf-8', `${message}\n`, { 'cache-control': 'no-store' });
}

function sendPage(exchange: Exchange, pages: Pages): void {
  const name = exchange.path.slice('/console/'.length);
  const file = pages.get(name) ?? (name.startsWith('assets/') ? undefined : pages.get(shellName));
  if (file) sendFile(exchange, file);
  else refuse(exchange, new HalleyError('path_not_found', { message: missingAsset }));
}

const missingAsset = 'The console has no such file. A newer version may be running: reload the page.';

function sendFile(exchange: Exchange, { contentType, isImmutable, plain, compressed }: PageFile): void {
  const { req, res } = exchange;
  const coding = chooseCoding(req.headers['accept-encoding']?.toString(), compressed);
  const { bytes, etag } = compressed.get(coding) ?? plain;
  res.replaceProtectiveHeaders(pageHeaders);
  const headers = {
    etag,
    vary: 'Accept-Encoding',
    'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (isKnown(req.headers['if-none-match'], etag)) {
    sendNoContent(exchange, 304, Object.entries(headers).flat());
    return;
  }
  const encoding = coding === 'identity' ? {} : { 'content-encoding': coding };
  sendText(exchange, 200, contentType, bytes, { ...headers, ...encoding });
}

/** Compares as RFC 9110, 13.1.2 says: weakly, since a proxy may have weakened what it compressed. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((text) => text.trim().replace(/^W\//, '')) ?? [];
  return known.includes(etag) || known.includes('*');
}
