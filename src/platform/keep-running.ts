/** Keeps the process running until it ends itself: unreferenced timers alone would let it exit. */

const farAhead_ms = 2_000_000_000;

/**
 * Runs `work`, and keeps the process running meanwhile: without it Node ends the process, with code 13, when a start or a
 * stop waits for nothing but time.
 */
export async function keepRunning<Result>(work: () => Promise<Result>): Promise<Result> {
  const kept = setInterval(() => undefined, farAhead_ms);
  try {
    return await work();
  } finally {
    clearInterval(kept);
  }
}
