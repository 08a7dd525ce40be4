/**
 * Restores a backup into a data directory that no gateway uses. All of it is prepared beside the present database,
 * which is replaced only by `commit`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Origin } from '../../domain/audit.ts';
import type { Clock } from '../../platform/clock.ts';
import type { RandomBytes } from '../../platform/random.ts';
import { placeSecrets, type SecretSettings } from '../server-secret.ts';
import { Connection } from '../sqlite/connection.ts';
import { type DirectoryLock, lockDirectory } from '../sqlite/directory-lock.ts';
import { migrate } from '../sqlite/migrate.ts';
import { databaseFileName } from '../sqlite/open.ts';
import {
  isDatabase,
  removeDatabase,
  replaceDatabase,
  restoringFileName,
} from '../sqlite/replace-database.ts';
import { asStorageFailure } from '../storage-failure.ts';
import type { TombstoneSettings } from '../tombstones/open-log.ts';
import {
  findMissingSecrets,
  type MissingSecrets,
  requireKnownVersion,
  requireSame,
  requireSound,
  requireSpace,
} from './check-backup.ts';
import { copyPrivate, syncDirectory, syncFile } from './files.ts';
import { keepAudit } from './keep-audit.ts';
import { backupDatabaseName, type Manifest, readManifest, unusableBackup } from './manifest.ts';
import { type MergedTombstones, mergeTombstones } from './merge-tombstones.ts';

export interface RestoreOptions {
  readonly settings: SecretSettings & TombstoneSettings;
  /** The directory of the backup. */
  readonly from: string;
  /** Asked for only when the data directory has no server secret. */
  readonly passphrase: () => Promise<string>;
  /** Whether the present database stays under another name. */
  readonly keepsReplaced: boolean;
  /** Who restores, for the audit log. */
  readonly origin: Origin;
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** What a restore changes, for people. */
export interface RestoreSummary {
  readonly manifest: Manifest;
  readonly endedSessions: number;
  /** Of the present database; undefined = there is none, or it cannot be read. */
  readonly lost: { readonly keys: number; readonly accounts: number } | undefined;
  readonly replaces: boolean;
  readonly placesSecret: boolean;
  readonly tombstones: MergedTombstones;
}

export interface PreparedRestore {
  readonly summary: RestoreSummary;
  /** @returns the file that the replaced database is kept in; undefined = there is none */
  commit(): string | undefined;
  /** Leaves everything as it was. */
  abandon(): void;
}

/** @throws HalleyError('store_unavailable') with a message for the operator; nothing is changed then */
export async function prepareRestore(options: RestoreOptions): Promise<PreparedRestore> {
  const { settings, from, random } = options;
  const dir = settings.data_dir;
  const manifest = readManifest(from);
  requireKnownVersion(manifest);
  const lock = lockDirectory(dir);
  const next = join(dir, restoringFileName);
  try {
    const secrets = await findMissingSecrets({ ...options, manifest });
    removeDatabase(next);
    requireSpace(dir, manifest);
    requireSame(copyPrivate(join(from, backupDatabaseName), next), manifest);
    requireSound(next, manifest);
    const path = join(dir, databaseFileName);
    const present = existsSync(path) ? readPresent(path) : undefined;
    const lost = present && lostRows(present, next);
    const endedSessions = bringUpToDate(next, present, options, manifest);
    const tombstones = await mergeTombstones(next, present?.path, settings);
    requireOneFile(next);
    const summary: RestoreSummary = {
      manifest,
      endedSessions,
      lost,
      replaces: existsSync(path),
      placesSecret: secrets.current !== undefined || secrets.previous !== undefined,
      tombstones,
    };
    return {
      summary,
      commit: () => commit({ options, lock, next, secrets, random }),
      abandon: () => abandon(lock, next),
    };
  } catch (error) {
    abandon(lock, next);
    throw asStorageFailure(dir, error);
  }
}

function abandon(lock: DirectoryLock, next: string): void {
  try {
    removeDatabase(next);
  } finally {
    lock.release();
  }
}

interface Commit {
  readonly options: RestoreOptions;
  readonly lock: DirectoryLock;
  readonly next: string;
  readonly secrets: MissingSecrets;
  readonly random: RandomBytes;
}

function commit({ options, lock, next, secrets, random }: Commit): string | undefined {
  const { settings, keepsReplaced, clock } = options;
  const path = join(settings.data_dir, databaseFileName);
  const replaces = existsSync(path);
  const keepAs = keepsReplaced ? `${path}.replaced-${timeName(clock)}` : undefined;
  try {
    placeSecrets(settings.data_dir, secrets, random);
    replaceDatabase({ path, next, keepAs, syncDirectory });
    return replaces ? keepAs : undefined;
  } catch (error) {
    throw asStorageFailure(path, error);
  } finally {
    abandon(lock, next);
  }
}

/** `20261128T191500.123Z` */
function timeName(clock: Clock): string {
  return new Date(clock.now()).toISOString().replaceAll(/[-:]/g, '');
}

/** Highest ids that were ever given, by table. */
type Sequences = ReadonlyMap<string, number>;

interface Present {
  readonly path: string;
  readonly sequences: Sequences;
}

/** @returns undefined when it cannot be read, which may be why it is replaced */
function readPresent(path: string): Present | undefined {
  // Opening a file that is no database would remove the write-ahead log beside it.
  if (!isDatabase(path)) return undefined;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return { path, sequences: readSequences(database) };
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function readSequences(database: DatabaseSync): Sequences {
  const rows = database.prepare('SELECT name, seq FROM sqlite_sequence').all();
  return new Map(rows.map(({ name, seq }) => [String(name), Number(seq)]));
}

/** How many of what the present database has were made after the backup. */
function lostRows({ path }: Present, next: string): RestoreSummary['lost'] {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      database.prepare('ATTACH ? AS restored').run(next);
      const lost = (table: string) => {
        const sql = `SELECT count(*) AS total FROM main.${table} WHERE id NOT IN (SELECT id FROM restored.${table})`;
        return Number(database.prepare(sql).get()?.total);
      };
      return { keys: lost('keys'), accounts: lost('accounts') };
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

/** @returns how many sessions were ended */
function bringUpToDate(
  next: string,
  present: Present | undefined,
  { origin, clock }: Pick<RestoreOptions, 'origin' | 'clock'>,
  { created_at }: Manifest,
): number {
  const connection = new Connection(next);
  try {
    migrate(connection, next);
    const ended = connection.transaction(() => {
      // A reference to a row created since the backup must never point to a newer row.
      for (const [table, seq] of present?.sequences ?? []) {
        connection.run('UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?', seq, table);
        connection.run(
          'INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)',
          table,
          seq,
        );
      }
      const from = `backup of ${created_at}`;
      keepAudit(connection, { presentPath: present?.path, origin, from, nowMs: clock.now() });
      return connection.run('DELETE FROM sessions');
    });
    return ended;
  } finally {
    // The last connection writes the log into the file and removes it.
    connection.close();
  }
}

/** It is renamed without any file beside it. */
function requireOneFile(next: string): void {
  if (existsSync(`${next}-wal`))
    throw unusableBackup(`${next}-wal could not be written into ${next}. Restore again.`);
  syncFile(next);
}
