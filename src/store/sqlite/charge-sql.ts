/**
 * SQL for taking `?1` units off a row. Amounts stop at the largest integers that JavaScript can read back:
 * an absurd charge must not make the row unreadable.
 */

/** What is left in `column` after the charge; may go below zero. */
export function lowered(column: string): string {
  return `iif(unlimited_quota, ${column}, max(${column} - ?1, ${Number.MIN_SAFE_INTEGER}))`;
}

/** The sum in `column` after the charge. */
export function raised(column: string): string {
  return `min(${column} + ?1, ${Number.MAX_SAFE_INTEGER})`;
}
