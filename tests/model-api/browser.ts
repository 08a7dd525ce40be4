/** Implements what a browser does for a page that calls another origin, by the Fetch standard, over real HTTP. */
import assert from 'node:assert/strict';

/** Request headers that a page may set without a preflight. */
const safelisted: ReadonlySet<string> = new Set(['accept', 'accept-language', 'content-language']);
/** Response headers that a page may always read. */
const alwaysReadable: ReadonlySet<string> = new Set([
  ...['cache-control', 'content-language', 'content-length', 'content-type', 'expires', 'last-modified'],
]);

/** What a page gets instead of a response that it may not read. The reason is only for the test. */
export class BlockedError extends TypeError {}

export interface Browser {
  /** `fetch` for a page of the origin. */
  readonly fetch: typeof fetch;
  /** Preflights sent so far. */
  readonly preflights: readonly Request[];
}

export function openPage(origin: string): Browser {
  const preflights: Request[] = [];
  const blocked = (why: string) => new BlockedError(`Failed to fetch (${why})`);
  const isAllowed = ({ headers }: Response) => {
    assert.equal(headers.get('access-control-allow-credentials'), null);
    return ['*', origin].includes(headers.get('access-control-allow-origin') ?? '');
  };
  const wordsOf = (headers: Headers, name: string) =>
    (headers.get(name) ?? '').split(',').map((word) => word.trim().toLowerCase());

  const preflight = async (request: Request, names: readonly string[]) => {
    const asked = new Request(request.url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': request.method,
        'access-control-request-headers': names.join(','),
      },
    });
    preflights.push(asked);
    const answer = await fetch(asked);
    if (!answer.ok || !isAllowed(answer)) throw blocked(`preflight ${answer.status}`);
    const methods = wordsOf(answer.headers, 'access-control-allow-methods');
    if (!['get', 'head', 'post', ...methods].includes(request.method.toLowerCase())) throw blocked('method');
    const allowed = wordsOf(answer.headers, 'access-control-allow-headers');
    const missing = names.filter((name) => !allowed.includes(name));
    if (missing.length > 0) throw blocked(`headers ${missing}`);
  };

  return {
    preflights,
    async fetch(input, init) {
      const request = new Request(input, init);
      const names = [...request.headers.keys()].filter((name) => !safelisted.has(name)).sort();
      if (names.length > 0) await preflight(request, names);
      const headers = new Headers(request.headers);
      headers.set('origin', origin);
      const answer = await fetch(new Request(request, { headers }));
      if (!isAllowed(answer)) throw blocked('answer');
      const readable = wordsOf(answer.headers, 'access-control-expose-headers');
      const shown = [...answer.headers].filter(
        ([name]) => alwaysReadable.has(name) || readable.includes(name),
      );
      return new Response(answer.body, { status: answer.status, headers: shown });
    },
  };
}
