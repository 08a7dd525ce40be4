/** Waits, for each change made on this node, until every other node has applied it or lost its lease. */
import type { Clock, Timer } from '../platform/clock.ts';
import { type Coordination, type NodeRow, tellingNodesMax } from '../store/coordination.ts';
import {
  type Barrier,
  isPassed,
  noteAcknowledged,
  observeMembers,
  openBarrier,
  unresponsive,
} from './barrier-core.ts';
import { endOfAll } from './lease.ts';

/** How a node was found not to use the old state any more. */
export type ConfirmedBy = 'acknowledged' | 'lease_over' | 'left';

/** A member other than the node that made the change. */
export interface Member extends Pick<NodeRow, 'incarnation' | 'nodeId' | 'processId' | 'name' | 'version'> {
  /** Undefined = not confirmed yet. `left` = it has ended its registration, or was expelled. */
  readonly by: ConfirmedBy | undefined;
}

/** What a change waits for. */
export interface Progress {
  /** Undefined until the members are known. */
  readonly members: readonly Member[] | undefined;
  /** Milliseconds until every lease of now has ended. */
  readonly leaseLeftMs: number;
}

/** Called for each look and each acknowledgement, and when the change has been confirmed. */
export type OnProgress = (progress: Progress) => void;

/** What a change waited for. */
export interface Confirmation {
  /** Undefined when the database could not be asked: then every lease has ended. */
  readonly members: readonly Member[] | undefined;
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
  readonly onProgress: OnProgress[];
  /** Of the first look, without those that joined later. */
  members: readonly NodeRow[] | undefined;
  /** Members that are not listed any more. */
  readonly gone: Set<number>;
  timer: Timer | undefined;
  asking: boolean;
}

/** Interval of listing the nodes while waiting for acknowledgements. Notifications usually arrive sooner. */
const pollMs = 100;

/** The same in a fleet whose nodes do not notify. */
const largePollMs = 10;

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
   * @param onProgress called from the first look on
   */
  wait(seq: number, onProgress?: OnProgress): Promise<Confirmation> {
    const latest = this.#latest;
    // Mutated by tests: a commit has a wait of its own
    if (latest?.barrier.seq === seq) {
      // Callers whose changes were committed together follow them one by one.
      if (onProgress && !latest.onProgress.includes(onProgress)) latest.onProgress.push(onProgress);
      return latest.done.promise;
    }
    const { clock } = this.#options;
    const barrier = openBarrier(seq, clock.monotonic());
    const waiting: Waiting = {
      barrier,
      done: Promise.withResolvers(),
      onProgress: onProgress ? [onProgress] : [],
      members: undefined,
      gone: new Set(),
      timer: undefined,
      asking: true,
    };
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
      noteMembers(waiting, rows, processId);
    } catch {
      // Then the end of all leases decides.
    }
    waiting.asking = false;
    if (!this.#check(waiting) && isLarge(waiting)) this.#arm(waiting);
  }

  #arm(waiting: Waiting): void {
    const { clock, leaseMs } = this.#options;
    const leftMs = endOfAll(waiting.barrier.learnedAt, leaseMs) - clock.monotonic();
    const nextMs = isLarge(waiting) ? largePollMs : pollMs;
    waiting.timer?.cancel();
    waiting.timer = clock.after(Math.min(nextMs, Math.max(1, leftMs)), () => {
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
    const hasPassed = isPassed(barrier, now, leaseMs);
    const members = membersOf(waiting, hasPassed);
    const progress = { members, leaseLeftMs: Math.max(0, endOfAll(barrier.learnedAt, leaseMs) - now) };
    for (const tell of waiting.onProgress) tell(progress);
    if (!hasPassed) return false;
    this.#waiting.delete(waiting);
    waiting.timer?.cancel();
    const unresponsive = barrier.waitingFor?.length ?? 0;
    if (unresponsive > 0) this.#expelLater(barrier);
    const waitedMs = now - barrier.learnedAt;
    const confirmation = { members, nodes: barrier.nodes, unresponsive, waitedMs };
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

/** Whether the nodes do not tell of acknowledgements. This node is one of them. */
function isLarge({ members }: Waiting): boolean {
  return members !== undefined && members.length + 1 > tellingNodesMax;
}

/** Notes the members at the first look, and later those that are not listed any more. */
function noteMembers(waiting: Waiting, rows: readonly NodeRow[], ownProcess: string): void {
  waiting.members ??= rows.filter(({ processId }) => processId !== ownProcess);
  const listed = new Set(rows.map(({ incarnation }) => incarnation));
  for (const { incarnation } of waiting.members) if (!listed.has(incarnation)) waiting.gone.add(incarnation);
}

function membersOf({ members, gone, barrier }: Waiting, hasPassed: boolean): readonly Member[] | undefined {
  return members?.map(({ incarnation, nodeId, processId, name, version }) => {
    const has = { waited: barrier.waitingFor?.includes(incarnation) ?? true, passed: hasPassed };
    const by = barrier.acknowledged.includes(incarnation)
      ? 'acknowledged'
      : gone.has(incarnation)
        ? 'left'
        : found(has);
    return { incarnation, nodeId, processId, name, version, by };
  });
}

function found(has: { readonly waited: boolean; readonly passed: boolean }): ConfirmedBy | undefined {
  if (!has.waited) return 'acknowledged';
  return has.passed ? 'lease_over' : undefined;
}
