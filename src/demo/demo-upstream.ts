/**
 * Starts the built-in demo upstream at first use, in its own thread so that counting tokens never blocks the
 * gateway.
 */
import { Worker } from 'node:worker_threads';

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
  let worker: Worker | undefined;
  let starting: Promise<string> | undefined;
  let closed = false;

  const start = () =>
    new Promise<string>((resolve, reject) => {
      const started = new Worker(new URL('./worker.ts', import.meta.url), {
        workerData: { chunkMs: options.chunkMs },
      });
      const ended = (error: Error) => {
        if (worker === started) starting = undefined;
        reject(error);
      };
      worker = started;
      started.once('message', (port: number) => {
        started.unref();
        resolve(`http://127.0.0.1:${port}`);
      });
      started.once('error', ended);
      started.once('exit', (code) => ended(new Error(`the demo upstream ended with code ${code}`)));
    });

  return {
    async origin() {
      if (closed) throw new Error('the demo upstream is closed');
      starting ??= start();
      return starting;
    },
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}
