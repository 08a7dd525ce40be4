/**
 * Decides when a change holds on every other node: each has applied it, or its lease has ended. Pure: plain data and
 * functions, which the model runs too.
 */
import type { NodeRow } from '../store/coordination.ts';
import { haveAllEnded } from './lease.ts';

export interface Barrier {
  readonly seq: number;
  /** Monotonic, when the commit was learned of. */
  readonly learnedAt: number;
  /** Incarnations that have not acknowledged; undefined = not known yet who is there. */
  waitingFor: number[] | undefined;
  /** Incarnations that have: an acknowledgement may come before it is known who is there. */
  acknowledged: number[];
  /** Nodes that were there. */
  nodes: number;
  /** Those that were behind at the first look, as they were then, and (monotonic) when that was learned. */
  seen: readonly Unresponsive[];
  seenAt: number;
}

/** A registration, by how often it had been extended. */
type Unresponsive = Pick<NodeRow, 'incarnation' | 'renewals'>;

/** @param learnedAt monotonic milliseconds, read after the commit was confirmed */
export function openBarrier(seq: number, learnedAt: number): Barrier {
  return { seq, learnedAt, waitingFor: undefined, acknowledged: [], nodes: 0, seen: [], seenAt: learnedAt };
}

/**
 * Takes in who is there. Nodes that came later do not matter: they began with an empty memory, after the commit.
 * One that is not there any more has left, or was expelled when it had no lease.
 * @param rows read after the commit was confirmed
 * @param ownProcess which applies the change by itself
 * @param nowMonotonic read after `rows` were
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

/** Whether the change holds on every other node: each has applied it, or its lease has ended since. */
export function isPassed(barrier: Barrier, nowMonotonic: number, leaseMs: number): boolean {
  // Mutated by tests: all have acknowledged
  return barrier.waitingFor?.length === 0 || haveAllEnded(barrier.learnedAt, nowMonotonic, leaseMs);
}

/**
 * Registrations that may be ended, so that nobody waits for them again, on the condition that they were not extended
 * since (see `Coordination.expel`). Not that they have not acknowledged makes them so: a node that is slow to do
 * that may have renewed its lease meanwhile.
 * @returns undefined = it is too early to say
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
