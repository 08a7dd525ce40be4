/** Recognizes an upstream key later without keeping it. Pure. */
import { hash } from 'node:crypto';

/** @param key undefined = the channel needs none */
export function keyMark(key: string | undefined): string {
  return key === undefined ? '' : hash('sha256', `halley key mark\n${key}`, 'hex').slice(0, 16);
}
