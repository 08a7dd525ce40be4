/** How long a parent waits before it replaces a worker that ended by itself. Pure. */

const firstMs = 500;
const mostMs = 30_000;
/** A worker that served so long shows that the one before it did not end of the same cause. */
const steadyMs = 60_000;

/** @returns how often in a row workers in one place have ended soon, this one included */
export const failuresAfter = (before: number, servedMs: number): number =>
  servedMs >= steadyMs ? 1 : before + 1;

/** @param failures at least 1 */
export const restartDelayMs = (failures: number): number => Math.min(mostMs, firstMs * 2 ** (failures - 1));
