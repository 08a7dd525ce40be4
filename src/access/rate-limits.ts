/**
 * How many requests a key may make: per minute, tokens per minute, and running at a time. Counted in memory of
 * this process, from its start on. Only keys that have such limits are counted at all. A fleet counts in
 * fleet-rate-limits.ts, by the same judgement.
 */
import type { KeyRow } from '../domain/key.ts';
import type { Clock } from '../platform/clock.ts';
import { MinuteWindow, windowSeconds } from './minute-window.ts';

/** 0 = no limit. */
export type KeyRateLimits = Pick<KeyRow, 'requestsPerMinute' | 'tokensPerMinute' | 'concurrentRequests'>;

/** One limit as clients are told of it. */
export interface LimitState {
  readonly limit: number;
  /** Never below zero. */
  readonly remaining: number;
  /** Milliseconds until all of it is there again, when nothing more is asked for. */
  readonly resetMs: number;
}

/** Undefined = the key has no such limit. */
export interface RateState {
  readonly requests: LimitState | undefined;
  readonly tokens: LimitState | undefined;
}

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

/** A request that was not admitted. It took nothing. */
export interface RateRefusal {
  readonly admitted: false;
  /** Of several limits in the way, the one that takes longest. */
  readonly limit: 'requests' | 'tokens' | 'concurrency';
  /** The limit's number. */
  readonly most: number;
  /** At least 1: from then on it may fit. Undefined = it never will, since it asks for more than the limit. */
  readonly retryAfterSeconds: number | undefined;
  readonly state: RateState;
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

/** What counts against the limits of one key. */
export interface RateCounts {
  readonly requests: MinuteWindow;
  readonly tokens: MinuteWindow;
  readonly running: number;
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

const secondAt = (ms: number) => Math.floor(ms / 1000);

export function isUnlimited({ requestsPerMinute, tokensPerMinute, concurrentRequests }: KeyRateLimits) {
  return requestsPerMinute === 0 && tokensPerMinute === 0 && concurrentRequests === 0;
}

/**
 * Why a request does not fit; undefined = it does.
 * @param tokens what it may use at most
 * @param nowMs of the clock whose seconds were counted by
 */
export function refusalOf(
  counts: RateCounts,
  limits: KeyRateLimits,
  tokens: number,
  nowMs: number,
): RateRefusal | undefined {
  const { requestsPerMinute, tokensPerMinute, concurrentRequests } = limits;
  const second = secondAt(nowMs);
  const refuse = (limit: RateRefusal['limit'], most: number, retryAfterSeconds: number | undefined) => ({
    admitted: false as const,
    limit,
    most,
    retryAfterSeconds,
    state: stateOf(counts, limits, nowMs),
  });
  if (tokensPerMinute > 0 && tokens > tokensPerMinute) return refuse('tokens', tokensPerMinute, undefined);
  const requestsAt = requestsPerMinute > 0 ? counts.requests.secondOf(requestsPerMinute - 1, second) : second;
  const tokensAt = tokensPerMinute > 0 ? counts.tokens.secondOf(tokensPerMinute - tokens, second) : second;
  if (requestsAt > second && requestsAt >= tokensAt) {
    return refuse('requests', requestsPerMinute, secondsUntil(requestsAt, nowMs));
  }
  if (tokensAt > second) return refuse('tokens', tokensPerMinute, secondsUntil(tokensAt, nowMs));
  if (concurrentRequests > 0 && counts.running >= concurrentRequests) {
    return refuse('concurrency', concurrentRequests, 1);
  }
  return undefined;
}

/** @param nowMs of the clock whose seconds were counted by */
export function stateOf(counts: RateCounts, limits: KeyRateLimits, nowMs: number): RateState {
  const second = secondAt(nowMs);
  const of = (window: MinuteWindow, limit: number): LimitState | undefined =>
    limit === 0
      ? undefined
      : {
          limit,
          remaining: Math.max(0, limit - window.sumAt(second)),
          resetMs: Math.max(0, msUntil(window.secondOf(0, second), nowMs)),
        };
  return {
    requests: of(counts.requests, limits.requestsPerMinute),
    tokens: of(counts.tokens, limits.tokensPerMinute),
  };
}

function msUntil(second: number, nowMs: number): number {
  return Math.ceil(second * 1000 - nowMs);
}

function secondsUntil(second: number, nowMs: number): number {
  return Math.max(1, Math.ceil(msUntil(second, nowMs) / 1000));
}
