/** The log of tombstones outside the database, which no restore of the database takes back. */
import type { Tombstone } from '../../domain/tombstone.ts';

/** What the log keeps of a tombstone: neither names nor hints. */
export type LoggedTombstone = Omit<Tombstone, 'name' | 'hint'>;

export interface TombstoneLog {
  /** Where it is, for people; without passwords. */
  readonly where: string;
  /**
   * Adds tombstones for good. Resolves when they are on the disk; those that are there already change nothing.
   * @throws HalleyError('store_unavailable') when they are not certain to be there
   */
  append(tombstones: readonly LoggedTombstone[]): Promise<void>;
  /**
   * All of them, in pieces.
   * @param onDamaged told of each entry that cannot be read, and is left out
   * @throws HalleyError('store_unavailable')
   */
  read(onDamaged: () => void): AsyncIterable<readonly LoggedTombstone[]>;
  close(): Promise<void>;
}
