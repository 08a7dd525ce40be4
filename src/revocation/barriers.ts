/** Waits, for each change made here, until every node of the fleet has carried it out. */
import type { Clock, Timer } from '../platform/clock.ts';
import type { Coordination } from '../store/coordination.ts';
import { type Barrier, noteAcknowledged, noteNodes, openBarrier, passed } from './barrier-core.ts';

/** How a change came to hold everywhere. */
export interface Confirmation {
  /** Other nodes that were there. */
  readonly nodes: number;
  /** Of them, those that did not acknowledge it before their lease had ended. */
  readonly expelled: number;
  /** From learning of the commit. */
  readonly waitedMs: number;
}

export interface BarriersOptions {
  readonly coordination: Pick<Coordination, 'listNodes' | 'expel' | 'confirm'>;
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

/** How often the nodes are asked for while acknowledgements are awaited; hints come sooner. */
const pollMs = 100;

export class Barriers {
  readonly #options: BarriersOptions;
  readonly #waiting = new Map<number, Waiting>();

  constructor(options: BarriersOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the change holds on every other node; never later than a lease, never rejects. Whoever waits
   * for the same change joins.
   * @param seq of a change that is known to be committed
   */
  wait(seq: number): Promise<Confirmation> {
    const known = this.#waiting.get(seq);
    if (known) return known.done.promise;
    const { clock } = this.#options;
    const barrier = openBarrier(seq, clock.monotonic());
    const waiting: Waiting = { barrier, done: Promise.withResolvers(), timer: undefined, asking: true };
    this.#waiting.set(seq, waiting);
    void this.#look(waiting);
    return waiting.done.promise;
  }

  acknowledged(incarnation: number, seq: number): void {
    for (const waiting of this.#waiting.values()) {
      noteAcknowledged(waiting.barrier, incarnation, seq);
      this.#judge(waiting);
    }
  }

  /** Asks who is there, again and again; that nobody answers does not keep the leases of others alive. */
  async #look(waiting: Waiting): Promise<void> {
    const { coordination, processId } = this.#options;
    this.#arm(waiting);
    try {
      noteNodes(waiting.barrier, await coordination.listNodes(), processId);
    } catch {
      // The end of all leases decides then.
    }
    waiting.asking = false;
    this.#judge(waiting);
  }

  #arm(waiting: Waiting): void {
    waiting.timer = this.#options.clock.after(pollMs, () => {
      if (this.#judge(waiting)) return;
      if (waiting.asking) this.#arm(waiting);
      else {
        waiting.asking = true;
        void this.#look(waiting);
      }
    });
  }

  /** @returns whether it has been passed */
  #judge(waiting: Waiting): boolean {
    const { barrier, done } = waiting;
    if (this.#waiting.get(barrier.seq) !== waiting) return true;
    const { clock, leaseMs, coordination, onPassed } = this.#options;
    const now = clock.monotonic();
    const outcome = passed(barrier, now, leaseMs);
    if (!outcome) return false;
    this.#waiting.delete(barrier.seq);
    waiting.timer?.cancel();
    const { expelled } = outcome;
    const confirmation = {
      nodes: barrier.nodes,
      expelled: expelled.length,
      waitedMs: now - barrier.learnedAt,
    };
    onPassed(confirmation);
    // Both only spare others a wait: whether they succeed changes nothing of what holds by now.
    if (expelled.length > 0) coordination.expel(expelled, barrier.seq).catch(() => undefined);
    coordination.confirm(barrier.seq).catch(() => undefined);
    done.resolve(confirmation);
    return true;
  }
}
