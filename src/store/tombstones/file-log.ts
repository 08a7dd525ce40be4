/** Tombstone log in an append-only file. */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { HalleyError } from '../../platform/errors.ts';
import { parseTombstoneLine, tombstoneLine } from './tombstone-line.ts';
import type { LoggedTombstone, TombstoneLog } from './tombstone-log.ts';

/** The most lines that are returned together. */
const pieceLines = 500;

const newline = 0x0a;

/**
 * Opens the file, or creates it with mode 0600. Its directory must exist.
 * @param onReplaced called when the file was removed or moved and a new one was begun, which lacks the earlier lines
 * @throws HalleyError('store_unavailable') when it cannot be written
 */
export async function openFileLog(
  path: string,
  onReplaced: () => void = () => undefined,
): Promise<TombstoneLog> {
  try {
    return new FileLog(path, await openFile(path), onReplaced);
  } catch (error) {
    throw unusable(path, error);
  }
}

interface OpenedFile {
  readonly file: FileHandle;
  /** Whether a crash has left part of a line at the end. */
  readonly mustEndLine: boolean;
}

async function openFile(path: string): Promise<OpenedFile> {
  const file = await open(path, 'a+', 0o600);
  try {
    const mustEndLine = await endsInsideLine(file);
    await syncDirectoryOf(path);
    return { file, mustEndLine };
  } catch (error) {
    await file.close();
    throw error;
  }
}

class FileLog implements TombstoneLog {
  readonly where: string;
  #file: FileHandle;
  readonly #onReplaced: () => void;
  /** Whether a crash, or a failed write, has left part of a line. */
  #mustEndLine: boolean;
  /** Serializes writes, so that their bytes do not mix. */
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, { file, mustEndLine }: OpenedFile, onReplaced: () => void) {
    this.#onReplaced = onReplaced;
    this.where = path;
    this.#file = file;
    this.#mustEndLine = mustEndLine;
  }

  append(tombstones: readonly LoggedTombstone[]): Promise<void> {
    const written = this.#last.then(() => this.#write(tombstones));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #write(tombstones: readonly LoggedTombstone[]): Promise<void> {
    if (tombstones.length === 0) return;
    const text = tombstones.map(tombstoneLine).join('');
    try {
      await this.#writeText(text);
      if (!(await this.#hasMoved())) return;
      await this.#reopen();
      await this.#writeText(text);
      this.#onReplaced();
    } catch (error) {
      throw unusable(this.where, error);
    }
  }

  async #writeText(text: string): Promise<void> {
    const start = this.#mustEndLine ? '\n' : '';
    this.#mustEndLine = true;
    await this.#file.appendFile(start + text);
    await this.#file.datasync();
    this.#mustEndLine = false;
  }

  /** Detects that the file was removed or replaced, as by log rotation: nobody would find what is written to it. */
  async #hasMoved(): Promise<boolean> {
    const [there, held] = await Promise.all([stat(this.where).catch(() => undefined), this.#file.stat()]);
    return there?.ino !== held.ino || there.dev !== held.dev;
  }

  async #reopen(): Promise<void> {
    const before = this.#file;
    ({ file: this.#file, mustEndLine: this.#mustEndLine } = await openFile(this.where));
    await before.close();
  }

  async *read(onDamaged: () => void): AsyncGenerator<readonly LoggedTombstone[]> {
    let piece: LoggedTombstone[] = [];
    const lines = createInterface({ input: createReadStream(this.where, 'utf8'), crlfDelay: Infinity });
    try {
      for await (const line of lines) {
        const tombstone = parseTombstoneLine(line);
        if (tombstone) piece.push(tombstone);
        else if (line !== '') onDamaged();
        if (piece.length < pieceLines) continue;
        yield piece;
        piece = [];
      }
    } catch (error) {
      throw unusable(this.where, error);
    }
    if (piece.length > 0) yield piece;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }
}

async function endsInsideLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== newline;
}

/** Makes a new file survive a power cut. */
async function syncDirectoryOf(path: string): Promise<void> {
  const directory = await open(dirname(path), 'r');
  await directory.sync().finally(() => directory.close());
}

function unusable(path: string, error: unknown): HalleyError {
  if (error instanceof HalleyError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new HalleyError('store_unavailable', {
    message: `The tombstone log ${path} cannot be used: ${why}. Check that its directory exists, is writable and has room.`,
    log: `the tombstone log ${path} cannot be used: ${why}`,
    cause: error,
  });
}
