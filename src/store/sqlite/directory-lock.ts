/**
 * Locks a data directory for one process: two would each admit requests from a cache that the other does not evict
 * from. The lock is that of SQLite on a small database file, so that the operating system releases it with the process,
 * however that ends.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HalleyError } from '../../platform/errors.ts';
import { storageFailure } from '../storage-failure.ts';

const lockFileName = 'lock.sqlite';
/** Names the process that holds the lock, for people; only the lock itself says whether it is held. */
const holderFileName = 'lock.pid';
const sqliteBusy = 5;

/** An unreferenced connection would be collected as garbage, which would release the lock: these stay referenced. */
const held = new Set<DatabaseSync>();

export interface DirectoryLock {
  release(): void;
}

/**
 * Takes the lock, or refuses at once. The directory must be on a local disk.
 * @param dir made with mode 0700 when missing
 * @throws HalleyError('store_unavailable') naming the directory and, when known, the process that holds it
 */
export function lockDirectory(dir: string): DirectoryLock {
  const holderFile = join(dir, holderFileName);
  const database = new DatabaseSync(join(dir, lockFileName), { open: false, timeout: 0 });
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    // Not to be opened by any other means: closing the file would release this process's lock on it.
    database.open();
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    writeFileSync(holderFile, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    if (database.isOpen) database.close();
    throw refusal(dir, holderFile, error);
  }
  held.add(database);
  return {
    release() {
      if (!held.delete(database)) return;
      rmSync(holderFile, { force: true });
      database.close();
    },
  };
}

function refusal(dir: string, holderFile: string, error: unknown): HalleyError {
  if (!(error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy)) {
    return storageFailure(dir, error, `The data directory ${dir}`);
  }
  const message = `Another process (${holder(holderFile)}) uses the data directory ${dir}.`;
  return new HalleyError('store_unavailable', {
    message: `${message} Stop it first, or choose another directory.`,
    cause: error,
  });
}

function holder(holderFile: string): string {
  try {
    return `pid ${Number.parseInt(readFileSync(holderFile, 'utf8'), 10) || 'unknown'}`;
  } catch {
    return 'pid unknown';
  }
}
