/** Sums up how long changes took. Pure. */

/** @returns the middle one; undefined = there are none */
export function medianOf(times: readonly number[]): number | undefined {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) / 2)];
}
