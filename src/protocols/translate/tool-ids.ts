/** Tool call ids that every provider accepts. Pure. */
import { hash } from 'node:crypto';

const accepted = /^[a-zA-Z0-9_-]{1,64}$/;
const charsMax = 64;
const hashChars = 12;

/**
 * The id itself where every provider accepts it; else a cleaned beginning and a hash of the whole. The same id always
 * gives the same one, for call and result alike, so a history that is sent again maps identically.
 */
export function portableId(id: string): string {
  // Mutated by tests: ids that every provider accepts
  return accepted.test(id) ? id : cleaned(id, '');
}

/**
 * @param start put before the cleaned beginning
 * @returns 64 letters, digits, `_` and `-` at most
 */
export function cleaned(text: string, start: '' | '_'): string {
  const digest = hash('sha256', text, 'base64url').slice(0, hashChars);
  const head = (start + text).replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, charsMax - hashChars - 1);
  return `${head}_${digest}`;
}

/** The id itself where it is nine letters and digits, as Mistral wants; else nine of a hash of it. Facts, section 3.1. */
export function nineId(id: string): string {
  return /^[a-zA-Z0-9]{9}$/.test(id) ? id : hash('sha256', id, 'hex').slice(0, 9);
}
