/** Slows down the guessing of passwords: failed logins are counted per user name and per address. */
import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

interface Count {
  attempts: number;
  /** Monotonic milliseconds at which the count starts anew. */
  readonly endsAt: number;
}

export interface LoginLimiterOptions {
  readonly clock: Clock;
  readonly attemptsMax: number;
  readonly windowMs: number;
}

export class LoginLimiter {
  readonly #options: LoginLimiterOptions;
  readonly #counts = new LRUCache<string, Count>({ max: limits.login_counts_max });

  constructor(options: LoginLimiterOptions) {
    this.#options = options;
  }

  /**
   * Counts an attempt before the password is looked at, so that attempts made at the same time count too.
   * @returns a function to call when the login succeeded: it takes the attempt back
   * @throws HalleyError('too_many_attempts') with Retry-After in seconds
   */
  begin(username: string, address: string): () => void {
    const now = this.#options.clock.monotonic();
    const counts = new Map(
      [`name ${username}`, `address ${networkOf(address)}`].map((name) => [name, this.#current(name, now)]),
    );
    const full = [...counts.values()].filter((count) => count.attempts >= this.#options.attemptsMax);
    if (full.length > 0) {
      const waitMs = Math.max(...full.map((count) => count.endsAt)) - now;
      throw new HalleyError('too_many_attempts', {
        headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) },
      });
    }
    // Only now, so that attempts which are refused push out no counts of others.
    for (const [name, count] of counts) {
      count.attempts += 1;
      this.#counts.set(name, count);
    }
    return () => {
      for (const count of counts.values()) count.attempts -= 1;
    };
  }

  #current(name: string, now: number): Count {
    const known = this.#counts.get(name);
    if (known && known.endsAt > now) return known;
    return { attempts: 0, endsAt: now + this.#options.windowMs };
  }
}

/** One subscriber commonly holds a whole IPv6 /64, so its addresses count as one. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const parsed = ipaddr.IPv6.parse(address.replace(/%.*$/, ''));
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString();
  return parsed.parts.slice(0, 4).join(':');
}
