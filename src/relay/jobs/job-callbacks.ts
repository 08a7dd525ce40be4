/**
 * Calls the URLs that clients named, when their jobs have ended: with the answer that a fetch would get. A call that
 * failed is repeated a few times; the job can be fetched all the same.
 */
import { limits } from '../../platform/limits.ts';
import type { JobRow, Lease } from '../../store/job-store.ts';
import type { GuardedClient } from '../../upstreams/callback-url.ts';
import { openNotes } from './job-notes.ts';
import { vendorNamed } from './job-vendors.ts';
import { viewOf } from './job-view.ts';
import type { JobsOptions } from './jobs-options.ts';

/** Seconds to wait after each call that failed. After the last one it is given up. */
const retrySchedule: readonly number[] = [5, 30, 120, 600, 3600];

export class JobCallbacks {
  readonly #options: JobsOptions;
  readonly #client: GuardedClient;

  constructor(options: JobsOptions, client: GuardedClient) {
    this.#options = options;
    this.#client = client;
  }

  /** @returns how many were due */
  async deliverDue(lease: Lease): Promise<number> {
    const due = await this.#options.store.jobs.claimCallbacks(lease, limits.webhook_sends_max);
    await Promise.all(due.map((row) => this.#deliver(row)));
    return due.length;
  }

  async #deliver(row: JobRow): Promise<void> {
    const { store, clock, log } = this.#options;
    const problem = await this.#call(row);
    const attempts = row.callbackAttempts + 1;
    const wait = problem === undefined ? undefined : retrySchedule[row.callbackAttempts];
    if (problem !== undefined) {
      log.warn({ job: row.publicId, attempt: attempts, problem }, 'a callback URL could not be called');
    }
    await store.jobs.calledBack(row.id, attempts, wait === undefined ? null : clock.now() + wait * 1000);
  }

  /** @returns what went wrong; undefined = the client has it, or there is nothing to call */
  async #call(row: JobRow): Promise<string | undefined> {
    const { secrets } = this.#options;
    const { callback } = openNotes(secrets, row);
    const vendor = vendorNamed(row.vendor);
    if (callback === undefined || !vendor) return undefined;
    try {
      const { statusCode, body } = await this.#client.request(callback, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'halley' },
        body: JSON.stringify(vendor.render.fetched(viewOf(this.#options, row))),
      });
      await body.dump({ limit: limits.webhook_response_bytes_max }).catch(() => undefined);
      return statusCode >= 200 && statusCode < 300 ? undefined : `it was answered with ${statusCode}`;
    } catch (thrown) {
      return thrown instanceof Error ? thrown.message : String(thrown);
    }
  }
}
