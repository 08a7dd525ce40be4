/**
 * Decides when a change is applied everywhere: each other node has applied it, or its lease has ended. Pure: plain
 * data and functions, which the model runs too.
 */
import type { NodeRow } from '../store/coordination.ts';
import { haveAllEnded } from './lease.ts';

export interface Barrier {
  readonly seq: number;
  /** Monotonic time at which the node learned of the commit. */
  readonly learnedAt: number;
  /** Incarnations that have not acknowledged; undefined until the members are known. */
  waitingFor: number[] | undefined;
  /** Incarnations that have acknowledged, possibly before the members are known. */
  acknowledged: number[];
  /** Number of members. */
  nodes: number;
  /** Members that were behind at the first look, with their state then, and the monotonic time of that look. */
  seen: readonly Unresponsive[];
  seenAt: number;
}

/** A registration and its number of renewals. */
type Unresponsive = Pick<NodeRow, 'incarnation' | 'renewals'>;

/** @param learnedAt monotonic milliseconds, read after the commit was confirmed */
export function openBarrier(seq: number, learnedAt: number): Barrier {
  return { seq, learnedAt, waitingFor: undefined, acknowledged: [], nodes: 0, seen: [], seenAt: learnedAt };
}

/**
 * Takes the list of members. Nodes that joined later do not matter: they began with an empty cache, after the
 * commit. A node that is missing has left, or was expelled when it had no lease.
 * @param rows read after the commit was confirmed
 * @param ownProcess applies the change itself
 * @param nowMonotonic read after `rows`
 */
export function observeMembers(
  barrier: Barrier,
  rows: readonly Pick<NodeRow, 'incarnation' | 'acked' | 'processId' | 'renewals'>[],
  ownProcess: string,
  nowMonotonic: number,
): void {
  const others = rows.filter(({ processId }) => processId !== ownProcess);
  const behind = others.filter(
    ({ incarnation, acked }) => acked < barrier.seq && !barrier.acknowledged.includes(incarnation),
  );
  const incarnations = behind.map(({ incarnation }) => incarnation);
  if (barrier.waitingFor === undefined) {
    barrier.waitingFor = incarnations;
    barrier.nodes = others.length;
    barrier.seen = behind.map(({ incarnation, renewals }) => ({ incarnation, renewals }));
    barrier.seenAt = nowMonotonic;
  } else barrier.waitingFor = barrier.waitingFor.filter((incarnation) => incarnations.includes(incarnation));
}

export function noteAcknowledged(barrier: Barrier, incarnation: number, seq: number): void {
  if (seq < barrier.seq) return;
  barrier.acknowledged.push(incarnation);
  barrier.waitingFor = barrier.waitingFor?.filter((other) => other !== incarnation);
}

/** Whether every other node has applied the change, or its lease has ended since. */
export function isPassed(barrier: Barrier, nowMonotonic: number, leaseMs: number): boolean {
  // Mutated by tests: all have acknowledged
  return barrier.waitingFor?.length === 0 || haveAllEnded(barrier.learnedAt, nowMonotonic, leaseMs);
}

/**
 * Returns registrations that may be expelled if they were not renewed since (see `Coordination.expel`), so that
 * later changes do not wait for them. A missing acknowledgement alone is not sufficient: a slow node may have
 * renewed its lease meanwhile.
 * @returns undefined when it is too early to decide
 */
export function unresponsive(
  { seen, seenAt, acknowledged }: Barrier,
  nowMonotonic: number,
  leaseMs: number,
): readonly Unresponsive[] | undefined {
  // Mutated by tests: only ended leases are expelled
  if (!haveAllEnded(seenAt, nowMonotonic, leaseMs)) return undefined;
  return seen.filter(({ incarnation }) => !acknowledged.includes(incarnation));
}
