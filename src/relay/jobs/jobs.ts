/** The entry point of jobs: requests of clients, what upstreams call back, and the looks in the background. */
import type { PresentedKey } from '../../access/access.ts';
import type { InFlightRequest } from '../../access/in-flight-requests.ts';
import type { Exchange } from '../../http/exchange.ts';
import { sendJson } from '../../http/send.ts';
import { jobRoutes, type MatchedJob, numberedResult } from '../../operations/jobs/routes.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { JobView } from '../../protocols/jobs/vendor.ts';
import type { JobRow } from '../../store/job-store.ts';
import { GuardedClient } from '../../upstreams/callback-url.ts';
import { Retention } from '../retention.ts';
import { JobBook } from './job-book.ts';
import { JobCall } from './job-call.ts';
import { JobCallbacks } from './job-callbacks.ts';
import { calledBack } from './job-ids.ts';
import { JobPoller } from './job-poller.ts';
import { JobSubmit } from './job-submit.ts';
import { viewOf } from './job-view.ts';
import type { JobsOptions } from './jobs-options.ts';
import { resolveJob } from './resolve-job.ts';

const msPerDay = 86_400_000;

export class Jobs {
  readonly #options: JobsOptions;
  readonly #guarded: GuardedClient;
  readonly #poller: JobPoller;
  readonly #book: JobBook;
  readonly #retention: Retention;
  readonly #submits = new Set<Promise<void>>();

  constructor(options: JobsOptions) {
    this.#options = options;
    this.#guarded = new GuardedClient(options.allowPrivate);
    this.#book = new JobBook(options);
    const callbacks = new JobCallbacks(options, this.#guarded);
    this.#poller = new JobPoller(options, this.#book, callbacks);
    const { clock, log, store, keepDays } = options;
    this.#retention = new Retention({
      clock,
      log,
      what: 'jobs',
      remove: (nowMs, limit) => store.jobs.deleteEndedBefore(nowMs - keepDays * msPerDay, limit),
    });
  }

  /** As the clients of its account may see it. */
  view(row: JobRow): JobView {
    return viewOf(this.#options, row);
  }

  /** As `resolveJob`. */
  resolve(row: JobRow, found: string | boolean): Promise<void> {
    const { store, clock } = this.#options;
    return resolveJob({ book: this.#book, jobs: store.jobs, clock }, row, found);
  }

  /** @throws HalleyError('store_unavailable') */
  async start(): Promise<void> {
    await this.#poller.start();
    this.#retention.start();
  }

  /**
   * Waits a moment for submits that go on without their clients: one that ends with its process is held. Resolves when
   * nothing else runs any more.
   */
  async stop(): Promise<void> {
    const { clock } = this.#options;
    const patience = Promise.withResolvers<void>();
    const timer = clock.after(limits.job_question_ms_max, patience.resolve);
    await Promise.race([Promise.all(this.#submits), patience.promise]);
    timer.cancel();
    await Promise.all([this.#poller.stop(), this.#retention.stop()]);
    await this.#guarded.close();
  }

  /** Takes over an exchange whose route is known. A digest comes from the playground. */
  handle(exchange: Exchange, matched: MatchedJob, key: PresentedKey): InFlightRequest {
    const { route } = matched;
    if ('action' in route) {
      const source = key instanceof Uint8Array ? 'playground' : '';
      const submit = new JobSubmit(this.#options, this.#book, exchange, matched, route.action, source);
      const running = submit.run(key).finally(() => this.#submits.delete(running));
      this.#submits.add(running);
      return submit.client;
    }
    const call = this.#call(exchange, matched, `jobs.${route.vendor.name}.${route.call.kind}`);
    void call.run(key, route.call);
    return call.client;
  }

  #call(exchange: Exchange, matched: MatchedJob, operation: string): JobCall {
    const parts = { options: this.#options, poller: this.#poller, guarded: this.#guarded };
    return new JobCall(parts, exchange, matched, operation);
  }

  /**
   * The gateway's own paths: results by number, and the signed paths that upstreams call.
   * @returns undefined when the path is none of them; `answered` when it needed no key
   */
  handleOwn(exchange: Exchange, key: () => PresentedKey): InFlightRequest | 'answered' | undefined {
    const { path, req } = exchange;
    if (req.method === 'POST') {
      const publicId = calledBack(this.#options.secrets, path);
      if (publicId === undefined) return undefined;
      void this.#hurry(exchange, publicId);
      return 'answered';
    }
    const wanted = req.method === 'GET' ? numberedResult(path) : undefined;
    const [route] = jobRoutes;
    if (!wanted || !route) return undefined;
    const matched = { route, params: {}, query: '' };
    const call = this.#call(exchange, matched, 'jobs.result');
    void call.runResult(key(), wanted);
    return call.client;
  }

  /** What the upstream says is not believed: it is asked. */
  async #hurry(exchange: Exchange, publicId: string): Promise<void> {
    const { store, clock, log } = this.#options;
    try {
      await store.jobs.hurry(publicId, clock.now());
      sendJson(exchange, 200, '{}');
    } catch (thrown) {
      const error = thrown instanceof HalleyError ? thrown.log : String(thrown);
      log.warn({ job: publicId, error }, 'a callback of an upstream could not be processed');
      sendJson(exchange, 503, '{}');
    }
  }
}
