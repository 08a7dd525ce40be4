/** Synchronizes the database and the tombstone log, in both directions. */
import { digestText } from '../../domain/digest.ts';
import type { Tombstone } from '../../domain/tombstone.ts';
import type { Reapplied, TombstonePosition, TombstoneStore } from '../store.ts';
import { addReapplied, nothingReapplied } from './reapplied.ts';
import type { LoggedTombstone, TombstoneLog } from './tombstone-log.ts';

/** The most tombstones that are read, or appended, at a time. */
const pieceRows = 500;

export interface Reconciled {
  /** Credentials that were alive in the database although the log names them; they are deleted again. */
  readonly revived: Reapplied;
  /** Tombstones that the log had and the database lacked. */
  readonly restored: number;
  /** Tombstones that the database had and the log lacked. */
  readonly logged: number;
  /** Entries of the log that cannot be read. */
  readonly damaged: number;
}

/**
 * First deletes what the log names, then completes the log. Call it before anything is served from a database that may
 * have been restored.
 * @throws HalleyError('store_unavailable')
 */
export async function reconcileTombstones(
  store: Pick<TombstoneStore, 'ofDigests' | 'reapply' | 'list'>,
  log: TombstoneLog,
): Promise<Reconciled> {
  let revived = nothingReapplied;
  const known = new Set<string>();
  let [restored, damaged] = [0, 0];
  for await (const piece of log.read(() => (damaged += 1))) {
    for (const { digest } of piece) known.add(digestText(digest));
    const missing = await findMissing(store, piece);
    if (missing.length === 0) continue;
    revived = addReapplied(revived, await store.reapply(missing.map(withoutName)));
    restored += missing.length;
  }
  const logged = await completeLog(store, log, known);
  return { revived, restored, logged, damaged };
}

async function findMissing(
  store: Pick<TombstoneStore, 'ofDigests'>,
  piece: readonly LoggedTombstone[],
): Promise<readonly LoggedTombstone[]> {
  const found = await store.ofDigests(piece.map(({ digest }) => digest));
  const known = new Set(found.map(({ digest }) => digestText(digest)));
  return piece.filter(({ digest }) => !known.has(digestText(digest)));
}

const withoutName = (tombstone: LoggedTombstone): Tombstone => ({ ...tombstone, name: '', hint: '' });

/** @returns how many were added */
async function completeLog(
  store: Pick<TombstoneStore, 'list'>,
  log: TombstoneLog,
  known: ReadonlySet<string>,
): Promise<number> {
  let added = 0;
  let after: TombstonePosition | undefined;
  for (;;) {
    const piece = await store.list(after, pieceRows);
    after = piece.at(-1);
    if (after === undefined) return added;
    const missing = piece.filter(({ digest }) => !known.has(digestText(digest)));
    if (missing.length > 0) await log.append(missing);
    added += missing.length;
  }
}
