/** Patterns of the compatible API in SQLite. */

/** `%` becomes any run of characters. GLOB rather than LIKE, which takes `A` and `a` for the same. */
export function globOf(pattern: string): string {
  return pattern.replaceAll(/[*?[]/g, '[$&]').replaceAll(/%+/g, '*');
}
