/** Runs an asynchronous task once, however often it is requested. */

/** @returns what gives every caller the outcome of the first call */
export function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
