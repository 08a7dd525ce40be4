/** Generates request ids: 25 letters and digits that sort by time and cannot be guessed. */
import type { Clock } from '../platform/clock.ts';
import type { RandomBytes } from '../platform/random.ts';

export type RequestIds = () => string;

const pool_bytes = 4096;
const id_digits = 16;

/**
 * Each id is 9 characters of time (milliseconds in base 36, enough until the year 5188) followed by 64 random bits
 * in hexadecimal. It draws random bytes in bulk, since a single draw costs too much.
 */
export function createRequestIds(clock: Pick<Clock, 'now'>, random: RandomBytes): RequestIds {
  let pool = '';
  let used = 0;
  let lastMs = -1;
  let prefix = '';
  return () => {
    const ms = Math.floor(clock.now());
    if (ms !== lastMs) {
      lastMs = ms;
      prefix = ms.toString(36).padStart(9, '0');
    }
    if (used === pool.length) {
      pool = Buffer.from(random(pool_bytes)).toString('hex');
      used = 0;
    }
    used += id_digits;
    return prefix + pool.slice(used - id_digits, used);
  };
}
