/**
 * Sends a job that is written to an upstream, and to the next one only when the first certainly accepted nothing. It
 * goes on when its client has left: the id of an accepted job must not be lost.
 */
import { asHalleyError, HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { JobVendor, SubmitReading } from '../../protocols/jobs/vendor.ts';
import type { JobRow, NewJob } from '../../store/job-store.ts';
import { keyMark } from '../../upstreams/key-mark.ts';
import type { UpstreamTarget } from '../../upstreams/upstreams.ts';
import { classifyFailure, outcomeOf } from '../failure.ts';
import { codeOf } from '../refusal.ts';
import type { JobBody } from './job-body.ts';
import type { JobBook } from './job-book.ts';
import { operationOf } from './job-charge.ts';
import type { JobClient } from './job-client.ts';
import type { JobDraft } from './job-draft.ts';
import { callbackPath } from './job-ids.ts';
import { sealNotes } from './job-notes.ts';
import { askUpstream, type JobResponse } from './job-upstream.ts';
import { viewOf } from './job-view.ts';
import type { JobsOptions } from './jobs-options.ts';

/** What is sent. */
export interface JobParcel {
  readonly vendor: JobVendor;
  readonly draft: JobDraft;
  readonly groups: readonly string[];
  /** The client's body. */
  readonly body: Pick<JobBody, 'encode'>;
  /** Of the client: name, value, name, value. */
  readonly rawHeaders: readonly string[];
}

/** A row as it is when it was just written. */
export function writtenJob(job: NewJob, id: number): JobRow {
  return {
    ...job,
    ...{ id, state: 'submitting', progress: 0, failure: '', upstreamId: '', upstreamPath: '', endedMs: null },
    ...{ polls: 0, nextPollMs: 0, cancelled: false, hidden: false, callbackMs: null, callbackAttempts: 0 },
    charged: 0,
  };
}

type Destination = Pick<
  NewJob,
  'group' | 'multiplier' | 'channelId' | 'channelName' | 'channelKey' | 'upstreamModel' | 'attempts'
>;

/** `unsent`: no upstream got it. */
type Attempted =
  | (SubmitReading & { readonly response: JobResponse })
  | { readonly kind: 'unsent'; readonly error: HalleyError }
  | { readonly kind: 'unclear'; readonly reason: string };

const tlsFault = /CERT|ERR_TLS|ERR_SSL|SELF_SIGNED|UNABLE_TO|EPROTO/;
const retryMs = 200;

export class JobSending {
  readonly #options: JobsOptions;
  readonly #book: JobBook;
  readonly #client: JobClient;
  readonly #parcel: JobParcel;
  readonly #tried: UpstreamTarget[] = [];
  #target: UpstreamTarget | undefined;
  #hasBegun = false;

  constructor(options: JobsOptions, book: JobBook, client: JobClient, parcel: JobParcel) {
    this.#options = options;
    this.#book = book;
    this.#client = client;
    this.#parcel = parcel;
  }

  /** Whether `send` was called: it then sees to the end of the job. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /**
   * Chooses the next upstream.
   * @throws HalleyError('no_channel_available')
   */
  choose(): Destination {
    const { prices } = this.#options;
    const { groups } = this.#parcel;
    const target = this.#pick();
    if (!target) throw new HalleyError('no_channel_available', { headers: { 'retry-after': '5' } });
    this.#target = target;
    this.#tried.push(target);
    const group = groups.find((each) => target.groups.has(each)) ?? groups[0] ?? '';
    return {
      group,
      multiplier: prices.multiplierOf(group),
      channelId: target.channelId,
      channelName: target.channelName,
      channelKey: keyMark(target.key),
      upstreamModel: target.model,
      attempts: this.#tried.length,
    };
  }

  #pick(): UpstreamTarget | undefined {
    const { upstreams } = this.#options;
    const { draft, groups, vendor } = this.#parcel;
    const { origin, model, action } = draft;
    if (origin) {
      const { channelId, channelKey, upstreamModel } = origin;
      return this.#tried.length > 0 ? undefined : upstreams.pinned(channelId, channelKey, upstreamModel);
    }
    const found = upstreams.pick({
      api: 'openai',
      operation: operationOf({ vendor: vendor.name, action: action.name }),
      model,
      groups,
      kind: 'jobs',
      keyId: this.#client.keyId,
      conversation: () => undefined,
      tried: this.#tried,
    });
    return typeof found === 'string' ? undefined : found;
  }

  /** Sends it until an upstream has accepted it, or may have, or none is left. Never rejects. */
  async send(row: JobRow): Promise<void> {
    this.#hasBegun = true;
    try {
      await this.#send(row);
    } catch (thrown) {
      const error = asHalleyError(thrown);
      this.#options.log.error(
        { job: row.publicId, error: error.log },
        'the result of a job submission is unknown',
      );
      this.#client.fail(error);
    }
  }

  async #send(first: JobRow): Promise<void> {
    let row = first;
    for (;;) {
      const attempted = await this.#attempt(row);
      if (attempted.kind === 'accepted') return this.#accept(row, attempted);
      if (attempted.kind === 'unclear') return this.#hold(row, attempted.reason);
      const next = this.#mayContinue(row, attempted) ? this.#next() : undefined;
      if (!next) return this.#refuse(row, attempted);
      row = { ...row, ...next };
      if (!(await this.#options.store.jobs.redirect(row))) return this.#hold(row, 'it took too long');
    }
  }

  #mayContinue({ leaseUntilMs }: JobRow, attempted: Attempted): boolean {
    const { access, attemptsMax, clock } = this.#options;
    if (attempted.kind === 'refused' && (attempted.meaning === 'own' || attempted.isFinal)) return false;
    const hasTime = clock.now() < leaseUntilMs - limits.job_question_ms_max;
    return hasTime && !this.#client.over && access.mayContinue() && this.#tried.length < attemptsMax;
  }

  #next(): Destination | undefined {
    try {
      return this.choose();
    } catch {
      return undefined;
    }
  }

  async #attempt(row: JobRow): Promise<Attempted> {
    const { upstreams, clock, log } = this.#options;
    const { vendor } = this.#parcel;
    const target = this.#target;
    if (!target) return { kind: 'unsent', error: new HalleyError('no_channel_available') };
    const { timeline } = this.#client;
    timeline.begin(target);
    try {
      const response = await this.#ask(row, target);
      timeline.responded(response.status);
      const reading = vendor.readSubmit(response);
      timeline.resultOf(reading.kind === 'refused' ? reading.meaning : 'own');
      upstreams.report(target, reading.kind === 'refused' ? outcomeOf[reading.meaning] : 'ok');
      return { ...reading, response };
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const code = 'code' in error ? String(error.code) : '';
      const failure = classifyFailure(error, !(error instanceof HalleyError) && !tlsFault.test(code));
      upstreams.report(target, failure.outcome);
      timeline.failed(failure.outcome);
      const reason = target.secrets.mask(failure.error.log ?? failure.error.message);
      log.warn(
        { job: row.publicId, channel: target.channelName, error: reason },
        'a job could not be submitted',
      );
      if (failure.neverSent) return { kind: 'unsent', error: failure.error };
      return { kind: 'unclear', reason: clock.now() < row.leaseUntilMs ? reason : 'it took too long' };
    }
  }

  #ask(row: JobRow, target: UpstreamTarget): Promise<JobResponse> {
    const { clock, secrets, publicUrl } = this.#options;
    const { vendor, draft, body, rawHeaders } = this.#parcel;
    const hasCallback = draft.callback !== undefined && publicUrl !== undefined;
    const { path, set } = draft.action.submit(draft.request, {
      model: target.model,
      callback: hasCallback ? publicUrl + callbackPath(secrets, row.publicId) : undefined,
      originId: draft.origin?.upstreamId,
    });
    return askUpstream(clock, target, {
      vendor,
      operation: operationOf(row),
      request: { method: 'POST', path },
      content: body.encode(set),
      rawHeaders: this.#client.timeline.upstreamHeaders(rawHeaders),
      withinMs: Math.max(1, row.leaseUntilMs - clock.now()),
    });
  }

  async #accept(
    row: JobRow,
    { upstreamId, reading, response }: Extract<Attempted, { readonly kind: 'accepted' }>,
  ): Promise<void> {
    const { store, clock } = this.#options;
    const { vendor, draft } = this.#parcel;
    const urls = reading?.results.flatMap((result) => ('url' in result ? result.url : [])) ?? [];
    const notes = {
      ...(response.body && { answer: response.body }),
      ...(urls.length > 0 && { results: urls }),
      ...(draft.callback !== undefined && { callback: draft.callback }),
    };
    const originId = draft.origin?.upstreamId;
    const target = { model: row.upstreamModel, callback: undefined, originId };
    const accepted: JobRow = {
      ...row,
      state: 'running',
      upstreamId,
      upstreamPath: draft.action.submit(draft.request, target).path.split('?', 1)[0] ?? '',
      progress: reading?.progress ?? 0,
      sealed: sealNotes(this.#options, row.publicId, notes),
      nextPollMs: clock.now() + vendor.pace.firstMs,
    };
    await this.#untilWritten(accepted.leaseUntilMs, () => store.jobs.accept(accepted));
    const hasEnded = reading !== undefined && reading.state !== 'running';
    if (hasEnded && reading.results.every((result) => 'url' in result))
      await this.#book.end(accepted, reading);
    const body = vendor.render.submitted(viewOf(this.#options, accepted));
    this.#client.answer(response.status, JSON.stringify(body));
  }

  /** An id that is not written is lost with this process: while there is time, it is tried again. */
  async #untilWritten(untilMs: number, write: () => Promise<unknown>): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      try {
        await write();
        return;
      } catch (thrown) {
        if (clock.now() + retryMs > untilMs) throw thrown;
        await new Promise<void>((resolve) => void clock.after(retryMs, resolve));
      }
    }
  }

  async #hold(row: JobRow, reason: string): Promise<void> {
    const { store, log } = this.#options;
    log.error(
      { job: row.publicId, channel: row.channelName, reason },
      'a job is held: it may have been accepted',
    );
    await this.#untilWritten(row.leaseUntilMs, () => store.jobs.hold(row.id, reason));
    this.#client.fail(new HalleyError('job_unclear', { log: reason }));
  }

  async #refuse(
    row: JobRow,
    attempted: Exclude<Attempted, { readonly kind: 'accepted' | 'unclear' }>,
  ): Promise<void> {
    if (attempted.kind === 'unsent') {
      await this.#book.fail(row, 'the upstream could not be reached');
      this.#client.fail(attempted.error);
      return;
    }
    const { meaning, message, code, response } = attempted;
    await this.#book.fail(row, message === '' ? code : message);
    const log = `the upstream refused the job: ${response.status} ${code}`;
    if (codeOf(meaning) === 'upstream_rejected')
      this.#client.fail(new HalleyError('upstream_rejected', { log }));
    else if (response.body) this.#client.answer(response.status, response.text);
    else this.#client.fail(new HalleyError('job_refused', { log }));
  }
}
