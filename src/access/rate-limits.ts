/**
 * How many requests a key may make: per minute, tokens per minute, and running at a time. Counted in memory of
 * this process, from its start on. Only keys that have such limits are counted at all. A fleet counts in
 * fleet-rate-limits.ts, by the same judgement.
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
   * Must be called when the request has ended, however it did; what is called again does nothing.
   * @param tokens what it really used, in place of the estimate; undefined = the estimate stays
   */
  end(tokens?: number): void;
  /** Ends a request of which nothing was sent to an upstream: it counts as if it had not been made. */
  cancel(): void;
  /** What the response to the request tells its client. */
  state(): RateState;
}

export type RateOutcome = RunningSlot | RateRefusal;

/** What counts requests, alone or in a fleet. */
export interface RateCounter {
  /**
   * Admits a request, or says why not. Limits are those of this moment: what changed counts from the next
   * request on, whatever is running.
   * @param tokens what it may use at most
   * @returns a promise where others must be asked
   * @throws HalleyError('store_unavailable') as a rejection, when they cannot be
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

/** Counts looked at with each request, to drop those that nobody uses; more than one, so that it keeps up. */
const lookedAtEach = 2;

export class RateLimits implements RateCounter {
  readonly #clock: Clock;
  readonly #counts = new Map<number, OwnCounts>();
  #sweep = this.#counts.entries();

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  /** As `RateCounter.begin`, never a promise. */
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
    // Also what has no limit now: one that is set later should know of this minute.
    counts.requests.sumAt(second);
    counts.requests.add(second, 1);
    counts.tokens.sumAt(second);
    counts.tokens.add(second, tokens);
    return this.#slot(keyId, limits, counts, second, tokens);
  }

  /** What is left to the key now. */
  state(keyId: number, limits: KeyRateLimits): RateState {
    if (limits.requestsPerMinute === 0 && limits.tokensPerMinute === 0) return noState;
    return stateOf(this.#counts.get(keyId) ?? freshCounts(), limits, this.#clock.monotonic());
  }

  /** Keys that are counted, for metrics and tests. */
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

  /** A few at a time, round and round, so that no request ever waits for all of them. */
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
