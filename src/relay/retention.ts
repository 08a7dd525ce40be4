/** Removes rows that have outlived their time, in the background, a bounded number at a time. */
import type { Clock } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import { Scheduler, type Task } from '../platform/scheduler.ts';

export interface RetentionOptions {
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
  /** In the plural, for the log. */
  readonly what: string;
  /** Removes up to `limit`. @returns how many */
  remove(nowMs: number, limit: number): Promise<number>;
}

/** Between two removals while there is more, and before it is looked again once there is not. */
const pauseMs = 1000;
const restMs = 600_000;

export class Retention {
  readonly #task: Task;

  constructor({ clock, log, what, remove }: RetentionOptions) {
    this.#task = new Scheduler(clock).add({
      async run() {
        const removed = await remove(clock.now(), limits.removed_at_a_time);
        return removed === limits.removed_at_a_time ? pauseMs : restMs;
      },
      onFailure: (error) =>
        log.error({ error: asHalleyError(error).log }, `old ${what} could not be removed`),
      retryMs: restMs,
    });
  }

  start(): void {
    this.#task.askAfter(pauseMs);
  }

  /** Resolves when nothing is being removed any more. */
  stop(): Promise<void> {
    return this.#task.stop();
  }
}
