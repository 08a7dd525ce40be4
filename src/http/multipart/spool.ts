/**
 * Temporary files for the parts of uploads that are too large for memory. A file loses its name as soon as it is open,
 * so that nothing is left of it when the process ends, however it ends.
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { RandomBytes } from '../../platform/random.ts';

export interface SpoolOptions {
  /** Made when the first file is needed. */
  readonly directory: string;
  readonly random: RandomBytes;
  readonly clock: Pick<Clock, 'now'>;
}

const prefix = 'halley-upload-';
/** A file has a name for the moment between two calls to the system. One that is older was left by a killed process. */
const leftAfterMs = 60_000;
const readBytes = 65_536;

export class Spool {
  readonly #options: SpoolOptions;

  constructor(options: SpoolOptions) {
    this.#options = options;
  }

  /**
   * @param take takes room on the disk; what it throws ends the writing
   * @throws HalleyError('uploads_full') when the disk refuses
   */
  async open(take: (bytes: number) => void): Promise<SpoolFile> {
    const { directory, random } = this.#options;
    const path = join(directory, prefix + Buffer.from(random(16)).toString('hex'));
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    const handle = await onDisk(async () => {
      await mkdir(directory, { recursive: true });
      const opened = await open(path, flags, 0o600);
      await unlink(path);
      return opened;
    });
    return new SpoolFile(handle, take);
  }

  /** Removes what processes left that were killed between the making of a file and the removal of its name. */
  async sweep(): Promise<void> {
    const { directory, clock } = this.#options;
    const names = await readdir(directory).catch(() => []);
    for (const name of names.filter((each) => each.startsWith(prefix))) {
      const path = join(directory, name);
      const found = await stat(path).catch(() => undefined);
      if (found && clock.now() - found.mtimeMs > leftAfterMs) await unlink(path).catch(() => undefined);
    }
  }
}

/** A failing disk is no fault of the client, and no reason to end the process. */
async function onDisk<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (thrown) {
    if (thrown instanceof HalleyError) throw thrown;
    throw new HalleyError('uploads_full', { log: `the spool: ${String(thrown)}` });
  }
}

/** One file without a name. Write it to its end, then read it as often as needed. */
export class SpoolFile {
  readonly #handle: FileHandle;
  readonly #take: (bytes: number) => void;
  #length = 0;
  #isClosed = false;
  /** Those who read the file by its descriptor. */
  readonly #lent = new Set<Promise<unknown>>();

  constructor(handle: FileHandle, take: (bytes: number) => void) {
    this.#handle = handle;
    this.#take = take;
  }

  /** In bytes. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends. Await each call before the next.
   * @throws HalleyError('uploads_full'), what `take` throws
   */
  async write(chunk: Buffer): Promise<void> {
    if (this.#isClosed) throw new HalleyError('internal_error', { log: 'a closed spool file is written' });
    this.#take(chunk.length);
    const position = this.#length;
    this.#length += chunk.length;
    await onDisk(async () => {
      let written = 0;
      while (written < chunk.length) {
        const { bytesWritten } = await this.#handle.write(
          chunk,
          written,
          chunk.length - written,
          position + written,
        );
        written += bytesWritten;
      }
    });
  }

  /** Its bytes in order, in chunks of at most 64 KiB. Several readers do not disturb each other. */
  async *read(): AsyncGenerator<Buffer, void> {
    let position = 0;
    while (position < this.#length) {
      const chunk = Buffer.allocUnsafe(Math.min(readBytes, this.#length - position));
      const { bytesRead } = await onDisk(() => this.#handle.read(chunk, 0, chunk.length, position));
      if (bytesRead === 0) throw new HalleyError('internal_error', { log: 'a spool file is too short' });
      position += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }

  /**
   * Lends the descriptor, for positional reads in another thread. The file stays open until `act` has ended.
   * @throws what `act` throws
   */
  async lend<Result>(act: (descriptor: number) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new HalleyError('internal_error', { log: 'a closed spool file is read' });
    const using = act(this.#handle.fd);
    this.#lent.add(using);
    try {
      return await using;
    } finally {
      this.#lent.delete(using);
    }
  }

  /** Reads that run come to their end first. Never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled(this.#lent);
    await this.#handle.close().catch(() => undefined);
  }
}
