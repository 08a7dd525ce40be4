/** Waiting in tests: polls a condition instead of trusting a time. */
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves when `condition` holds; asks every `everyMs` milliseconds.
 * @throws Error after 30 seconds, far beyond what a slow machine needs
 */
export async function until(condition: () => boolean | Promise<boolean>, everyMs = 10): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited 30 s in vain for: ${condition}`);
    await sleep(everyMs);
  }
}
