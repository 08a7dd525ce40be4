/** Limits password guessing without letting strangers lock out an account's owner. */
import type { Clock } from '../platform/clock.ts';
import type { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { AttemptCounts } from './attempt-counts.ts';
import { KnownNetworks } from './known-networks.ts';
import { type LoginRequest, type LoginSource, loginSource } from './login-source.ts';

export interface LoginLimiterOptions {
  readonly clock: Clock;
  /** Failures of one network within `windowMs`. */
  readonly attemptsMax: number;
  readonly windowMs: number;
  /** Failures with one user name within an hour, from networks it has not signed in from lately. */
  readonly unknownAttemptsMax: number;
}

/** A login that has begun: it counts as a failure until it has succeeded. */
export interface LoginAttempt {
  /**
   * To be called before the password is looked at.
   * @throws HalleyError('too_many_attempts') with Retry-After
   */
  useName(username: string): void;
  /** Takes the attempt back from all counts, and makes its network known to its user name. */
  succeeded(): void;
}

/**
 * Three limits. Each network has its own, whatever it sends. A user name has a wide one over all networks but
 * those it signed in from lately: without it, an attacker with many networks could guess on and on. What comes
 * through a proxy that is not declared has a wide one too, since the clients it names may be invented.
 */
export class LoginLimiter {
  readonly #networks: AttemptCounts;
  readonly #names: AttemptCounts;
  readonly #proxies: AttemptCounts;
  readonly #passwordChanges: AttemptCounts;
  readonly #known: KnownNetworks;

  constructor({ clock, attemptsMax, windowMs, unknownAttemptsMax }: LoginLimiterOptions) {
    this.#networks = new AttemptCounts({ clock, attemptsMax, windowMs });
    this.#names = new AttemptCounts({
      clock,
      attemptsMax: unknownAttemptsMax,
      windowMs: limits.login_name_window_ms,
    });
    this.#proxies = new AttemptCounts({
      clock,
      attemptsMax: attemptsMax * limits.undeclared_proxy_logins_factor,
      windowMs,
    });
    this.#passwordChanges = new AttemptCounts({ clock, attemptsMax, windowMs });
    this.#known = new KnownNetworks(clock);
  }

  /**
   * Counts a login before anything else of it is looked at, so that whatever is wrong with it counts, and
   * attempts made at the same time do.
   * @throws HalleyError('too_many_attempts') with Retry-After
   */
  begin(request: LoginRequest): LoginAttempt {
    const source = loginSource(request);
    const { network, undeclaredProxy } = source;
    refuse(this.#networks.refusal(network));
    const crowded = undeclaredProxy === undefined ? undefined : this.#proxies.refusal(undeclaredProxy);
    const takeBack = [this.#networks.add(network)];
    if (undeclaredProxy !== undefined) takeBack.push(this.#proxies.add(undeclaredProxy));
    return this.#attempt(source, crowded, takeBack);
  }

  #attempt(
    { network }: LoginSource,
    crowded: HalleyError | undefined,
    takeBack: (() => void)[],
  ): LoginAttempt {
    let name: string | undefined;
    return {
      useName: (username) => {
        name = username;
        if (this.#known.has(username, network)) return;
        refuse(crowded ?? this.#names.refusal(username));
        takeBack.push(this.#names.add(username));
      },
      succeeded: () => {
        for (const back of takeBack) back();
        if (name !== undefined) this.#known.add(name, network);
      },
    };
  }

  /**
   * Counts a guess of the old password by somebody who is signed in. Logins do not count here, so that no
   * stranger can keep an owner from changing a password.
   * @returns what takes the guess back when it was right
   * @throws HalleyError('too_many_attempts') with Retry-After
   */
  beginPasswordChange(username: string): () => void {
    refuse(this.#passwordChanges.refusal(username));
    return this.#passwordChanges.add(username);
  }
}

function refuse(error: HalleyError | undefined): void {
  if (error) throw error;
}
