/** Personal access tokens: one per account, for management calls only, stored as a digest. */
import type { RandomBytes } from '../platform/random.ts';

/** @returns 43 base64url characters, 256 random bits */
export function makeAccessToken(random: RandomBytes): string {
  return Buffer.from(random(32)).toString('base64url');
}

/**
 * Parses the credential of an Authorization header: one word, or `Bearer` (in any case) and one word.
 * @returns undefined when there is no header or it has another form
 */
export function parseAuthorization(header: string | undefined): string | undefined {
  const words = (header ?? '').split(/[ \t]+/).filter((word) => word !== '');
  const scheme = words.length > 0 && words[0]?.toLowerCase() === 'bearer';
  const [credential, ...more] = scheme ? words.slice(1) : words;
  return more.length === 0 ? credential : undefined;
}
