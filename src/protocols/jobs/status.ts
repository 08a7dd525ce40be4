/** The words in which vendors of jobs say how a job goes. Pure. */

/** By the vendor's own spelling. Every other word, and none, means that the job still runs. */
export interface StatusTable {
  readonly running: readonly string[];
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
}

/** @param word as the vendor wrote it, in any letter case; whatever is no known word of an end means `running` */
export function stateOf(table: StatusTable, word: unknown): 'running' | 'succeeded' | 'failed' {
  if (typeof word !== 'string') return 'running';
  const same = (each: string) => each.toLowerCase() === word.trim().toLowerCase();
  if (table.succeeded.some(same)) return 'succeeded';
  return table.failed.some(same) ? 'failed' : 'running';
}

/** A progress as vendors write it: `37`, `"37%"`. @param most what stands for all of it: 100, or 1 */
export function progressOf(value: unknown, most: 1 | 100 = 100): number {
  const number = typeof value === 'string' ? Number.parseFloat(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return 0;
  return Math.min(100, Math.max(0, Math.round((number * 100) / most)));
}
