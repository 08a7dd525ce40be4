/** Decides whether a request fits into limits of the last minute, and says what is left of them. Pure. */
import type { KeyRow } from '../key.ts';
import type { MinuteWindow } from './minute-window.ts';

/** 0 = no limit. */
export type KeyRateLimits = Pick<KeyRow, 'requestsPerMinute' | 'tokensPerMinute' | 'concurrentRequests'>;

/** One limit as responses report it to clients. */
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

/** What counts against the limits of one key. */
export interface RateCounts {
  readonly requests: MinuteWindow;
  readonly tokens: MinuteWindow;
  readonly running: number;
}

export const secondAt = (ms: number) => Math.floor(ms / 1000);

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
