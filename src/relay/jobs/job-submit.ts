/**
 * Submits one job: authorizes, reserves the most that it can cost, writes its row, and only then hands it to be sent.
 * However it ends before that, nothing was sent and what it reserved is free again.
 */
import type { Admission, PresentedKey } from '../../access/access.ts';
import type { KeyPolicy } from '../../access/key-policy.ts';
import type { RunningSlot } from '../../access/rate-limits.ts';
import { ratesIn } from '../../domain/rates.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { FoundPrice } from '../../ledger/price-book.ts';
import type { MatchedJob } from '../../operations/jobs/routes.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { JobAction } from '../../protocols/jobs/vendor.ts';
import type { NewJob } from '../../store/job-store.ts';
import type { RecordSource } from '../../store/ledger-store.ts';
import { rateLimitError } from '../rate-limit-headers.ts';
import { noBound } from '../request-body.ts';
import { Reservation } from '../reservation.ts';
import type { JobBody } from './job-body.ts';
import type { JobBook } from './job-book.ts';
import { freeOfCharge, withoutJob } from './job-charge.ts';
import { JobClient } from './job-client.ts';
import { groupsFor, type JobDraft, priceOf, understand } from './job-draft.ts';
import { newJobId } from './job-ids.ts';
import { sealNotes } from './job-notes.ts';
import { JobSending, writtenJob } from './job-sending.ts';
import type { JobsOptions } from './jobs-options.ts';

/** Why a job failed that no upstream ever got. */
const notSent = 'not sent';

export class JobSubmit {
  readonly #options: JobsOptions;
  readonly #book: JobBook;
  readonly #matched: MatchedJob;
  readonly #action: JobAction;
  readonly #source: RecordSource;
  readonly #client: JobClient;
  readonly #reservation: Reservation;
  #slot: RunningSlot | undefined;
  /** What was written, or would have been. */
  #job: NewJob | undefined;

  constructor(
    options: JobsOptions,
    book: JobBook,
    exchange: Exchange,
    matched: MatchedJob,
    action: JobAction,
    source: RecordSource,
  ) {
    this.#options = options;
    this.#book = book;
    this.#matched = matched;
    this.#action = action;
    this.#source = source;
    const { vendor } = matched.route;
    const operation = `jobs.${vendor.name}.${action.name}`;
    // A submit that was sent goes on without its client, so that its answer is not lost.
    this.#client = new JobClient(options, exchange, { vendor, operation }, { onEnded: () => undefined });
    this.#reservation = new Reservation(options, exchange.id);
  }

  /** Never rejects. */
  async run(key: PresentedKey): Promise<void> {
    await this.#client.run(key, (admission) => this.#read(admission));
  }

  get client(): JobClient {
    return this.#client;
  }

