/**
 * Asks upstreams how jobs go, and ends them. Each node takes the jobs that are due by a lease in the database, so that
 * one at a time works on a job, and another takes over when its lease has ended. What a job costs never depends on
 * somebody fetching it.
 */
import { pollWaitMs } from '../../domain/job.ts';
import { asHalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { Scheduler, type Task } from '../../platform/scheduler.ts';
import type { FetchReading, JobReading, JobUpstreamRequest, JobVendor } from '../../protocols/jobs/vendor.ts';
import type { JobRow, Lease } from '../../store/job-store.ts';
import type { UpstreamTarget } from '../../upstreams/upstreams.ts';
import type { JobBook } from './job-book.ts';
import type { JobCallbacks } from './job-callbacks.ts';
import { operationOf } from './job-charge.ts';
import { openNotes, sealNotes } from './job-notes.ts';
import { endQuestion, questionTimeline } from './job-trace.ts';
import { askUpstream, type JobResponse, jsonContent } from './job-upstream.ts';
import { upstreamJobOf, vendorNamed } from './job-vendors.ts';
import type { JobsOptions } from './jobs-options.ts';

/** Until a job that another look is at is tried again. */
const claimAgainMs = 200;

const json = ['accept', 'application/json'];
const left = 'its gateway ended, or hung, while it was submitted';

export class JobPoller {
  readonly #options: JobsOptions;
  readonly #book: JobBook;
  readonly #callbacks: JobCallbacks;
  readonly #task: Task;

  constructor(options: JobsOptions, book: JobBook, callbacks: JobCallbacks) {
    this.#options = options;
    this.#book = book;
    this.#callbacks = callbacks;
    this.#task = new Scheduler(options.clock).add({
      run: () => this.#lookAtDue(),
      onFailure: (error) =>
        options.log.error({ error: asHalleyError(error).log }, 'jobs could not be polled'),
      retryMs: limits.jobs_look_every_ms,
    });
  }

  /** Begins to look. In a database of its own, what is being worked on was left by a process that ended. */
  async start(): Promise<void> {
    if (!this.#options.isShared) {
      await this.#holdAbandoned(Number.MAX_SAFE_INTEGER);
      await this.#options.store.jobs.releaseLeases();
    }
    this.#task.askAfter(limits.jobs_look_every_ms);
  }

  /** @param nowMs leases that end by then count as ended */
  async #holdAbandoned(nowMs: number): Promise<void> {
    const { store, log } = this.#options;
    for (const { publicId, channelName } of await store.jobs.holdAbandoned(nowMs, left)) {
      log.error({ job: publicId, channel: channelName }, `a job is held: ${left}`);
    }
  }

  /** Resolves when no job is being looked at any more. */
  stop(): Promise<void> {
    return this.#task.stop();
  }

  #lease(): Lease {
    const nowMs = this.#options.clock.now();
    return { nowMs, untilMs: nowMs + limits.job_lease_ms, by: this.#options.processId };
  }

  /** @returns when to look again, in milliseconds */
  async #lookAtDue(): Promise<number> {
    const { store, clock } = this.#options;
    await this.#holdAbandoned(clock.now());
    const due = await store.jobs.claimDue(this.#lease(), limits.jobs_asked_max);
    await Promise.all(due.map((row) => this.#look(row)));
    const called = await this.#callbacks.deliverDue(this.#lease());
    const isMore = due.length === limits.jobs_asked_max || called === limits.webhook_sends_max;
    return isMore ? 0 : limits.jobs_look_every_ms;
  }

  /** Looks at one job for its client, unless somebody else does, or did a moment ago. */
  async lookNow(row: JobRow): Promise<void> {
    const { store, clock } = this.#options;
    const pace = vendorNamed(row.vendor)?.pace;
    if (row.state !== 'running' || !pace) return;
    const lastMs = row.nextPollMs - pollWaitMs(pace, row.polls);
    if (clock.now() < lastMs + limits.job_fetch_every_ms) return;
    const claimed = await store.jobs.claimOne(row.id, this.#lease());
    if (claimed) await this.#look(claimed);
  }

  /**
   * Ends one job at the upstream for its client. The upstream is asked first how it goes: the call that cancels a job
   * deletes, at some vendors, one that has ended, and with it what is to be charged.
   */
  async cancelNow({ id, publicId }: JobRow): Promise<void> {
    const { store, clock } = this.#options;
    const end = clock.now() + limits.job_question_ms_max;
    for (;;) {
      const claimed = await store.jobs.claimOne(id, this.#lease());
      if (claimed) return this.#look(claimed, true);
      // Somebody else asks about it at this moment.
      if (clock.now() > end || (await store.jobs.find(publicId))?.state !== 'running') return;
      await new Promise<void>((resolve) => void clock.after(claimAgainMs, resolve));
    }
  }

  /** Never rejects: a look that failed is repeated when its lease has ended. @param isToEnd whether its client wants that */
  async #look(row: JobRow, isToEnd = false): Promise<void> {
    try {
      await this.#lookAt(row, isToEnd);
    } catch (thrown) {
      const { log } = this.#options;
      log.warn({ job: row.publicId, error: asHalleyError(thrown).log }, 'a job could not be polled');
    }
  }

  async #lookAt(row: JobRow, isToEnd: boolean): Promise<void> {
    const { clock, upstreams, metrics } = this.#options;
    const vendor = vendorNamed(row.vendor);
    const target = vendor && upstreams.pinned(row.channelId, row.channelKey, row.upstreamModel);
    const isOverdue = clock.now() >= row.deadlineMs;
    if (!vendor || !target) {
      if (isOverdue) await this.#book.fail(row, 'its channel, or the key of it, is gone');
      else await this.#later(row, { cancelled: row.cancelled || (await this.#isRevoked(row)) });
      return;
    }
    const response = await this.#ask(row, vendor, target, vendor.fetch(upstreamJobOf(row)));
    const reading = response ? this.#readingOf(row, vendor, response) : 'unclear';
    metrics.looked(row.vendor, resultOf(reading));
    if (typeof reading === 'string' || reading.state === 'running') {
      if (isOverdue) return this.#book.fail(row, 'it did not end in time');
      const ending = await this.#end(row, vendor, target, reading, isToEnd);
      return this.#later(row, { ...ending, ...(typeof reading === 'object' && { reading, response }) });
    }
    const found = await this.#withUrls(row, vendor, target, reading);
    if (!found) return this.#later(row);
    // What the client will fetch is there before it reads that the job has ended.
    if (!(await this.#note(row, { reading: found, response }))) return;
    await this.#book.end(row, found);
  }

  #readingOf(row: JobRow, vendor: JobVendor, response: JobResponse): FetchReading {
    const reading = vendor.readFetch(response);
    if (reading !== 'missing') return reading;
    if (this.#options.clock.now() < row.createdMs + vendor.pace.graceMs) return 'unclear';
    return { state: 'failed', progress: 0, failure: 'the upstream does not know it any more', results: [] };
  }

  async #isRevoked({ keyId }: JobRow): Promise<boolean> {
    return !(await this.#options.store.findKeyById(keyId));
  }

  /**
   * Cancels a job that runs if its key is gone or its client wants that. Where the upstream cannot be asked at this moment,
   * the next looks do it.
   */
  async #end(
    row: JobRow,
    vendor: JobVendor,
    target: UpstreamTarget,
    reading: FetchReading,
    isWanted: boolean,
  ): Promise<Pick<Seen, 'cancelled' | 'isToEnd'>> {
    const { secrets } = this.#options;
    const isPending = openNotes(secrets, row).isToEnd === true;
    const isRevoked = !row.cancelled && (await this.#isRevoked(row));
    if (!isWanted && !isPending && !isRevoked) return {};
    const cancelled = row.cancelled || isRevoked;
    const request = vendor.cancel?.(upstreamJobOf(row));
    if (!request || (typeof reading === 'object' && reading.isFixed)) return { cancelled, isToEnd: false };
    if (typeof reading === 'string') return { cancelled, isToEnd: true };
    const answer = await this.#ask(row, vendor, target, request);
    const wasHeard = answer !== undefined && answer.status < 500 && answer.status !== 429;
    return { cancelled, isToEnd: !wasHeard };
  }

  /** Asks the upstream to delete an ended job, where the vendor can. */
  async remove(row: JobRow, vendor: JobVendor): Promise<void> {
    const { upstreams } = this.#options;
    const target = upstreams.pinned(row.channelId, row.channelKey, row.upstreamModel);
    const request = vendor.remove?.(upstreamJobOf(row));
    if (request && target) await this.#ask(row, vendor, target, request);
  }

  /** @returns undefined when no answer came */
  async #ask(
    row: JobRow,
    vendor: JobVendor,
    target: UpstreamTarget,
    { body, ...request }: JobUpstreamRequest,
  ): Promise<JobResponse | undefined> {
    const { clock, log } = this.#options;
    const timeline = questionTimeline(this.#options, row, target);
    const headers = body ? [...json, 'content-type', 'application/json'] : json;
    try {
      const response = await askUpstream(clock, target, {
        vendor,
        operation: operationOf(row),
        request,
        ...(body && { content: jsonContent(body) }),
        rawHeaders: timeline ? timeline.upstreamHeaders(headers) : headers,
        withinMs: limits.job_question_ms_max,
      });
      if (timeline) endQuestion(timeline, row, response.status);
      return response;
    } catch (thrown) {
      if (timeline) endQuestion(timeline, row, thrown instanceof Error ? thrown : new Error(String(thrown)));
      const error = target.secrets.mask(thrown instanceof Error ? thrown.message : String(thrown));
      log.warn(
        { job: row.publicId, channel: row.channelName, error },
        'an upstream did not answer about a job',
      );
      return undefined;
    }
  }

  /** @returns undefined when the URL of a file could not be found yet */
  async #withUrls(
    row: JobRow,
    vendor: JobVendor,
    target: UpstreamTarget,
    reading: JobReading,
  ): Promise<JobReading | undefined> {
    const results: JobReading['results'][number][] = [];
    for (const result of reading.results) {
      if ('url' in result || !vendor.file) {
        results.push(result);
        continue;
      }
      const response = await this.#ask(row, vendor, target, vendor.file.request(result.file));
      const url = response && vendor.file.read(response);
      if (url === undefined) return undefined;
      results.push({ url });
    }
    return { ...reading, results };
  }

  async #later(row: JobRow, seen: Seen = {}): Promise<void> {
    await this.#note(row, seen);
  }

  /** Writes what was seen and ends the lease. @returns false when the job is somebody else's by now */
  async #note(
    row: JobRow,
    { reading, response, cancelled = row.cancelled, isToEnd }: Seen,
  ): Promise<boolean> {
    const { store, clock, processId, secrets } = this.#options;
    const pace = vendorNamed(row.vendor)?.pace ?? fallbackPace;
    const polls = row.polls + 1;
    const urls = reading?.results.flatMap((result) => ('url' in result ? result.url : [])) ?? [];
    const notes = {
      ...openNotes(secrets, row),
      ...(response?.body && { answer: response.body }),
      ...(urls.length > 0 && { results: urls }),
      ...(isToEnd !== undefined && { isToEnd }),
    };
    const hasEnded = reading !== undefined && reading.state !== 'running';
    const seen = {
      id: row.id,
      progress: reading?.progress ?? row.progress,
      sealed: response || isToEnd !== undefined ? sealNotes(this.#options, row.publicId, notes) : row.sealed,
      polls,
      // The end follows at once. If this process dies before it, the next look finds it.
      nextPollMs: clock.now() + (hasEnded ? pace.firstMs : pollWaitMs(pace, polls)),
      cancelled,
    };
    return store.jobs.polled(seen, processId);
  }
}

function resultOf(reading: FetchReading): 'running' | 'ended' | 'unclear' {
  if (typeof reading === 'string') return 'unclear';
  return reading.state === 'running' ? 'running' : 'ended';
}

/** What a look brought. */
interface Seen {
  readonly reading?: JobReading;
  readonly response?: JobResponse | undefined;
  readonly cancelled?: boolean;
  /** As in `JobNotes`; undefined = as it was. */
  readonly isToEnd?: boolean;
}

/** Of a vendor that this version does not have any more. */
const fallbackPace = { firstMs: 60_000, mostMs: 600_000 };
