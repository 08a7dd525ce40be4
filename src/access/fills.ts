/**
 * Decides whether a read for the cache may be installed when it ends. Pure: plain data, so that a model can copy
 * it. A read that began before a change was applied here is never installed after it. That also applies to changes
 * that are undone again, since the read becomes stale, not the key. A read that begins after the change was applied
 * began after its commit, and sees it.
 */

/** A pending read. */
export interface Fill {
  readonly digestKey: string;
  /** Set by an access change after the read began. */
  stale: boolean;
}

export type Fills = Set<Fill>;

export function beginFill(fills: Fills, digestKey: string): Fill {
  const fill = { digestKey, stale: false };
  fills.add(fill);
  return fill;
}

/** @param digestKey undefined for all keys, when it is unknown which ones a change affects */
export function makeStale(fills: Fills, digestKey: string | undefined): void {
  for (const fill of fills) if (digestKey === undefined || fill.digestKey === digestKey) fill.stale = true;
}

/** @returns whether the result of the read may be installed and used */
export function endFill(fills: Fills, fill: Fill): boolean {
  fills.delete(fill);
  // Mutated by tests: a stale read is not installed
  return !fill.stale;
}
