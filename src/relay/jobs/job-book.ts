/** Ends jobs: works out the charge, and settles it together with the change of state. A second attempt changes nothing. */
import type { ModelRates } from '../../domain/rates.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import type { JobMetrics } from '../../observe/job-metrics.ts';
import type { Clock } from '../../platform/clock.ts';
import type { JobReading } from '../../protocols/jobs/vendor.ts';
import type { JobRow } from '../../store/job-store.ts';
import type { LedgerStore } from '../../store/ledger-store.ts';
import { chargeOf, freeOfCharge, settlementOf } from './job-charge.ts';

export interface BookOptions {
  readonly ledger: Pick<Ledger, 'settle'>;
  readonly store: Pick<LedgerStore, 'getPrices'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly metrics: Pick<JobMetrics, 'settled'>;
}

/** Of a failure that a vendor or the network words. */
const failureCharsMax = 500;

export class JobBook {
  readonly #options: BookOptions;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  /** A job that failed costs nothing. Resolves when that is written. */
  async fail(row: JobRow, failure: string): Promise<void> {
    const { ledger, clock, metrics } = this.#options;
    const text = failure.toWellFormed().slice(0, failureCharsMax);
    const ending = { state: 'failed', failure: text, endedMs: clock.now() } as const;
    await ledger.settle(settlementOf(row, ending, freeOfCharge));
    metrics.settled(row.vendor, ending.state);
  }

  /**
   * Charges by the price that was in force at the submit. Resolves when it is written.
   * @throws HalleyError('store_unavailable') when the price cannot be read
   */
  async succeed(row: JobRow, usage: JobReading['usage']): Promise<void> {
    const { ledger, clock, metrics } = this.#options;
    const charge = chargeOf(row, await this.#ratesOf(row), usage);
    const ending = { state: 'succeeded', failure: '', endedMs: clock.now() } as const;
    await ledger.settle(settlementOf(row, ending, charge));
    metrics.settled(row.vendor, ending.state);
  }

  /** A reading that ends the job. */
  async end(row: JobRow, { state, failure, usage }: JobReading): Promise<void> {
    if (state === 'succeeded') await this.succeed(row, usage);
    else if (state === 'failed') await this.fail(row, failure);
  }

  async #ratesOf({ priceId }: JobRow): Promise<ModelRates | undefined> {
    return priceId === 0 ? undefined : (await this.#options.store.getPrices([priceId]))[0];
  }
}
