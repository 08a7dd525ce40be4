/**
 * Replaces the present database by another one. The caller holds the lock of the directory. The change is one rename,
 * before which the present database has no write-ahead log: after an interruption either database opens, and never with
 * the log of the other.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HalleyError } from '../../platform/errors.ts';
import { storageFailure } from '../storage-failure.ts';

const magic = Buffer.from('SQLite format 3\0');
/** The files that a restore prepares in the data directory. */
export const restoringFileName = 'halley.sqlite.restoring';

const besides = ['-wal', '-shm'] as const;

/** Primary result codes of SQLite for a file that no SQLite can open. */
const unreadable: ReadonlySet<number> = new Set([11, 26]);
const sqliteBusy = 5;
/** How long another program may take to close the database, in milliseconds. */
const busyMs = 2000;

export interface Replacement {
  /** The database in use. */
  readonly path: string;
  /** The new database: complete, on the disk, on the same file system, without a write-ahead log. */
  readonly next: string;
  /** Name under which the present one stays; undefined = it is removed. */
  readonly keepAs: string | undefined;
  /** Makes changes of names in a directory durable. */
  readonly syncDirectory: (dir: string) => void;
}

/**
 * @throws HalleyError('store_unavailable') when another program has the present database open; nothing is changed then
 */
export function replaceDatabase({ path, next, keepAs, syncDirectory }: Replacement): void {
  const dir = dirname(path);
  const isWhole = !existsSync(path) || foldIntoOneFile(path);
  if (existsSync(path) && keepAs !== undefined) {
    keep(path, keepAs);
    // Of a database that SQLite cannot open, every file is kept for repair.
    if (!isWhole) for (const suffix of besides) keep(path + suffix, keepAs + suffix);
    syncDirectory(dir);
  }
  for (const suffix of besides) rmSync(path + suffix, { force: true });
  syncDirectory(dir);
  renameSync(next, path);
  syncDirectory(dir);
}

function keep(from: string, to: string): void {
  if (!existsSync(from)) return;
  try {
    linkSync(from, to);
  } catch (error) {
    const { code } = Object(error) as { code?: unknown };
    // Some file systems have no links.
    if (code !== 'EPERM' && code !== 'ENOTSUP') throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

/**
 * Leaving the write-ahead log needs the file for itself, writes the log into it, and removes the log: all of it atomic.
 * @returns false when the file is no database that can be opened, so that there is no state to keep
 */
function foldIntoOneFile(path: string): boolean {
  if (!isDatabase(path)) return false;
  try {
    const database = new DatabaseSync(path, { timeout: busyMs });
    try {
      database.prepare('PRAGMA journal_mode = DELETE').get();
    } finally {
      database.close();
    }
    return true;
  } catch (error) {
    const code = primaryCode(error);
    if (unreadable.has(code)) return false;
    if (code !== sqliteBusy) throw storageFailure(path, error);
    throw new HalleyError('store_unavailable', {
      message: `Another program has ${path} open. End it (such as sqlite3, or a backup), then restore again.`,
    });
  }
}

/** Whether a file begins as every SQLite database does. */
export function isDatabase(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(magic.byteLength);
    readSync(file, start);
    return start.equals(magic);
  } finally {
    closeSync(file);
  }
}

function primaryCode(error: unknown): number {
  return Number((Object(error) as { errcode?: unknown }).errcode ?? 0) & 0xff;
}

/** Removes what an interrupted restore left: `path` and the files beside it. */
export function removeDatabase(path: string): void {
  const name = basename(path);
  const dir = dirname(path);
  if (!existsSync(dir)) return;
  const left = readdirSync(dir).filter((each) => each === name || each.startsWith(`${name}-`));
  for (const each of left) rmSync(join(dir, each), { force: true });
}
