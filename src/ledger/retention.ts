/**
 * Removes what is kept for a time only: records older than `ledger.records_days`, and the contents of requests
 * that expired. A little at a time, with pauses, so that requests are never held up.
 */
import type { Clock } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import { Scheduler, type Task } from '../platform/scheduler.ts';
import type { LedgerStore } from '../store/ledger-store.ts';

export interface RetentionOptions {
  readonly store: Pick<LedgerStore, 'deleteRecordsBefore' | 'deleteExpiredContents'>;
  readonly clock: Clock;
  /** 0 = records are never removed. */
  readonly recordsDays: number;
  readonly log: Pick<Log, 'info' | 'error'>;
}

const secondsPerDay = 86_400;
/** Between two removals while there is more, and before it is looked again once there is not. */
const pauseMs = 100;
const restMs = 600_000;

export class Retention {
  readonly #options: RetentionOptions;
  readonly #task: Task;
  /** Since it last had nothing to do. */
  #removed = { records: 0, contents: 0 };

  constructor(options: RetentionOptions) {
    this.#options = options;
    this.#task = new Scheduler(options.clock).add({
      run: async () => {
        const isMore = await this.#remove();
        if (!isMore) this.#report();
        return isMore ? pauseMs : restMs;
      },
      onFailure: (error) => {
        options.log.error({ error: asHalleyError(error).log }, 'old records could not be removed yet');
        this.#report();
      },
      retryMs: restMs,
    });
  }

  /** Looks for the first time after a pause, then again and again until `stop`. */
  start(): void {
    this.#task.askAfter(pauseMs);
  }

  /** Resolves when nothing is being removed any more. */
  stop(): Promise<void> {
    return this.#task.stop();
  }

  /** @returns whether there may be more to remove */
  async #remove(): Promise<boolean> {
    const { store, clock, recordsDays } = this.#options;
    const now = Math.floor(clock.now() / 1000);
    const most = limits.removed_at_a_time;
    const contents = await store.deleteExpiredContents(now, most);
    const records =
      recordsDays === 0 ? 0 : await store.deleteRecordsBefore(now - recordsDays * secondsPerDay, most);
    this.#removed.contents += contents;
    this.#removed.records += records;
    return contents === most || records === most;
  }

  #report(): void {
    const { records, contents } = this.#removed;
    if (records + contents > 0) this.#options.log.info({ records, contents }, 'old records removed');
    this.#removed = { records: 0, contents: 0 };
  }
}
