/**
 * Passive health checks: a circuit opens after consecutive failures and then lets one request at a time probe; a
 * rejected upstream key has its own circuit. Pure: `now` is any monotonic clock, in milliseconds.
 */
import { limits } from '../platform/limits.ts';
import type { AttemptOutcome } from './upstreams.ts';

export interface CircuitRules {
  /** Failures in a row after which a circuit opens. */
  readonly openAfterFailures: number;
  /** How long it stays open, and how long the one trial request after that keeps others away. */
  readonly cooldownMs: number;
}

export class Circuit {
  readonly #rules: CircuitRules;
  #failures = 0;
  /** Undefined while the circuit is closed; else no request passes before this time. */
  #openUntil: number | undefined;

  constructor(rules: CircuitRules) {
    this.#rules = rules;
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the circuit has left normal service; a trial request may still be due. */
  get isOpen(): boolean {
    return this.#openUntil !== undefined;
  }

  mayTry(now: number): boolean {
    return this.#openUntil === undefined || now >= this.#openUntil;
  }

  /**
   * Says that a request is being sent. After a rest it is the trial: others are kept away until it is
   * reported, or for another rest when that never happens (its client may leave).
   */
  begin(now: number): void {
    if (this.#openUntil !== undefined) this.#openUntil = now + this.#rules.cooldownMs;
  }

  succeed(): void {
    this.#failures = 0;
    this.#openUntil = undefined;
  }

  /** @param mayOpen whether enough failures in a row open it */
  fail(now: number, mayOpen = true): void {
    this.#failures += 1;
    if (mayOpen && this.#failures >= this.#rules.openAfterFailures)
      this.#openUntil = now + this.#rules.cooldownMs;
  }
}

/** What an outcome says about the upstream's key, and for how much of the channel. The channel itself has answered. */
const keyFaults: Partial<Record<AttemptOutcome, 'key' | 'model'>> = {
  refused: 'key',
  used_up: 'key',
  // Rate limits and permissions are by model.
  busy: 'model',
  model_refused: 'model',
};

/** Whether the upstream's key is at fault: for everything (`key`) or for one model; undefined = it is not. */
export function keyFaultOf(outcome: AttemptOutcome): 'key' | 'model' | undefined {
  return keyFaults[outcome];
}

/**
 * How long the key of an attempt rests, in milliseconds; 0 = not at all.
 * @param retryAfterMs what the upstream asked for, believed up to a limit
 */
export function keyRestMs(outcome: AttemptOutcome, retryAfterMs: number | undefined): number {
  if (outcome === 'refused' || outcome === 'model_refused') return limits.upstream_key_refused_ms;
  if (outcome === 'used_up') return limits.upstream_key_used_up_ms;
  if (outcome !== 'busy') return 0;
  const asked = retryAfterMs ?? limits.upstream_key_busy_ms;
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), limits.upstream_key_busy_ms_max) : 0;
}
