/** Lets everything happen that promises bring about at one moment of simulated time. */
import { promiseHooks } from 'node:v8';

/** Continuations of promises that have run so far. */
let continuations = 0;
promiseHooks.onBefore(() => {
  continuations += 1;
});

/**
 * Resolves when no continuation of a promise is left to run. They run in the order in which they were queued: when
 * nothing has run since this one was queued but itself, nothing is left. Several times faster than a turn of the event loop.
 */
export async function untilQuiet(): Promise<void> {
  let before: number;
  do {
    before = continuations;
    await undefined;
  } while (continuations !== before + 1);
}

/** A turn of the event loop, for what else runs in this process. */
export const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
