/** Runs an asynchronous task once, however often it is requested. */

/** @returns a function that gives every caller the result of the first call */
export function once(run: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
