/** Keeps an access token that expires, and renews it in time. */
import type { Clock } from '../../platform/clock.ts';

export interface IssuedToken {
  readonly value: string;
  /** Milliseconds from its issue. */
  readonly lifetimeMs: number;
}

/** A token is renewed this long before it expires, or after half of its lifetime if that is later. */
const renewAheadMs = 300_000;
/** A token that expires sooner may be refused on its arrival. */
const leastLeftMs = 10_000;
/** Pause after a failed renewal, while the token is still valid. */
const retryMs = 10_000;

interface HeldToken {
  readonly value: string;
  /** Monotonic milliseconds. */
  readonly renewAt: number;
  readonly endsAt: number;
}

export class TokenSource {
  readonly #issue: () => Promise<IssuedToken>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  #held: HeldToken | undefined;
  #renewing: Promise<string> | undefined;
  /** Monotonic milliseconds before which no renewal is tried that can wait. */
  #waitsUntil = Number.NEGATIVE_INFINITY;

  /** @param issue requests a new token */
  constructor(issue: () => Promise<IssuedToken>, clock: Pick<Clock, 'monotonic'>) {
    this.#issue = issue;
    this.#clock = clock;
  }

  /** The token that was issued last; undefined = there is none yet. It may have expired. */
  get last(): string | undefined {
    return this.#held?.value;
  }

  /**
   * Returns a valid token. All callers share one request for a new one, and none waits for it while the old one is
   * valid.
   * @throws what `issue` throws, if there is no valid token
   */
  async token(): Promise<string> {
    const now = this.#clock.monotonic();
    const held = this.#held;
    if (!held || now >= held.endsAt - leastLeftMs) return this.#renew();
    if (now >= held.renewAt && now >= this.#waitsUntil) {
      this.#renew().catch(() => {
        this.#waitsUntil = this.#clock.monotonic() + retryMs;
      });
    }
    return held.value;
  }

  /**
   * Discards a token that the upstream refused.
   * @param value ignored if another has been issued since
   */
  discard(value: string): void {
    if (this.#held?.value === value) this.#held = undefined;
  }

  #renew(): Promise<string> {
    this.#renewing ??= this.#issueOnce().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #issueOnce(): Promise<string> {
    const askedAt = this.#clock.monotonic();
    const { value, lifetimeMs } = await this.#issue();
    const renewAfterMs = Math.max(lifetimeMs / 2, lifetimeMs - renewAheadMs);
    this.#held = { value, renewAt: askedAt + renewAfterMs, endsAt: askedAt + lifetimeMs };
    return value;
  }
}
