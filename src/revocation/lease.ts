/**
 * Computes when a lease ends: for how long a node may rely on its cache. Pure.
 * Source: Gray and Cheriton, Leases, SOSP 1989. See docs/revocation.md for why each bound is as it is.
 */

/** One moment on both clocks of a machine, in milliseconds. */
export interface Instant {
  /** Never goes back, but may stand still while the machine is suspended. */
  readonly monotonic: number;
  /** Goes on while suspended, but may be set. */
  readonly wall: number;
}

// Mutated by tests: drift of clocks
/** By how much two clocks may differ in speed: one part in a hundred, which is far more than any real ones do. */
const rateDriftMax = 0.01;

/**
 * Whether a lease is still alive for the node that holds it.
 * @param from read before the renewal was sent
 */
export function isAlive(from: Instant, now: Instant, leaseMs: number): boolean {
  // Of two clocks that may each show too little, the one that shows more. One that shows too much ends it early.
  // Mutated by tests: the clock that shows more
  const passed = Math.max(now.monotonic - from.monotonic, now.wall - from.wall);
  return passed < leaseMs * (1 - rateDriftMax);
}

/** When it has ended for its holder, on the monotonic clock, unless the wall clock shows that sooner. */
export function endOf(from: Instant, leaseMs: number): number {
  return from.monotonic + leaseMs * (1 - rateDriftMax);
}

/**
 * Whether every lease that was renewed before a commit has ended, for the node that waits.
 * @param learnedAt monotonic, when it learned of the commit
 */
export function haveAllEnded(learnedAt: number, nowMonotonic: number, leaseMs: number): boolean {
  return nowMonotonic >= endOfAll(learnedAt, leaseMs);
}

/** When every lease that was renewed before `learnedAt` has ended, monotonic. */
export function endOfAll(learnedAt: number, leaseMs: number): number {
  // Mutated by tests: the end of all leases
  return learnedAt + leaseMs * (1 + rateDriftMax);
}
