/**
 * Passive health: a channel that keeps failing is rested and then tried with one request at a time, and an
 * upstream key that was turned away rests by itself. Pure: `now` is any clock that never goes back, in
 * milliseconds.
 */
import { limits } from '../platform/limits.ts';
import type { AttemptOutcome } from './upstreams.ts';

export interface RestRules {
  /** Failures in a row after which a channel rests. */
  readonly restAfterFailures: number;
  /** How long it rests, and how long the one trial request after that keeps others away. */
  readonly restMs: number;
}

export class ChannelHealth {
  readonly #rules: RestRules;
  #failures = 0;
  /** Undefined while the channel is ready; else no request goes there before this time. */
  #closedUntil: number | undefined;

  constructor(rules: RestRules) {
    this.#rules = rules;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the channel has failed its way out of normal service; a trial request may still be due. */
  get resting(): boolean {
    return this.#closedUntil !== undefined;
  }

  mayTry(now: number): boolean {
    return this.#closedUntil === undefined || now >= this.#closedUntil;
  }

  /**
   * Says that a request is being sent. After a rest it is the trial: others are kept away until it is
   * reported, or for another rest when that never happens (its client may leave).
   */
  begin(now: number): void {
    if (this.#closedUntil !== undefined) this.#closedUntil = now + this.#rules.restMs;
  }

  succeed(): void {
    this.#failures = 0;
    this.#closedUntil = undefined;
  }

  fail(now: number): void {
    this.#failures += 1;
    if (this.#failures >= this.#rules.restAfterFailures) this.#closedUntil = now + this.#rules.restMs;
  }
}

/** Whether an outcome is a matter of the upstream's key alone; the channel itself has answered. */
export function isKeyFault(outcome: AttemptOutcome): boolean {
  return outcome === 'busy' || outcome === 'refused';
}

/**
 * How long the key of an attempt rests, in milliseconds; 0 = not at all.
 * @param retryAfterMs what the upstream asked for, believed up to a limit
 */
export function keyRestMs(outcome: AttemptOutcome, retryAfterMs: number | undefined): number {
  if (outcome === 'refused') return limits.upstream_key_refused_ms;
  if (outcome !== 'busy') return 0;
  const asked = retryAfterMs ?? limits.upstream_key_busy_ms;
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), limits.upstream_key_busy_ms_max) : 0;
}
