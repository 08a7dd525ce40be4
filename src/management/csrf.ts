/** Distinguishes requests of our own pages from cross-site requests (CSRF protection). */
import type { IncomingHttpHeaders } from 'node:http';
import { HalleyError } from '../platform/errors.ts';

/**
 * Checks a state-changing request authenticated by cookie: the browser must state that it comes from this origin
 * (Sec-Fetch-Site, else Origin equal to Host or to the public address). Requests without either header are refused.
 * @param publicUrl the setting
 * @throws HalleyError('csrf')
 */
export function requireSameOrigin(headers: IncomingHttpHeaders, publicUrl: string | undefined): void {
  if (siteOf(headers, publicUrl) !== 'own') throw new HalleyError('csrf');
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
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'own' : 'other';
  const origin = headers.origin;
  if (origin === undefined) return 'unsaid';
  if (origin.toLowerCase() === publicUrl) return 'own';
  return hostOf(origin) === headers.host?.toLowerCase() ? 'own' : 'other';
}

/** The host and port of an Origin header; undefined for `null` and anything that is not a web origin. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase();
}
