/**
 * Detects a database file that was copied beside the write-ahead log of another one, which SQLite would apply to it
 * silently. Each start writes a random mark into the header of the file (`user_version`) and into a file beside it: a
 * write-ahead log that is left over belongs to a file with that mark.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { HalleyError } from '../../platform/errors.ts';
import type { RandomBytes } from '../../platform/random.ts';
import type { Connection } from './connection.ts';

/** Where the header of a SQLite database has its `user_version`, 4 bytes. */
const markAt = 60;

const markFile = (path: string): string => `${path}.run`;

/**
 * Call it before anything in this process opens the database: closing the file would drop the locks on it.
 * @returns what writes the new mark, once the database is open
 * @throws HalleyError('store_unavailable') when the file and the log beside it do not belong together
 */
export function beginRun(path: string, random: RandomBytes): (connection: Connection) => void {
  const found = readMark(path);
  const known = noted(path);
  if (hasLog(path) && known && !known.includes(found)) throw foreignLog(path);
  const next = 1 + (Buffer.from(random(4)).readUInt32BE() % 0x7fff_fffe);
  // Either may be in the file until the checkpoint is done.
  note(path, [found, next]);
  return (connection) => {
    connection.exec(`PRAGMA user_version = ${next}`);
    const { busy } = connection.one('PRAGMA wal_checkpoint(TRUNCATE)');
    // A program that reads keeps the log from being written back: then both stay noted.
    if (busy === 0) note(path, [next]);
  };
}

function readMark(path: string): number {
  if (!existsSync(path)) return 0;
  const bytes = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.byteLength, markAt);
  } finally {
    closeSync(file);
  }
  return bytes.readUInt32BE();
}

function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** @returns undefined when nothing is noted */
function noted(path: string): readonly number[] | undefined {
  if (!existsSync(markFile(path))) return undefined;
  return readFileSync(markFile(path), 'utf8').trim().split(' ').map(Number);
}

function note(path: string, marks: readonly number[]): void {
  const draft = `${markFile(path)}.new`;
  const file = openSync(draft, 'w', 0o600);
  try {
    writeSync(file, `${marks.join(' ')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(draft, markFile(path));
}

function foreignLog(path: string): HalleyError {
  return new HalleyError('store_unavailable', {
    message: `${path} was replaced by hand beside ${path}-wal, which belongs to another database: opened together they would be neither. To use the file alone, remove ${path}-wal and ${path}-shm; better, put a backup in place with \`halley restore\`. If the two were copied together, remove ${markFile(path)}.`,
  });
}
