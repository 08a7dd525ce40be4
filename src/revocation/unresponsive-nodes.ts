/** Ends the registrations of nodes that died without leaving, although no change has waited for them. */
import type { Clock } from '../platform/clock.ts';
import type { Coordination, NodeRow } from '../store/coordination.ts';
import { haveAllEnded } from './lease.ts';

export class UnresponsiveNodes {
  readonly #coordination: Pick<Coordination, 'listNodes' | 'expel'>;
  readonly #clock: Clock;
  #suspects: readonly NodeRow[] = [];
  /** Monotonic, when they were seen first. */
  #seenAt = 0;

  constructor(coordination: Pick<Coordination, 'listNodes' | 'expel'>, clock: Clock) {
    this.#coordination = coordination;
    this.#clock = clock;
  }

  /** Looks for them once, and expels those whose lease has ended since an earlier look. */
  async look(): Promise<void> {
    const suspects = this.#suspects;
    const ended = suspects.filter((row) => haveAllEnded(this.#seenAt, this.#clock.monotonic(), row.leaseMs));
    if (ended.length > 0) await this.#coordination.expel(ended);
    const now = await this.#coordination.listNodes();
    const isKnown = now.some((row) => suspects.some(({ incarnation }) => incarnation === row.incarnation));
    // Those that are unresponsive still, although it is too early to say, are left where they were seen first.
    if (ended.length < suspects.length && isKnown) return;
    this.#suspects = now.filter(({ renewedMsAgo, leaseMs }) => renewedMsAgo > leaseMs);
    this.#seenAt = this.#clock.monotonic();
  }
}
