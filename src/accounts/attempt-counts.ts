/** Counts attempts by name within a window and refuses attempts beyond a limit. */
import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

interface Count {
  attempts: number;
  /** The end of the window, in monotonic milliseconds. */
  readonly endsAt: number;
}

export interface AttemptCountsOptions {
  readonly clock: Clock;
  readonly attemptsMax: number;
  readonly windowMs: number;
}

export class AttemptCounts {
  readonly #options: AttemptCountsOptions;
  readonly #counts = new LRUCache<string, Count>({ max: limits.login_counts_max });

  constructor(options: AttemptCountsOptions) {
    this.#options = options;
  }

  /** @returns the error with Retry-After in seconds when the name has no attempts left */
  refusal(name: string): HalleyError | undefined {
    const { clock, attemptsMax } = this.#options;
    const now = clock.monotonic();
    const { attempts, endsAt } = this.#current(name, now);
    if (attempts < attemptsMax) return undefined;
    return new HalleyError('too_many_attempts', {
      headers: { 'retry-after': String(Math.max(1, Math.ceil((endsAt - now) / 1000))) },
    });
  }

  /** @returns a function that removes the attempt from the count */
  add(name: string): () => void {
    const count = this.#current(name, this.#options.clock.monotonic());
    count.attempts += 1;
    this.#counts.set(name, count);
    return () => {
      count.attempts -= 1;
    };
  }

  #current(name: string, now: number): Count {
    const known = this.#counts.get(name);
    if (known && known.endsAt > now) return known;
    return { attempts: 0, endsAt: now + this.#options.windowMs };
  }
}
