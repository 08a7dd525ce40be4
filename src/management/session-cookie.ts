/** The cookie that carries a console session. */
import type { IncomingHttpHeaders } from 'node:http';

const name = 'halley_session';

/** @returns the session's value; undefined when the request carries none */
export function readSessionCookie(headers: IncomingHttpHeaders): string | undefined {
  for (const pair of headers.cookie?.split(';') ?? []) {
    const [key, value] = pair.trim().split('=', 2);
    if (key === name && value) return value;
  }
  return undefined;
}

/** Shows whether browsers reach the gateway over https. */
export interface ReachedBy {
  readonly headers: IncomingHttpHeaders;
  readonly publicUrl: string | undefined;
}

/**
 * A Set-Cookie value (RFC 6265). Browsers do not return a Secure cookie over plain http, so Secure is set only when
 * the public address or the page's Origin uses https.
 * @param value '' removes the cookie
 */
export function sessionCookie(value: string, lifeSeconds: number, { headers, publicUrl }: ReachedBy): string {
  const isHttps = [publicUrl, headers.origin].some((url) => /^https:/i.test(url ?? ''));
  const secure = isHttps ? '; Secure' : '';
  return `${name}=${value}; Path=/api; Max-Age=${lifeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}
