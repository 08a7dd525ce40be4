/** The four things that make the owner of a key look at it again. Pure. */

export const keyRisks = ['no_limit', 'never_expires', 'idle', 'removable'] as const;
/**
 * Of keys that work: `no_limit` = neither a quota nor a budget, `never_expires`, `idle` = not used for long. Of keys
 * that do not work: `removable` = also not used for a while, so that nobody misses them.
 */
export type KeyRisk = (typeof keyRisks)[number];

/** How long a key that works is unused before it counts as idle, in days. */
export const idleDays = 90;
/** How long a key that does not work is unused before it counts as removable, in days. */
export const removableDays = 30;
