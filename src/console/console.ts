/**
 * Serves the console under `/console`. A path without a file is a page of the application, which finds its way from the
 * address; so it gets the shell.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Exchange } from '../http/exchange.ts';
import type { BuiltFiles } from '../http/files/built-files.ts';
import { refuseFile, refuseInWords, sendBuiltFile } from '../http/files/send-built-file.ts';
import { sendNoContent } from '../http/send.ts';
import { shellName } from '../platform/built-pages.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { pageHeaders } from './page-headers.ts';
import { readPages } from './pages.ts';

export interface ConsoleOptions {
  /** Off = no path belongs to the console. */
  readonly enabled: boolean;
  /** What the build made; `builtPages` unless a test has its own. */
  readonly directory: string;
  readonly log: Pick<Log, 'warn'>;
}

/**
 * Returns the handler of the pages, which reads them with the first request for one: they take megabytes, and many gateways
 * are managed by programs alone. A gateway without pages serves everything else, and says on `/console` what is missing.
 * @returns a function that answers a request for the console, and whether it was one. `/` is one for browsers.
 */
export function createConsole({ enabled, directory, log }: ConsoleOptions): (exchange: Exchange) => boolean {
  if (!enabled) return () => false;
  if (!existsSync(join(directory, shellName)))
    log.warn({ directory }, 'the console has no pages: run `npm run prepare`');
  let loading: Promise<BuiltFiles | undefined> | undefined;
  const respond = async (exchange: Exchange) => {
    try {
      loading ??= pagesIn(directory, log);
      const pages = await loading;
      if (pages) sendPage(exchange, pages);
      else refuseInWords(exchange, new HalleyError('console_missing'));
    } catch (thrown) {
      refuseFile(exchange, asHalleyError(thrown));
    }
  };
  return (exchange) => {
    const { path, req } = exchange;
    const isRoot = path === '/' && req.headers.accept?.includes('text/html') === true;
    const isPage = path === '/console' || path.startsWith('/console/');
    if (!isRoot && !isPage) return false;
    if (req.method !== 'GET' && req.method !== 'HEAD')
      refuseFile(exchange, new HalleyError('method_not_allowed', { headers: { allow: 'GET, HEAD' } }));
    else if (isRoot) sendNoContent(exchange, 302, ['location', '/console', 'cache-control', 'no-store']);
    else void respond(exchange);
    return true;
  };
}

async function pagesIn(directory: string, log: Pick<Log, 'warn'>): Promise<BuiltFiles | undefined> {
  try {
    return await readPages(directory);
  } catch (error) {
    log.warn({ directory, error: String(error) }, 'the pages of the console cannot be read');
    return undefined;
  }
}

function sendPage(exchange: Exchange, pages: BuiltFiles): void {
  const name = exchange.path.slice('/console/'.length);
  const file = pages.get(name) ?? (name.startsWith('assets/') ? undefined : pages.get(shellName));
  if (file) sendBuiltFile(exchange, file, pageHeaders);
  else refuseFile(exchange, new HalleyError('path_not_found', { message: missingAsset }));
}

const missingAsset = 'The console has no such file. A newer version may be running: reload the page.';
