/**
 * Decides which pages of other origins may read responses (CORS, fetch.spec.whatwg.org). Cookies and other
 * credentials that a browser adds by itself are never allowed.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { limits } from '../platform/limits.ts';

/** Headers are name, value, name, value. */
export interface CrossOrigin {
  /** The headers of every response to a request. */
  headersFor(path: string, request: IncomingHttpHeaders): readonly string[];
  /** Further headers of the response to a preflight; undefined when it is none from an allowed origin. */
  preflightHeaders(request: IncomingHttpHeaders): readonly string[] | undefined;
}

/** Header names that scripts may set. `*` would leave out Authorization, and not every browser supports it. */
const allowedNames: readonly string[] = [
  ...['authorization', 'x-api-key', 'x-goog-api-key', 'mj-api-secret'],
  ...['content-type', 'accept', 'user-agent', 'idempotency-key', 'x-client-request-id'],
  ...['anthropic-version', 'anthropic-beta', 'anthropic-dangerous-direct-browser-access'],
  ...['openai-beta', 'openai-organization', 'openai-project'],
  ...['x-goog-api-client', 'x-goog-user-project', 'x-server-timeout'],
];

/** Clients keep adding names with these prefixes. They are allowed on request. */
const allowedPrefix = /^(?:x-stainless|anthropic|openai|x-goog)-[a-z0-9-]{1,64}$/;

const rates = ['limit', 'remaining', 'reset'].flatMap((what) =>
  ['requests', 'tokens'].flatMap((kind) => [
    `x-ratelimit-${what}-${kind}`,
    `anthropic-ratelimit-${kind}-${what}`,
  ]),
);

/** Headers that scripts may read besides the safelisted ones. */
const exposedNames = [
  ...['x-request-id', 'request-id', 'x-cometapi-request-id', 'x-upstream-request-id'],
  ...[
    'retry-after',
    'retry-after-ms',
    'x-should-retry',
    'openai-processing-ms',
    'content-disposition',
    'link',
  ],
  ...['x-halley-dropped', 'x-halley-estimated'],
  ...rates,
].join(', ');

/**
 * @param origins exact origins, or `*` for all; none = undefined
 * @param isOpen whether a path is open to them
 */
export function createCrossOrigin(
  origins: readonly string[],
  isOpen: (path: string) => boolean,
): CrossOrigin | undefined {
  if (origins.length === 0) return undefined;
  const vary = ['vary', 'Origin'];
  const exposed = ['access-control-expose-headers', exposedNames];
  const byOrigin = new Map(
    origins.map((origin) => [origin, ['access-control-allow-origin', origin, ...exposed, ...vary]]),
  );
  const forAll = byOrigin.has('*') ? ['access-control-allow-origin', '*', ...exposed] : undefined;
  const headersOf = (origin: string) => forAll ?? byOrigin.get(origin);
  return {
    headersFor(path, { origin }) {
      if (!isOpen(path)) return [];
      return (origin === undefined ? undefined : headersOf(origin)) ?? (forAll ? [] : vary);
    },
    preflightHeaders(request) {
      const { origin } = request;
      if (origin === undefined || request['access-control-request-method'] === undefined) return undefined;
      return headersOf(origin) && preflightHeaders(request);
    },
  };
}

function preflightHeaders(request: IncomingHttpHeaders): string[] {
  const asked = String(request['access-control-request-headers'] ?? '').toLowerCase();
  const names = asked.split(',', limits.cors_headers_max).map((name) => name.trim());
  const allowed = new Set([...allowedNames, ...names.filter((name) => allowedPrefix.test(name))]);
  const headers = [
    ...['access-control-allow-methods', 'GET, HEAD, POST'],
    ...['access-control-allow-headers', [...allowed].join(', ')],
    ...['access-control-max-age', String(limits.cors_max_age_s)],
  ];
  // Sent when a page on the internet calls a gateway in a private network.
  if (request['access-control-request-private-network'] === 'true') {
    headers.push('access-control-allow-private-network', 'true');
  }
  return headers;
}
