/** Reads lists and sums in a thread of its own, so that the length of what is read holds up nothing here. */
import { HalleyError } from '../../platform/errors.ts';
import { WorkerChannel } from '../../platform/worker-channel.ts';
import type { ReadHandlers, ReadName, Reads } from './read-worker.ts';

/** What follows the connection. */
export type GivenTo<Name extends ReadName> = Reads[Name] extends (
  connection: never,
  ...given: infer Given
) => unknown
  ? Given
  : never;
export type FoundBy<Name extends ReadName> = Awaited<ReturnType<Reads[Name]>>;

export class ReadThread {
  readonly #channel: WorkerChannel<ReadHandlers>;

  /** @param path of the database file, which must be up to date */
  constructor(path: string) {
    this.#channel = new WorkerChannel({
      file: new URL('./read-worker.ts', import.meta.url),
      workerData: path,
      lostError: (reason) =>
        new HalleyError('store_unavailable', { log: `the thread of long reads: ${reason}` }),
    });
  }

  /** Sees everything that was committed before the call. */
  read<Name extends ReadName>(name: Name, ...given: GivenTo<Name>): Promise<FoundBy<Name>> {
    return this.#channel.call('read', { name, given }) as Promise<FoundBy<Name>>;
  }

  /** Reads that are under way fail. Waits until the thread has let go of the database. */
  async close(): Promise<void> {
    if (this.#channel.isRunning) await this.#channel.call('close', undefined).catch(() => undefined);
    await this.#channel.close();
  }
}
