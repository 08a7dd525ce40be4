/**
 * Which reads of the database, begun to fill memory, may still be believed when they end. Pure: plain data, so
 * that a model can copy it. The rule: what was read before a change was carried out here is never installed
 * after it. It holds for changes that can be reversed as well, since it is the read that becomes stale, not the
 * key: a read that begins after the change was carried out began after its commit, and sees it.
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
  return !fill.stale;
}
