/**
 * Removes what is kept for a time only: records older than `ledger.records_days`, the contents of requests that
 * expired, and old entries of the audit log and their addresses. A little at a time, with pauses, so that requests are never held up.
 */
import type { Clock } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import { Scheduler, type Task } from '../platform/scheduler.ts';
import type { AuditStore } from '../store/audit-store.ts';
import type { LedgerStore } from '../store/ledger-store.ts';

export interface RetentionOptions {
  readonly store: Pick<LedgerStore, 'deleteRecordsBefore' | 'deleteExpiredContents'> & {
    readonly audit: Pick<AuditStore, 'deleteBefore' | 'eraseAddresses'>;
  };
  readonly clock: Clock;
  /** 0 = records are never removed. */
  readonly recordsDays: number;
  /** 0 = for ever, both. */
  readonly audit: { readonly days: number; readonly address_days: number };
  readonly log: Pick<Log, 'info' | 'error'>;
}

const secondsPerDay = 86_400;
/** Between two removals while there is more, and before it is looked again once there is not. */
const pauseMs = 100;
const restMs = 600_000;

const nothing = { records: 0, contents: 0, audit_entries: 0, audit_addresses: 0 } as const;

export class Retention {
  readonly #options: RetentionOptions;
  readonly #task: Task;
  /** Since it last had nothing to do. */
  #removed = { ...nothing };

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
    const { store, clock, recordsDays, audit } = this.#options;
    const now = Math.floor(clock.now() / 1000);
    const most = limits.removed_at_a_time;
    /** What is older than so many days, if there is an end to it. */
    const older = async (days: number, remove: (before: number) => Promise<number>) =>
      days === 0 ? 0 : remove(now - days * secondsPerDay);
    const removed = {
      contents: await store.deleteExpiredContents(now, most),
      records: await older(recordsDays, (before) => store.deleteRecordsBefore(before, most)),
      audit_entries: await older(audit.days, (before) => store.audit.deleteBefore(before * 1000, most)),
      audit_addresses: await older(audit.address_days, (before) =>
        store.audit.eraseAddresses(before * 1000, most),
      ),
    };
    const names = Object.keys(nothing) as (keyof typeof nothing)[];
    for (const name of names) this.#removed[name] += removed[name];
    return names.some((name) => removed[name] === most);
  }

  #report(): void {
    const removed = Object.fromEntries(Object.entries(this.#removed).filter(([, count]) => count > 0));
    if (Object.keys(removed).length > 0) this.#options.log.info(removed, 'old records removed');
    this.#removed = { ...nothing };
  }
}
