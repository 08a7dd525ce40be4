/** The interface of the tombstone log, which is outside the database, so that a restore does not revert it. */
import type { Tombstone } from '../../domain/tombstone.ts';

/** The part of a tombstone that the log keeps: neither names nor hints. */
export type LoggedTombstone = Omit<Tombstone, 'name' | 'hint'>;

export interface TombstoneLog {
  /** Its location, for people; without passwords. */
  readonly where: string;
  /**
   * Appends tombstones for good. Resolves when they are on the disk; known ones change nothing.
   * @throws HalleyError('store_unavailable') when it is not certain that they are stored
   */
  append(tombstones: readonly LoggedTombstone[]): Promise<void>;
  /**
   * All tombstones, in pieces.
   * @param onDamaged called for each entry that cannot be read, and is left out
   * @throws HalleyError('store_unavailable')
   */
  read(onDamaged: () => void): AsyncIterable<readonly LoggedTombstone[]>;
  close(): Promise<void>;
}
