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
  /** Failures with one user name within an hour, from networks without a recent sign-in of that name. */
  readonly unknownAttemptsMax: number;
}

/** A login that has begun. It counts as a failure until it succeeds. */
export interface LoginAttempt {
  /**
   * Must be called before the password is checked.
   * @throws HalleyError('too_many_attempts') with Retry-After
   */
  useName(username: string): void;
  /** Removes the attempt from all counts and adds its network to the known networks of the user name. */
  succeeded(): void;
}

/**
 * Applies three limits. Each network has its own limit. Each user name has a higher limit over all networks without
 * a recent sign-in; otherwise an attacker with many networks could guess without end. Each undeclared proxy has a
 * higher limit too, since the client addresses that it names may be forged.
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
   * Counts a login before anything else is checked, so that malformed and concurrent attempts count too.
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
   * Counts a guess of the old password by a signed-in user. Logins do not count here, so that strangers cannot
   * prevent an owner from changing a password.
   * @returns a function that removes the guess when it was right
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
