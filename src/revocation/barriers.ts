/** Waits, for each change made on this node, until every other node has applied it or lost its lease. */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Coordination } from '../store/coordination.ts';
import {
  type Barrier,
  isPassed,
  noteAcknowledged,
  observeMembers,
  openBarrier,
  unresponsive,
} from './barrier-core.ts';
import { endOfAll } from './lease.ts';

/** What a change waited for. */
export interface Confirmation {
  /** Number of other members. */
  readonly nodes: number;
  /** Those that did not acknowledge the change within a lease. */
  readonly unresponsive: number;
  /** Since the node learned of the commit. */
  readonly waitedMs: number;
}

export interface BarriersOptions {
  readonly coordination: Pick<Coordination, 'listNodes' | 'expel'>;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly processId: string;
  /** Called when a barrier has been passed. */
  readonly onPassed: (confirmation: Confirmation) => void;
}

interface Waiting {
  readonly barrier: Barrier;
  readonly done: PromiseWithResolvers<Confirmation>;
  timer: Timer | undefined;
  asking: boolean;
}

/** Interval of listing the nodes while waiting for acknowledgements. Notifications usually arrive sooner. */
const pollMs = 100;

export class Barriers {
  readonly #options: BarriersOptions;
  readonly #waiting = new Set<Waiting>();
  /** The barrier opened in this turn. */
  #latest: Waiting | undefined;

  constructor(options: BarriersOptions) {
    this.#options = options;
  }

  /**
   * Resolves when every other node has applied the change; within a lease, never rejects. Only calls of the same
   * turn, which belong to one commit, share a barrier: a database that has lost commits assigns the same sequence
   * to another change, which needs its own.
   * @param seq of a change that is known to be committed
   */
  wait(seq: number): Promise<Confirmation> {
    const latest = this.#latest;
    // Mutated by tests: a commit has a wait of its own
    if (latest?.barrier.seq === seq) return latest.done.promise;
    const { clock } = this.#options;
    const barrier = openBarrier(seq, clock.monotonic());
    const waiting: Waiting = { barrier, done: Promise.withResolvers(), timer: undefined, asking: true };
    this.#waiting.add(waiting);
    this.#latest = waiting;
    queueMicrotask(() => {
      this.#latest = undefined;
    });
    void this.#look(waiting);
    return waiting.done.promise;
  }

  acknowledged(incarnation: number, seq: number): void {
    for (const waiting of this.#waiting) {
      noteAcknowledged(waiting.barrier, incarnation, seq);
      this.#check(waiting);
    }
  }

  /** Lists the nodes repeatedly. A database that does not respond does not prolong any lease. */
  async #look(waiting: Waiting): Promise<void> {
    const { coordination, processId, clock } = this.#options;
    this.#arm(waiting);
    try {
      const rows = await coordination.listNodes();
      observeMembers(waiting.barrier, rows, processId, clock.monotonic());
    } catch {
      // Then the end of all leases decides.
    }
    waiting.asking = false;
    this.#check(waiting);
  }

  #arm(waiting: Waiting): void {
    const { clock, leaseMs } = this.#options;
    const leftMs = endOfAll(waiting.barrier.learnedAt, leaseMs) - clock.monotonic();
    waiting.timer = clock.after(Math.min(pollMs, Math.max(1, leftMs)), () => {
      if (this.#check(waiting)) return;
      if (waiting.asking) this.#arm(waiting);
      else {
        waiting.asking = true;
        void this.#look(waiting);
      }
    });
  }

  /** @returns whether it has been passed */
  #check(waiting: Waiting): boolean {
    const { barrier, done } = waiting;
    if (!this.#waiting.has(waiting)) return true;
    const { clock, leaseMs, onPassed } = this.#options;
    const now = clock.monotonic();
    if (!isPassed(barrier, now, leaseMs)) return false;
    this.#waiting.delete(waiting);
    waiting.timer?.cancel();
    const unresponsive = barrier.waitingFor?.length ?? 0;
    if (unresponsive > 0) this.#expelLater(barrier);
    const confirmation = { nodes: barrier.nodes, unresponsive, waitedMs: now - barrier.learnedAt };
    onPassed(confirmation);
    done.resolve(confirmation);
    return true;
  }

  /** Expelling only spares later changes a wait, so its success does not matter here. */
  #expelLater(barrier: Barrier): void {
    const { clock, leaseMs, coordination } = this.#options;
    const expired = unresponsive(barrier, clock.monotonic(), leaseMs);
    if (expired) coordination.expel(expired).catch(() => undefined);
    else clock.after(pollMs, () => this.#expelLater(barrier));
  }
}