  async #read(admission: Admission): Promise<void> {
    const body = await this.#client.readBody(this.#action.takesForms === true);
    try {
      await this.#client.again(admission, (current) => this.#understand(current, body));
    } finally {
      await body.release();
    }
  }

  async #understand(admission: Admission, body: JobBody): Promise<void> {
    const { ledger } = this.#options;
    if (ledger.overdue) throw new HalleyError('store_unavailable', { log: 'records cannot be written' });
    const draft = await understand(this.#options, this.#action, this.#matched, body.json, admission.record);
    this.#client.context = { ...this.#client.context, model: draft.model };
    try {
      await this.#client.again(admission, (current) => this.#open(current, draft, body));
    } finally {
      this.#slot?.end(0);
    }
  }

  async #open(admission: Admission, draft: JobDraft, body: JobBody): Promise<void> {
    const { record } = admission;
    const groups = groupsFor(this.#options, record, draft);
    this.#client.context = { ...this.#client.context, groups };
    this.#client.check(admission);
    const price = priceOf(this.#options, draft);
    await this.#count(record);
    const job = this.#jobOf(record, draft, price, groups);
    this.#job = job;
    try {
      if (record.reserves && price) await this.#reserve(record, draft, price, groups);
      await this.#client.again(admission, (current) => this.#write(current, draft, groups, body));
    } catch (thrown) {
      await this.#release();
      throw thrown;
    }
    if (this.#job) await this.#release();
  }

  async #count({ keyId, rateLimits }: KeyPolicy): Promise<void> {
    const outcome = await this.#options.rateLimits.begin(keyId, rateLimits, 0);
    if (!outcome.admitted) throw rateLimitError('openai', outcome, this.#options.clock.now());
    this.#slot = outcome;
  }

  #reserve(
    { holders }: KeyPolicy,
    { model, bound: { pieces, variant } }: JobDraft,
    price: FoundPrice,
    groups: readonly string[],
  ): Promise<void> {
    const { prices } = this.#options;
    // Unlike a picture, a job is made as it was asked for.
    const rates = { ...ratesIn(price.rates, '', variant), tiers: {}, variants: {} };
    return this.#reservation.make({
      model,
      holders,
      bound: { ...noBound, pieces, variant },
      outputTokens: 0,
      prices: [{ ...price, rates }],
      multiplier: Math.max(...groups.map((group) => prices.multiplierOf(group))),
      text: () => undefined,
      outputLimit: () => undefined,
    });
  }

  #jobOf(
    { accountId, keyId, username, keyName }: KeyPolicy,
    draft: JobDraft,
    price: FoundPrice | undefined,
    [group = '']: readonly string[],
  ): NewJob {
    const { clock, random, processId } = this.#options;
    const { id: requestId, path, clientAddress } = this.#client.exchange;
    const { name: vendor, pace } = this.#matched.route.vendor;
    const { model, bound, callback, origin } = draft;
    const createdMs = clock.now();
    const publicId = newJobId(random);
    return {
      ...{ publicId, requestId, vendor, action: this.#action.name, accountId, keyId, username, keyName },
      ...{ group, channelId: 0, channelName: '', channelKey: '', model, upstreamModel: model },
      priceId: price?.priceId ?? 0,
      multiplier: this.#options.prices.multiplierOf(group),
      ...bound,
      reserved: false,
      ...{ clientAddress, path, source: this.#source, attempts: 0 },
      originId: origin?.publicId ?? '',
      createdMs,
      deadlineMs: createdMs + pace.deadlineMs,
      leaseUntilMs: createdMs + limits.job_submit_ms_max,
      leasedBy: processId,
      hasCallback: callback !== undefined,
      sealed: callback === undefined ? null : sealNotes(this.#options, publicId, { callback }),
    };
  }

  /** The row is durable before the submit is sent; what the key may do is looked at once more between the two. */
  async #write(
    admission: Admission,
    draft: JobDraft,
    groups: readonly string[],
    body: JobBody,
  ): Promise<void> {
    if (!this.#job) return;
    const sending = new JobSending(this.#options, this.#book, this.#client, {
      vendor: this.#matched.route.vendor,
      draft,
      groups,
      body,
      rawHeaders: this.#client.exchange.req.rawHeaders,
    });
    const job = { ...this.#job, ...sending.choose(), reserved: this.#reservation.made };
    const row = writtenJob(job, await this.#options.store.jobs.insert(job));
    // From here on the end of the job settles it.
    this.#job = undefined;
    try {
      await this.#client.again(admission, () => sending.send(row));
    } finally {
      if (!sending.hasBegun) await this.#book.fail(row, notSent);
    }
  }

  /** Frees what was reserved for a job that was never written. */
  async #release(): Promise<void> {
    const job = this.#job;
    this.#job = undefined;
    this.#reservation.close();
    if (!job || !this.#reservation.made) return;
    const ending = { state: 'failed', failure: notSent, endedMs: this.#options.clock.now() } as const;
    await this.#options.ledger.settle(withoutJob({ ...job, reserved: true }, ending, freeOfCharge));
  }
}
