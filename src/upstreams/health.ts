/**
 * Passive health checks: a circuit opens after consecutive failures and then lets one request at a time probe; a
 * rejected upstream key has its own circuit. Pure: `now` is any monotonic clock, in milliseconds.
 */
import { limits } from '../platform/limits.ts';
import type { AttemptOutcome } from './upstreams.ts';

export interface CircuitRules {
  /** Consecutive failures after which a circuit opens. */
  readonly openAfterFailures: number;
  /** How long a circuit stays open, and how long the following probe keeps other requests away. */
  readonly cooldownMs: number;
}

export class Circuit {
  readonly #rules: CircuitRules;
  #failures = 0;
  /** Undefined while the circuit is closed; otherwise no request passes before this time. */
  #openUntil: number | undefined;

  constructor(rules: CircuitRules) {
    this.#rules = rules;
  }

  /** Consecutive failures. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether the circuit is not closed. A probe may be due. */
  get isOpen(): boolean {
    return this.#openUntil !== undefined;
  }

  /** When a probe may pass; undefined while the circuit is closed. */
  get openUntil(): number | undefined {
    return this.#openUntil;
  }

  mayTry(now: number): boolean {
    return this.#openUntil === undefined || now >= this.#openUntil;
  }

  /**
   * Reports that a request is being sent. After the cooldown this request is the probe: the circuit refuses others
   * until the probe is reported, or for another cooldown if it never is (its client may disconnect).
   */
  begin(now: number): void {
    if (this.#openUntil !== undefined) this.#openUntil = now + this.#rules.cooldownMs;
  }

  succeed(): void {
    this.#failures = 0;
    this.#openUntil = undefined;
  }

  /** @param mayOpen whether enough consecutive failures open the circuit */
  fail(now: number, mayOpen = true): void {
    this.#failures += 1;
    if (mayOpen && this.#failures >= this.#rules.openAfterFailures)
      this.#openUntil = now + this.#rules.cooldownMs;
  }
}

/** What an outcome says about the upstream key, and for which part of the channel. The upstream itself responded. */
const keyFaults: Partial<Record<AttemptOutcome, 'key' | 'model'>> = {
  refused: 'key',
  used_up: 'key',
  // Upstreams apply rate limits and permissions to each model.
  busy: 'model',
  model_refused: 'model',
};

/** Whether the upstream key is at fault: for all models (`key`) or for one; undefined when it is not. */
export function keyFaultOf(outcome: AttemptOutcome): 'key' | 'model' | undefined {
  return keyFaults[outcome];
}

/**
 * Cooldown of the key after an attempt in milliseconds; 0 means none.
 * @param retryAfterMs what the upstream requested, respected up to a limit
 */
export function keyRestMs(outcome: AttemptOutcome, retryAfterMs: number | undefined): number {
  if (outcome === 'refused' || outcome === 'model_refused') return limits.upstream_key_refused_ms;
  if (outcome === 'used_up') return limits.upstream_key_used_up_ms;
  if (outcome !== 'busy') return 0;
  const asked = retryAfterMs ?? limits.upstream_key_busy_ms;
  return Number.isFinite(asked) ? Math.min(Math.max(asked, 0), limits.upstream_key_busy_ms_max) : 0;
}
