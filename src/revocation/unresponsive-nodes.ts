/** Expels nodes that died without leaving, even if no change has waited for them. */
import type { Clock } from '../platform/clock.ts';
import type { Coordination, NodeRow } from '../store/coordination.ts';
import { haveAllEnded } from './lease.ts';

export class UnresponsiveNodes {
  readonly #coordination: Pick<Coordination, 'listNodes' | 'expel'>;
  readonly #clock: Clock;
  #suspects: readonly NodeRow[] = [];
  /** Monotonic time at which they were first seen. */
  #seenAt = 0;

  constructor(coordination: Pick<Coordination, 'listNodes' | 'expel'>, clock: Clock) {
    this.#coordination = coordination;
    this.#clock = clock;
  }

  /** Checks for them once, and expels those whose lease has ended since an earlier check. */
  async look(): Promise<void> {
    const suspects = this.#suspects;
    const ended = suspects.filter((row) => haveAllEnded(this.#seenAt, this.#clock.monotonic(), row.leaseMs));
    if (ended.length > 0) await this.#coordination.expel(ended);
    const now = await this.#coordination.listNodes();
    const isKnown = now.some((row) => suspects.some(({ incarnation }) => incarnation === row.incarnation));
    // Keep the time of the first sight of nodes that are still unresponsive while it is too early to decide.
    if (ended.length < suspects.length && isKnown) return;
    this.#suspects = now.filter(({ renewedMsAgo, leaseMs }) => renewedMsAgo > leaseMs);
    this.#seenAt = this.#clock.monotonic();
  }
}
