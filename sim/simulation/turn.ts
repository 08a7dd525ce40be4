/** Runs all promise continuations of one moment of simulated time. */
import { promiseHooks } from 'node:v8';

/** Number of promise continuations so far. */
let continuations = 0;
promiseHooks.onBefore(() => {
  continuations += 1;
});

/**
 * Resolves when no promise continuation is left to run. Continuations run in the order in which they were queued:
 * if only this one has run since it was queued, none is left. Several times faster than a turn of the event loop.
 */
export async function untilQuiet(): Promise<void> {
  let before: number;
  do {
    before = continuations;
    await undefined;
  } while (continuations !== before + 1);
}

/** One turn of the event loop, for other work of this process. */
export const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
