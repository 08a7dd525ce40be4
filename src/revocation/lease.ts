/**
 * Computes when a lease ends: how long a node may rely on its cache. Pure. Source: Gray and Cheriton, Leases, SOSP
 * 1989. docs/explanation/revocation.md explains each bound.
 */

/** One moment on both clocks of a machine, in milliseconds. */
export interface Instant {
  /** Never goes back, but may stand still while the machine is suspended. */
  readonly monotonic: number;
  /** Continues while the machine is suspended, but may be set. */
  readonly wall: number;
}

// Mutated by tests: drift of clocks
/** Bound on the difference in speed between two clocks: one part in a hundred, far more than that of real clocks. */
const rateDriftMax = 0.01;

/**
 * Whether a lease is valid for its holder.
 * @param from read before the renewal was sent
 */
export function isAlive(from: Instant, now: Instant, leaseMs: number): boolean {
  // Of two clocks that may each show too little, the one that shows more. One that shows too much ends it early.
  // Mutated by tests: the clock that shows more
  const passed = Math.max(now.monotonic - from.monotonic, now.wall - from.wall);
  return passed < leaseMs * (1 - rateDriftMax);
}

/** When it ends for its holder, on the monotonic clock, unless the wall clock shows that sooner. */
export function endOf(from: Instant, leaseMs: number): number {
  return from.monotonic + leaseMs * (1 - rateDriftMax);
}

/**
 * Whether every lease that was renewed before a commit has ended, as seen by a waiting node.
 * @param learnedAt monotonic time at which it learned of the commit
 */
export function haveAllEnded(learnedAt: number, nowMonotonic: number, leaseMs: number): boolean {
  return nowMonotonic >= endOfAll(learnedAt, leaseMs);
}

/** Monotonic time at which every lease that was renewed before `learnedAt` has ended. */
export function endOfAll(learnedAt: number, leaseMs: number): number {
  // Mutated by tests: the end of all leases
  return learnedAt + leaseMs * (1 + rateDriftMax);
}
