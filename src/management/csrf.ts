/** Distinguishes requests of our own pages from cross-site requests (CSRF protection). */
import type { IncomingHttpHeaders } from 'node:http';
import { HalleyError } from '../platform/errors.ts';

/** What a page asks for by a script. A picture, a frame or an address that is opened asks for something else. */
const scripted: ReadonlySet<string> = new Set(['empty', 'websocket']);

/**
 * Checks a state-changing request authenticated by cookie: the browser must state that it comes from this origin
 * (Sec-Fetch-Site, else the origin of Origin or Referer, equal to Host or to the public address). Requests with none of
 * these headers are refused. So are those that no script has sent (Sec-Fetch-Dest): pages of the documentation have the
 * same origin and may load files of it, but no connection of theirs is allowed.
 * @param publicUrl the setting
 * @throws HalleyError('csrf')
 */
export function requireSameOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): void {
  const destination = headers['sec-fetch-dest'];
  const isScripted = destination === undefined || scripted.has(String(destination));
  if (!isScripted || siteOf(headers, publicUrl) !== 'own') throw new HalleyError('csrf');
}

/**
 * Checks a request that needs no cookie, such as a login: refuses it only when its headers name another origin.
 * @throws HalleyError('csrf')
 */
export function refuseCrossOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): void {
  if (siteOf(headers, publicUrl) === 'other') throw new HalleyError('csrf');
}

function siteOf(headers: IncomingHttpHeaders, publicUrl: string | undefined): 'own' | 'other' | 'unsaid' {
  const site = headers['sec-fetch-site'];
  // An address that a person opened, also by a link in a letter.
  if (site === 'none') return 'unsaid';
  if (site !== undefined) return site === 'same-origin' ? 'own' : 'other';
  // Over plain http from another machine, a GET of our own page has neither of the others.
  const origin = headers.origin ?? originOf(headers.referer);
  if (origin === undefined) return 'unsaid';
  if (origin.toLowerCase() === publicUrl) return 'own';
  return hostOf(origin) === headers.host?.toLowerCase() ? 'own' : 'other';
}

/** The origin of a URL; undefined for a relative one, which says nothing. */
function originOf(url: string | undefined): string | undefined {
  return /^[a-z]+:\/\/[^/?#]*/i.exec(url ?? '')?.[0];
}

/** The host and port of an Origin header; undefined for `null` and anything that is not a web origin. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}
