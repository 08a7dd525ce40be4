/** Limits leaked-key reports for each network and for each undeclared proxy. */
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { AttemptCounts } from './attempt-counts.ts';
import { type LoginRequest, loginSource } from './login-source.ts';

export class ReportLimiter {
  readonly #networks: AttemptCounts;
  readonly #proxies: AttemptCounts;

  constructor(clock: Clock) {
    const attemptsMax = limits.leak_reports_max;
    const windowMs = limits.leak_reports_window_ms;
    this.#networks = new AttemptCounts({ clock, attemptsMax, windowMs });
    const factor = limits.undeclared_proxy_logins_factor;
    this.#proxies = new AttemptCounts({ clock, attemptsMax: attemptsMax * factor, windowMs });
  }

  /**
   * Counts a report before its body is read.
   * @throws HalleyError('too_many_attempts') with Retry-After
   */
  take(request: LoginRequest): void {
    const { network, undeclaredProxy } = loginSource(request);
    const refusal =
      this.#networks.refusal(network) ??
      (undeclaredProxy === undefined ? undefined : this.#proxies.refusal(undeclaredProxy));
    if (refusal) throw refusal;
    this.#networks.add(network);
    if (undeclaredProxy !== undefined) this.#proxies.add(undeclaredProxy);
  }
}
