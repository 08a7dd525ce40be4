/** Reapplies to a restored database the deletions made after its backup. */
import { existsSync } from 'node:fs';
import type { Tombstone } from '../../domain/tombstone.ts';
import { Connection } from '../sqlite/connection.ts';
import { SqliteTombstones } from '../sqlite/sqlite-tombstones.ts';
import type { Reapplied, TombstonePosition } from '../store.ts';
import { openTombstoneLog, type TombstoneSettings, tombstoneLogPath } from '../tombstones/open-log.ts';
import { addReapplied, nothingReapplied } from '../tombstones/reapplied.ts';
import { reconcileTombstones } from '../tombstones/reconcile.ts';

/** The schema version from which on tombstones say what they are of; before, all are of keys. */
const firstWithDetails = 6;
/** Tombstones that are read at a time. */
const pieceRows = 500;

export interface MergedTombstones {
  /** Credentials that were alive in the backup and are deleted again. */
  readonly deletedAgain: Reapplied;
  /** Where the log should be but is not; undefined = it is there. */
  readonly missingLog: string | undefined;
  /** Entries of the log that cannot be read. */
  readonly damaged: number;
  /** Whether the present database is damaged where its tombstones are: those that only it knew are lost. */
  readonly isPresentDamaged: boolean;
}

/**
 * Deletes in the restored database what the tombstone log names, and what the present database names, which may know
 * more: deletions from before there was a log.
 * @param presentPath undefined = there is none that can be read
 * @throws HalleyError('store_unavailable') when the log cannot be read
 */
export async function mergeTombstones(
  restoredPath: string,
  presentPath: string | undefined,
  settings: TombstoneSettings,
): Promise<MergedTombstones> {
  const path = tombstoneLogPath(settings);
  const missingLog = path !== undefined && !existsSync(path) ? path : undefined;
  const connection = new Connection(restoredPath);
  try {
    const restored = new SqliteTombstones(connection, async (work) => connection.transaction(work));
    const present =
      presentPath === undefined
        ? { deletedAgain: nothingReapplied, isDamaged: false }
        : await mergePresent(restored, presentPath);
    const log = await openTombstoneLog(settings);
    try {
      const { revived, damaged } = await reconcileTombstones(restored, log);
      return {
        deletedAgain: addReapplied(present.deletedAgain, revived),
        missingLog,
        damaged,
        isPresentDamaged: present.isDamaged,
      };
    } finally {
      await log.close();
    }
  } finally {
    // The last connection writes the write-ahead log into the file and removes it.
    connection.close();
  }
}

/** A database that is being replaced may be damaged: every tombstone that can be read counts. */
async function mergePresent(restored: SqliteTombstones, path: string) {
  let deletedAgain = nothingReapplied;
  const pieces = presentPieces(path);
  for (;;) {
    const next = await pieces.next().catch(() => undefined);
    if (!next) return { deletedAgain, isDamaged: true };
    if (next.done) return { deletedAgain, isDamaged: false };
    deletedAgain = addReapplied(deletedAgain, await restored.reapply(next.value));
  }
}

async function* presentPieces(path: string): AsyncGenerator<readonly Tombstone[]> {
  const connection = new Connection(path, undefined, true);
  try {
    const version = Number(connection.get('SELECT version FROM schema_version')?.version ?? 0);
    if (version < firstWithDetails) {
      yield deletedKeys(connection);
      return;
    }
    const present = new SqliteTombstones(connection, async (work) => work());
    let after: TombstonePosition | undefined;
    do {
      const piece = await present.list(after, pieceRows);
      after = piece.at(-1);
      if (after) yield piece;
    } while (after);
  } finally {
    connection.close();
  }
}

function deletedKeys(connection: Connection): readonly Tombstone[] {
  const rows = connection.all('SELECT digest, key_id, deleted_at FROM tombstones');
  return rows.map(({ digest, key_id, deleted_at }) => ({
    kind: 'key',
    digest: digest as Uint8Array,
    id: key_id as number,
    accountId: null,
    name: '',
    hint: '',
    deletedAt: deleted_at as number,
  }));
}
