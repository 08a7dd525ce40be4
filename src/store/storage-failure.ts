/** Explains to the operator why a file of the store cannot be used, and what to do about it. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCatalogue, HalleyError } from '../platform/errors.ts';

/** Primary result codes of SQLite. */
const sqlite = {
  perm: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** The least free space that SQLite needs for one write, in bytes. */
const roomBytesMin = 65_536;

const restore = 'Restore it from a backup: see halley restore --help';
const access = 'Check that it is there, and that this user may read and write it and its directory';

/**
 * @param path of the file or directory that could not be used
 * @param name what people are told that it is
 */
export function storageFailure(path: string, error: unknown, name = path): HalleyError {
  const reason = failureText(error);
  const codes = hasNoRoom(path, codesOf(error)) ? { system: 'ENOSPC', primary: undefined } : codesOf(error);
  const message = `${name} ${causeAndCure(codes, reason)}.`;
  return new HalleyError('store_unavailable', { message, cause: error });
}

/** @param path of a database that should be there */
export function noDatabase(path: string): HalleyError {
  return new HalleyError('store_unavailable', {
    message: `There is no database ${path}. Give the data directory of the gateway with --data-dir.`,
  });
}

/**
 * What is thrown instead of an error: itself where it has a message of its own or is a mistake of ours.
 * @param path as for `storageFailure`
 */
export function asStorageFailure(path: string, error: unknown): unknown {
  const isSpecific = error instanceof HalleyError && error.message !== errorCatalogue[error.code].text;
  return isSpecific || !isStorageError(error) ? error : storageFailure(path, error);
}

/** Whether an error comes from the operating system or from SQLite, rather than from a mistake of ours. */
function isStorageError(error: unknown): boolean {
  const { system, primary } = codesOf(error);
  return system !== undefined || primary !== undefined;
}

/** Whether there was no room for what was to be written. */
export function isDiskFull(error: unknown): boolean {
  const { system, primary } = codesOf(error);
  return system === 'ENOSPC' || system === 'EDQUOT' || primary === sqlite.full || isPostgresFull(error);
}

/** SQLSTATE of a PostgreSQL whose disk is full. */
const postgresDiskFull = '53100';

function isPostgresFull(error: unknown): boolean {
  const cause = error instanceof HalleyError ? error.cause : error;
  return (Object(cause) as { code?: unknown }).code === postgresDiskFull;
}

function causeAndCure({ system, primary }: Codes, reason: string): string {
  switch (system) {
    case 'ENOSPC':
      return 'cannot be written: the disk is full. Free space on its file system';
    case 'EDQUOT':
      return "cannot be written: this user's disk quota is used up. Free space, or raise the quota";
    case 'EFBIG':
      return `cannot be written: it may not grow (${reason}). Raise the limit on file sizes (ulimit -f)`;
    case 'EROFS':
      return 'cannot be written: its file system is read-only. Mount it for writing, or set data_dir to another directory';
    case 'ENOTDIR':
    case 'EEXIST':
      return `cannot be used: a file is where a directory must be (${reason}). Set data_dir to another directory`;
    case undefined:
      break;
    default:
      return `cannot be used: ${reason}. ${access}`;
  }
  switch (primary) {
    case sqlite.full:
      return 'cannot be written: the disk is full. Free space on its file system';
    case sqlite.notADatabase:
      return `is not a SQLite database (${reason}). ${restore}`;
    case sqlite.corrupt:
      return `is damaged, or was cut short (${reason}). ${restore}`;
    case sqlite.perm:
    case sqlite.cannotOpen:
    case sqlite.readOnly:
      return `cannot be opened for writing: ${reason}. ${access}`;
    case sqlite.busy:
    case sqlite.locked:
      return `is locked by another program (${reason}). End that program`;
    case sqlite.io:
      return `cannot be read or written: ${reason}. Check its disk: free space, limits on file sizes, and health`;
    default:
      return `cannot be used: ${reason}. ${access}`;
  }
}

interface Codes {
  /** Of the operating system, such as ENOSPC. */
  readonly system: string | undefined;
  /** Of SQLite. */
  readonly primary: number | undefined;
}

function codesOf(error: unknown): Codes {
  if (error instanceof HalleyError) return codesOf(error.cause);
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: unknown };
  return {
    system: typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined,
    primary: typeof errcode === 'number' ? errcode & 0xff : undefined,
  };
}

/** On a full disk some calls fail with other messages. */
function hasNoRoom(path: string, { primary }: Codes): boolean {
  if (primary !== sqlite.io && primary !== sqlite.cannotOpen) return false;
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < roomBytesMin;
  } catch {
    return false;
  }
}

function failureText(error: unknown): string {
  if (error instanceof HalleyError)
    return error.log ?? (error.cause ? failureText(error.cause) : error.message);
  return error instanceof Error ? error.message : String(error);
}
