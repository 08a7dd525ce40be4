/** Bounds amounts of quota units. */

/** Amounts stop here: larger ones could not be read back. */
export const safeMax = Number.MAX_SAFE_INTEGER;
