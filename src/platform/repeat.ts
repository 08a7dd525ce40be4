/** Work that is done again and again in the background, one run after the other. */
import type { Clock, Timer } from './clock.ts';

export interface Repeated {
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/**
 * Runs `work` every `everyMs` milliseconds, counted from the end of the run before.
 * @param onFailure told of each run that failed; the next one comes all the same
 */
export function repeat(
  clock: Clock,
  everyMs: number,
  work: () => Promise<void>,
  onFailure: (error: unknown) => void,
): Repeated {
  let timer: Timer | undefined;
  let running = Promise.resolve();
  let isStopped = false;
  const arm = () => {
    if (isStopped) return;
    timer = clock.after(everyMs, () => {
      running = work().catch(onFailure).finally(arm);
    });
  };
  arm();
  return {
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}
