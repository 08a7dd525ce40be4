/** Finds deletions that a repetition must wait for. */
import type { PostgresCoordination } from './coordination.ts';
import type { SequencedChange } from './revocation-log.ts';

/**
 * The changes that are not known to be applied everywhere.
 * @param read those that the database has not marked as applied
 */
export async function unconfirmed(
  coordination: Pick<PostgresCoordination, 'confirming'>,
  read: () => Promise<readonly SequencedChange[]>,
): Promise<readonly SequencedChange[]> {
  const before = coordination.confirming();
  const found = await read();
  const known = new Set([...before, ...coordination.confirming()]);
  return found.filter(({ seq }) => !known.has(seq));
}
