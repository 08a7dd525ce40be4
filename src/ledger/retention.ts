/**
 * Removes what is kept for a time only: records older than `ledger.records_days`, and the contents of requests
 * that expired. A little at a time, with pauses, so that requests are never held up.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
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
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  /** Since it last had nothing to do. */
  #removed = { records: 0, contents: 0 };

  constructor(options: RetentionOptions) {
    this.#options = options;
  }

  /** Looks for the first time after a pause, then again and again until `stop`. */
  start(): void {
    this.#lookAfter(pauseMs);
  }

  /** Resolves when nothing is being removed any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #lookAfter(ms: number): void {
    if (this.#stopped) return;
    this.#timer = this.#options.clock.after(ms, () => {
      this.#running = this.#look();
    });
  }

  async #look(): Promise<void> {
    let isMore = false;
    try {
      isMore = await this.#remove();
    } catch (error) {
      this.#options.log.error({ error: asHalleyError(error).log }, 'old records could not be removed yet');
    }
    if (!isMore) this.#tell();
    this.#lookAfter(isMore ? pauseMs : restMs);
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

  #tell(): void {
    const { records, contents } = this.#removed;
    if (records + contents > 0) this.#options.log.info({ records, contents }, 'old records removed');
    this.#removed = { records: 0, contents: 0 };
  }
}
