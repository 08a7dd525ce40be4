/**
 * Counts the requests, tokens and in-flight requests of a key against its limits, in the memory of this process.
 * Keys without limits are not counted. fleet-rate-limits.ts counts for a cluster by the same rules.
 */
import { MinuteWindow, windowSeconds } from '../domain/accounting/minute-window.ts';
import {
  isUnlimited,
  type KeyRateLimits,
  type RateCounts,
  type RateRefusal,
  type RateState,
  refusalOf,
  secondAt,
  stateOf,
} from '../domain/accounting/rate-limits.ts';
import type { Clock } from '../platform/clock.ts';

/** A request that was admitted and has not ended. */
export interface RunningSlot {
  readonly admitted: true;
  /**
   * Must be called when the request has ended in any way. A second call does nothing.
   * @param tokens actual usage, which replaces the estimate; undefined keeps the estimate
   */
  end(tokens?: number): void;
  /** Ends a request that was not sent to an upstream: it does not count. */
  cancel(): void;
  /** The state for the headers of the response. */
  state(): RateState;
}

export type RateOutcome = RunningSlot | RateRefusal;

/** Counts requests, on one node or in a cluster. */
export interface RateCounter {
  /**
   * Admits or refuses a request by the present limits.
   * @param tokens the most that it may use
   * @returns a promise when the database must be asked
   * @throws HalleyError('store_unavailable') as a rejection, when it does not respond
   */
  begin(keyId: number, limits: KeyRateLimits, tokens: number): RateOutcome | Promise<RateOutcome>;
}

interface OwnCounts extends RateCounts {
  running: number;
  /** The last second at which a request was admitted. */
  lastSecond: number;
}

const noState: RateState = { requests: undefined, tokens: undefined };
export const unlimitedSlot: RunningSlot = {
  admitted: true,
  end: () => undefined,
  cancel: () => undefined,
  state: () => noState,
};

/** Entries checked with each request to remove unused ones. More than one, so that removal keeps up. */
const lookedAtEach = 2;

export class RateLimits implements RateCounter {
  readonly #clock: Clock;
  readonly #counts = new Map<number, OwnCounts>();
  #sweep = this.#counts.entries();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** As `RateCounter.begin`, but never returns a promise. */
  begin(keyId: number, limits: KeyRateLimits, tokens: number): RateOutcome {
    if (isUnlimited(limits)) return unlimitedSlot;
    const now = this.#clock.monotonic();
    const second = secondAt(now);
    this.#dropUnused(second);
    const counts = this.#countsOf(keyId);
    const refusal = refusalOf(counts, limits, tokens, now);
    if (refusal) return refusal;
    counts.running += 1;
    counts.lastSecond = second;
    // Counts even without a limit, so that a limit that is set later knows this minute.
    counts.requests.sumAt(second);
    counts.requests.add(second, 1);
    counts.tokens.sumAt(second);
    counts.tokens.add(second, tokens);
    return this.#slot(keyId, limits, counts, second, tokens);
  }

  /** Returns the remaining numbers of the key. */
  state(keyId: number, limits: KeyRateLimits): RateState {
    if (limits.requestsPerMinute === 0 && limits.tokensPerMinute === 0) return noState;
    return stateOf(this.#counts.get(keyId) ?? freshCounts(), limits, this.#clock.monotonic());
  }

  /** Number of counted keys, for metrics and tests. */
  get size(): number {
    return this.#counts.size;
  }

  #countsOf(keyId: number): OwnCounts {
    const known = this.#counts.get(keyId);
    if (known) return known;
    const counts = freshCounts();
    this.#counts.set(keyId, counts);
    return counts;
  }

  #slot(
    keyId: number,
    limits: KeyRateLimits,
    counts: OwnCounts,
    second: number,
    estimate: number,
  ): RunningSlot {
    let running = true;
    const end = (requests: number, tokens: number) => {
      if (!running) return;
      running = false;
      counts.running -= 1;
      counts.requests.add(second, requests - 1);
      counts.tokens.add(second, tokens - estimate);
    };
    return {
      admitted: true,
      end: (tokens = estimate) => end(1, tokens),
      cancel: () => end(0, 0),
      state: () => this.state(keyId, limits),
    };
  }

  /** Checks a few entries at a time in turn, so that no request waits for all of them. */
  #dropUnused(second: number): void {
    for (let count = 0; count < lookedAtEach; count += 1) {
      const next = this.#sweep.next();
      if (next.done) {
        this.#sweep = this.#counts.entries();
        return;
      }
      const [keyId, counts] = next.value;
      if (counts.running === 0 && counts.lastSecond <= second - windowSeconds) this.#counts.delete(keyId);
    }
  }
}

const freshCounts = (): OwnCounts => ({
  requests: new MinuteWindow(),
  tokens: new MinuteWindow(),
  running: 0,
  lastSecond: Number.NEGATIVE_INFINITY,
});
