/** Distinguishes requests of our own pages from cross-site requests (CSRF protection). */
import type { IncomingHttpHeaders } from 'node:http';
import { HalleyError } from '../platform/errors.ts';

/**
 * For a request that a cookie authenticates and that changes something: the browser must say that it comes
 * from this origin (Sec-Fetch-Site, else Origin equal to Host or to the public address). A client that says nothing is
 * refused.
 * @param publicUrl the setting
 * @throws HalleyError('csrf')
 */
export function requireSameOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): void {
  if (siteOf(headers, publicUrl) !== 'own') throw new HalleyError('csrf');
}

/**
 * For a request that needs no cookie, such as a login: refuses only what says that it comes from elsewhere.
 * @throws HalleyError('csrf')
 */
export function refuseCrossOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): void {
  if (siteOf(headers, publicUrl) === 'other') throw new HalleyError('csrf');
}

function siteOf(headers: IncomingHttpHeaders, publicUrl: string | undefined): 'own' | 'other' | 'unsaid' {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'other';
  const origin = headers.origin;
  if (origin === undefined) return 'unsaid';
  if (origin.toLowerCase() === publicUrl) return 'own';
  return hostOf(origin) === headers.host?.toLowerCase() ? 'own' : 'other';
}

/** The host and port of an Origin header; undefined for `null` and whatever is no web origin. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}
