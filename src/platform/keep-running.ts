/** Keeps the process running until it ends itself: unreferenced timers alone would let it exit. */

const farAhead_ms = 2_000_000_000;

/**
 * Runs `work` and keeps the process running meanwhile. Otherwise Node exits with code 13 when a start or stop waits
 * only for unreferenced timers.
 */
export async function keepRunning<Result>(work: () => Promise<Result>): Promise<Result> {
  const kept = setInterval(() => undefined, farAhead_ms);
  try {
    return await work();
  } finally {
    clearInterval(kept);
  }
}
