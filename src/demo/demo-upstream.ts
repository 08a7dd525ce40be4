/**
 * Starts the built-in demo upstream at first use, in its own thread so that counting tokens never blocks the
 * gateway.
 */
import { WorkerChannel } from '../platform/worker-channel.ts';
import type { DemoHandlers } from './worker.ts';

export interface DemoUpstream {
  /**
   * Returns its address, such as `http://127.0.0.1:40123`, and starts it if necessary.
   * @throws Error when it cannot start, or after `close`
   */
  origin(): Promise<string>;
  /** Stops it and aborts its responses. */
  close(): Promise<void>;
}

/** @param options.chunkMs default pause between the chunks of a stream in milliseconds */
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
