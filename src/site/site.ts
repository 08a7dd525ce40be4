/** Serves the documentation under `/docs`, and the lists of it for language models: `/llms.txt`, `/llms-full.txt`. */
import type { Exchange } from '../http/exchange.ts';
import type { BuiltFile, BuiltFiles } from '../http/files/built-files.ts';
import { refuseFile, refuseInWords, sendBuiltFile } from '../http/files/send-built-file.ts';
import { sendNoContent } from '../http/send.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { apiFrameHeaders, apiPageHeaders, frameFileHeaders, pageHeaders } from './page-headers.ts';
import { readSite } from './pages.ts';

export interface SiteOptions {
  /** Off = no path belongs to the documentation. */
  readonly enabled: boolean;
  /** What the build made; `builtSite` unless a test has its own. */
  readonly directory: string;
  readonly log: Pick<Log, 'warn'>;
}

/** Lists that stand at the root of the gateway, where programs look for them. */
const rootFiles: ReadonlySet<string> = new Set(['/llms.txt', '/llms-full.txt']);

interface Site {
  readonly files: BuiltFiles;
  readonly headersOf: (name: string) => readonly string[];
}

/**
 * Returns a function that answers a request for the documentation, and whether it was one. The pages are read with the
 * first such request: most gateways never get one, and a start waits for nothing.
 */
export function createSite({ enabled, directory, log }: SiteOptions): (exchange: Exchange) => boolean {
  if (!enabled) return () => false;
  let loading: Promise<Site | undefined> | undefined;
  const respond = async (exchange: Exchange) => {
    try {
      loading ??= siteIn(directory, log);
      const site = await loading;
      if (site) sendPage(exchange, site);
      else refuseInWords(exchange, new HalleyError('site_missing'));
    } catch (thrown) {
      refuseFile(exchange, asHalleyError(thrown));
    }
  };
  return (exchange) => {
    const { path, req } = exchange;
    if (path !== '/docs' && !path.startsWith('/docs/') && !rootFiles.has(path)) return false;
    if (req.method !== 'GET' && req.method !== 'HEAD')
      refuseFile(exchange, new HalleyError('method_not_allowed', { headers: { allow: 'GET, HEAD' } }));
    else if (isForWorker(exchange))
      refuseFile(exchange, new HalleyError('forbidden', { message: noWorkers }));
    else void respond(exchange);
    return true;
  };
}

async function siteIn(directory: string, log: Pick<Log, 'warn'>): Promise<Site | undefined> {
  try {
    const site = await readSite(directory);
    if (!site) {
      log.warn({ directory }, 'the documentation has no pages: run `npm run prepare`');
      return undefined;
    }
    const usual = pageHeaders(site.scriptHashes);
    return { files: site.files, headersOf: (name) => ownHeaders(name) ?? usual };
  } catch (error) {
    log.warn({ directory, error: String(error) }, 'the pages of the documentation cannot be read');
    return undefined;
  }
}

/** The headers of what belongs to the API reference; undefined for everything else. */
function ownHeaders(name: string): readonly string[] | undefined {
  if (name === 'reference/api.html') return apiPageHeaders;
  if (name === 'reference/api-frame.html') return apiFrameHeaders;
  return name.startsWith('assets/frame/') ? frameFileHeaders : undefined;
}

function sendPage(exchange: Exchange, { files, headersOf }: Site): void {
  const { path, req } = exchange;
  const redirect = (location: string) =>
    sendNoContent(exchange, 302, ['location', location, 'cache-control', 'no-cache']);
  if (path === '/docs') {
    redirect('/docs/');
    return;
  }
  const asked = rootFiles.has(path) ? path.slice(1) : path.slice('/docs/'.length);
  const found = findFile(files, asked);
  const missing = files.get('404.html');
  if (found) sendBuiltFile(exchange, found.file, headersOf(found.name));
  else if (files.has(`${asked}/index.html`)) redirect(`${path}/`);
  else if (missing && req.headers.accept?.includes('text/html') === true)
    sendBuiltFile(exchange, missing, headersOf('404.html'), 404);
  else refuseFile(exchange, new HalleyError('path_not_found', { message: missingPage }));
}

const noWorkers = 'A file of the documentation is not for workers.';
const workers: ReadonlySet<unknown> = new Set(['serviceworker', 'sharedworker', 'worker']);

/** A service worker would answer later requests for pages, without their policy. No page here has a worker. */
const isForWorker = ({ req: { headers } }: Exchange): boolean =>
  headers['service-worker'] !== undefined || workers.has(headers['sec-fetch-dest']);

const missingPage = 'The documentation has no such page. /llms.txt lists all pages.';

/** A page has no ending in its address, and the index of a folder is the folder. */
function findFile(
  files: BuiltFiles,
  asked: string,
): { readonly name: string; readonly file: BuiltFile } | undefined {
  for (const name of [asked, `${asked}.html`, `${asked}index.html`]) {
    const file = files.get(name);
    const isIndex = name !== asked && name.endsWith('index.html');
    if (file && (!isIndex || asked === '' || asked.endsWith('/'))) return { name, file };
  }
  return undefined;
}
