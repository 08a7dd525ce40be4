/**
 * What the node that makes a change waits for before it answers: that every other node has carried the change
 * out, or that its lease has ended. Pure: plain data and functions, which the simulation and the model run too.
 */
import type { NodeRow } from '../store/coordination.ts';
import { haveAllEnded } from './lease.ts';

export interface Barrier {
  readonly seq: number;
  /** Monotonic, when the commit was learned of. */
  readonly learnedAt: number;
  /** Incarnations that have not acknowledged; undefined = not known yet who is there. */
  waitingFor: number[] | undefined;
  /** Nodes that had to be waited for. */
  nodes: number;
}

/** @param learnedAt monotonic milliseconds, read after the commit was confirmed */
export function openBarrier(seq: number, learnedAt: number): Barrier {
  return { seq, learnedAt, waitingFor: undefined, nodes: 0 };
}

/**
 * Takes in who is there. Nodes that came later do not matter: they began with an empty memory, after the commit.
 * @param rows read after the commit was confirmed
 * @param ownProcess what carries the change out by itself
 */
export function noteNodes(
  barrier: Barrier,
  rows: readonly Pick<NodeRow, 'incarnation' | 'acked' | 'processId'>[],
  ownProcess: string,
): void {
  const behind = rows
    .filter(({ processId, acked }) => processId !== ownProcess && acked < barrier.seq)
    .map(({ incarnation }) => incarnation);
  if (barrier.waitingFor === undefined) {
    barrier.waitingFor = behind;
    barrier.nodes = rows.filter(({ processId }) => processId !== ownProcess).length;
  } else barrier.waitingFor = barrier.waitingFor.filter((incarnation) => behind.includes(incarnation));
}

export function noteAcknowledged(barrier: Barrier, incarnation: number, seq: number): void {
  if (seq < barrier.seq) return;
  barrier.waitingFor = barrier.waitingFor?.filter((other) => other !== incarnation);
}

/**
 * @returns undefined = wait on; otherwise the change holds on every node, and these incarnations (which must not
 * be waited for again) have not acknowledged it
 */
export function passed(
  barrier: Barrier,
  nowMonotonic: number,
  leaseMs: number,
): { readonly expelled: readonly number[] } | undefined {
  if (barrier.waitingFor?.length === 0) return { expelled: [] };
  if (!haveAllEnded(barrier.learnedAt, nowMonotonic, leaseMs)) return undefined;
  return { expelled: barrier.waitingFor ?? [] };
}
