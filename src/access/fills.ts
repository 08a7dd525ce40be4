/**
 * Decides which reads that began to fill the cache may still be installed when they end. Pure: plain data, so that a
 * model can copy it. The rule: what was read before a change was applied here is never installed after it. It holds for
 * changes that can be reversed as well, since the read becomes stale, not the key: a read that begins after the change
 * was applied began after its commit, and sees it.
 */

/** One read under way. */
export interface Fill {
  readonly digestKey: string;
  /** Set when a right changed since the read began. */
  stale: boolean;
}

export type Fills = Set<Fill>;

export function beginFill(fills: Fills, digestKey: string): Fill {
  const fill = { digestKey, stale: false };
  fills.add(fill);
  return fill;
}

/** @param digestKey undefined = of any key, when it is not known which ones a change is about */
export function makeStale(fills: Fills, digestKey: string | undefined): void {
  for (const fill of fills) if (digestKey === undefined || fill.digestKey === digestKey) fill.stale = true;
}

/** @returns whether what was read may be installed and used */
export function endFill(fills: Fills, fill: Fill): boolean {
  fills.delete(fill);
  // Mutated by tests: a stale read is not installed
  return !fill.stale;
}
