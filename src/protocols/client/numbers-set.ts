/** Reads names and numbers of a request as the most lenient upstream does. Pure. */

/**
 * A number that a client set, as the most lenient upstream reads it: some take `"5"`, `"1_000"` or 4.5. Undefined
 * for what is none, or is 0, which some take for unset.
 */
export function naturalOf(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value.replaceAll('_', '')) : value;
  return typeof number === 'number' && number > 0 ? Math.ceil(number) : undefined;
}

/** A name as readers that ignore case (Go's) compare it: the Kelvin sign is a k to them, and the long s an s. */
export const folded = (name: string): string => name.toUpperCase().toLowerCase();
