/**
 * Starts the built-in demo upstream at first use, in its own thread so that counting tokens never blocks the
 * gateway.
 */
import { WorkerChannel } from '../platform/worker-channel.ts';
import type { DemoHandlers } from './worker.ts';

export interface DemoUpstream {
  /**
   * Where it listens, such as `http://127.0.0.1:40123`; starts it when it does not run.
   * @throws Error when it cannot start, or after `close`
   */
  origin(): Promise<string>;
  /** Ends it with whatever it is sending. */
  close(): Promise<void>;
}

/** @param options.chunkMs pause between the chunks of a stream in milliseconds, where a request chooses none */
export function startDemoUpstream(options: { readonly chunkMs: number }): DemoUpstream {
  const channel = new WorkerChannel<DemoHandlers>({
    file: new URL('./worker.ts', import.meta.url),
    workerData: { chunkMs: options.chunkMs },
    lostError: (reason) => new Error(`the demo upstream: ${reason}`),
  });
  return {
    origin: () => channel.call('origin', undefined),
    close: () => channel.close(),
  };
}
