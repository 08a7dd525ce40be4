/** Protects against restores: keeps deleted credentials revoked when the database is restored. */
import { systemClock as clock } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { Scheduler } from '../platform/scheduler.ts';
import { TombstoneRecorder } from '../revocation/tombstone-recorder.ts';
import type { LoggedChange } from '../store/coordination.ts';
import type { OpenedStore } from '../store/open-store.ts';
import type { TombstonePosition, TombstoneStore } from '../store/store.ts';
import { areRestoresProtected, openTombstoneLog } from '../store/tombstones/open-log.ts';
import { reconcileTombstones } from '../store/tombstones/reconcile.ts';
import type { AssemblyOptions } from './start-ledger.ts';

/** Period of each look for tombstones of other nodes: several intervals plus the difference between clocks. */
const followSeconds = 600;

export interface RestoreProtection {
  readonly recorder: TombstoneRecorder;
  /** Whether the tombstone log outlives this node. */
  readonly isDurable: boolean;
  /**
   * Deletes again what the log lists and the database still has, and adds to the log what only the database lists.
   */
  reconcile(): Promise<void>;
  /** Writes a key that another node deleted to the log of this node. */
  noteChange(change: LoggedChange): void;
  /** Writes recent tombstones of other nodes to the log of this node. */
  follow(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the tombstone log and reconciles it with the database. Must run before the node serves requests.
 * @throws HalleyError('store_unavailable') with a message for the operator
 */
export async function protectRestores(
  { settings, log }: AssemblyOptions,
  { store }: Pick<OpenedStore, 'store'>,
): Promise<RestoreProtection> {
  const tombstoneLog = await openTombstoneLog(settings, () => completion.ask());
  const reconcile = async () => {
    // Mutated by tests: the tombstone log is applied
    const { revived, restored, logged, damaged } = await reconcileTombstones(store.tombstones, tombstoneLog);
    const where = tombstoneLog.where;
    if (restored > 0) {
      log.warn(
        { where, tombstones: restored, deleted_again: revived },
        'the database is older than its tombstone log: the deletions since then have been applied again',
      );
    }
    if (logged > 0) log.info({ where, tombstones: logged }, 'the tombstone log was completed');
    if (damaged > 0) log.warn({ where, entries: damaged }, 'entries of the tombstone log cannot be read');
  };
  const completion = new Scheduler(clock).retrying(reconcile, (error) =>
    log.warn({ error: asHalleyError(error).log }, 'the new tombstone log could not be completed yet'),
  );
  try {
    await reconcile();
  } catch (error) {
    await tombstoneLog.close();
    throw error;
  }
  const recorder = new TombstoneRecorder({
    log: tombstoneLog,
    clock,
    onFailure: (error) =>
      log.error({ error: asHalleyError(error).log }, 'tombstones could not be written to their log yet'),
  });
  const noted = new NotedDigests(store.tombstones, recorder);
  return {
    recorder,
    isDurable: areRestoresProtected(settings),
    reconcile,
    noteChange: (change) => {
      if (change.kind === 'key' && !recorder.knows(change.digest)) noted.add(change.digest);
    },
    follow: () => recordSince(store.tombstones, recorder, Math.floor(clock.now() / 1000) - followSeconds),
    async close() {
      await completion.stop();
      const lost = await recorder.close();
      if (lost > 0) log.error({ tombstones: lost }, 'the tombstone log lacks entries until the next start');
      await tombstoneLog.close();
    },
  };
}

/** How long digests are gathered, in milliseconds. */
const gatherMs = 100;

/** Digests of changed keys, the tombstones of which are looked for together. */
class NotedDigests {
  readonly #tombstones: Pick<TombstoneStore, 'ofDigests'>;
  readonly #recorder: TombstoneRecorder;
  #noted: Uint8Array[] = [];
  #isReading = false;

  constructor(tombstones: Pick<TombstoneStore, 'ofDigests'>, recorder: TombstoneRecorder) {
    this.#tombstones = tombstones;
    this.#recorder = recorder;
  }

  add(digest: Uint8Array): void {
    this.#noted.push(digest);
    if (!this.#isReading) void this.#read();
  }

  /** Never rejects: `RestoreProtection.follow` repeats what fails here. */
  async #read(): Promise<void> {
    this.#isReading = true;
    while (this.#noted.length > 0) {
      // Nobody waits for it: many deletions cost one read and one write of the log.
      await new Promise<void>((resolve) => clock.after(gatherMs, resolve));
      const digests = this.#noted.splice(0, limits.tombstones_appended_max);
      const found = await this.#tombstones.ofDigests(digests).catch(() => []);
      void this.#recorder.record(found).catch(() => undefined);
    }
    this.#isReading = false;
  }
}

async function recordSince(
  tombstones: Pick<TombstoneStore, 'list'>,
  recorder: TombstoneRecorder,
  since: number,
): Promise<void> {
  let after: TombstonePosition | undefined = { deletedAt: since, digest: new Uint8Array() };
  while (after) {
    const piece = await tombstones.list(after, limits.tombstones_appended_max);
    if (piece.length > 0) await recorder.record(piece);
    after = piece.at(-1);
  }
}
