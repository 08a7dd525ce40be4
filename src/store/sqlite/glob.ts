/** Translates patterns of the compatible API into GLOB patterns. */

/** `%` becomes any run of characters. GLOB, because LIKE ignores case. */
export function globOf(pattern: string): string {
  return pattern.replaceAll(/[*?[]/g, '[$&]').replaceAll(/%+/g, '*');
}
