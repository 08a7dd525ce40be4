/** What a client does with its jobs: fetch, list, cancel, delete, and read their results. */
import type { Admission, PresentedKey } from '../../access/access.ts';
import { mayUse } from '../../domain/ownership.ts';
import type { Exchange } from '../../http/exchange.ts';
import type { MatchedJob, NumberedResult } from '../../operations/jobs/routes.ts';
import { queryValue } from '../../operations/query.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { JobCall as Call, JobRequest } from '../../protocols/jobs/vendor.ts';
import type { JobRow } from '../../store/job-store.ts';
import type { GuardedClient } from '../../upstreams/callback-url.ts';
import { JobClient } from './job-client.ts';
import { JobContent } from './job-content.ts';
import type { JobPoller } from './job-poller.ts';
import { vendorNamed } from './job-vendors.ts';
import { viewOf } from './job-view.ts';
import type { JobsOptions } from './jobs-options.ts';

export interface JobCallParts {
  readonly options: JobsOptions;
  readonly poller: JobPoller;
  readonly guarded: GuardedClient;
}

export class JobCall {
  readonly #parts: JobCallParts;
  readonly client: JobClient;
  readonly #matched: MatchedJob;
  readonly #content: JobContent;

  constructor(parts: JobCallParts, exchange: Exchange, matched: MatchedJob, operation: string) {
    this.#parts = parts;
    this.#matched = matched;
    const { vendor } = matched.route;
    this.client = new JobClient(
      parts.options,
      exchange,
      { vendor, operation },
      { onEnded: () => this.#content.end(), onDrain: () => this.#content.onDrain() },
    );
    this.#content = new JobContent(parts.options, parts.guarded, this.client);
  }

  /** Never rejects. */
  run(key: PresentedKey, call: Call): Promise<void> {
    return this.client.run(key, (admission) => this.#act(admission, call));
  }

  /** Never rejects. */
  runResult(key: PresentedKey, { publicId, at }: NumberedResult): Promise<void> {
    return this.client.run(key, async (admission) => {
      const row = await this.#find(admission, publicId, undefined);
      await this.client.again(admission, () => this.#send(row, at));
    });
  }

  async #act(admission: Admission, call: Call): Promise<void> {
    const { params, query } = this.#matched;
    const request = { params, query, body: call.kind === 'fetch-many' ? await this.#readJson() : {} };
    if (call.kind === 'list') return this.#list(admission, request);
    const ids = call.idsOf(request);
    if (call.kind === 'fetch-many') return this.#fetchMany(admission, ids);
    const [id] = ids;
    if (id === undefined) throw new HalleyError('job_not_found');
    const row = await this.#find(admission, id, this.#matched.route.vendor.name);
    await this.client.again(admission, () => this.#one(admission, call, row));
  }

  async #readJson(): Promise<JobRequest['body']> {
    const body = await this.client.readBody(false);
    await body.release();
    return body.json;
  }

  async #one(admission: Admission, { kind }: Call, row: JobRow): Promise<void> {
    const { poller } = this.#parts;
    const { vendor } = this.#matched.route;
    if (kind === 'content') return this.#send(row, undefined);
    if (kind === 'fetch') await poller.lookNow(row);
    const isToEnd = kind !== 'fetch' && row.state === 'running';
    const { state } = isToEnd ? await this.#cancel(row) : row;
    if (kind === 'delete') {
      if (state === 'succeeded') await poller.remove(row, vendor);
      await this.#parts.options.store.jobs.hide(row.id);
    }
    const present = (await this.#parts.options.store.jobs.find(row.publicId)) ?? row;
    const view = viewOf(this.#parts.options, present);
    const isFetch = kind === 'fetch';
    const rendered = isFetch
      ? vendor.render.fetched(view)
      : (vendor.render.removed ?? vendor.render.fetched)(view);
    await this.#answer(admission, rendered);
  }

  /** What it used by then is charged when the upstream says how it ended. @returns the row as it is afterwards */
  async #cancel(row: JobRow): Promise<JobRow> {
    const { options, poller } = this.#parts;
    if (!this.#matched.route.vendor.cancel) return row;
    await poller.cancelNow(row);
    await options.store.jobs.hurry(row.publicId, options.clock.now());
    return (await options.store.jobs.find(row.publicId)) ?? row;
  }

  /** The response begins only if the key may still have it. */
  async #answer(admission: Admission, body: unknown): Promise<void> {
    await this.client.again(admission, () => this.client.answer(200, JSON.stringify(body)));
  }

  /** @throws HalleyError('job_not_found') also for a job of somebody else: to them it does not exist */
  async #find({ record }: Admission, publicId: string, vendor: string | undefined): Promise<JobRow> {
    const { store, share } = this.#parts.options;
    const row = publicId.length > 128 ? undefined : await store.jobs.find(publicId);
    const isThere = row && !row.hidden && row.upstreamId !== '' && (vendor ?? row.vendor) === row.vendor;
    if (isThere && mayUse(row, record, share)) return row;
    throw new HalleyError('job_not_found');
  }

  async #fetchMany(admission: Admission, ids: readonly string[]): Promise<void> {
    const { options, poller } = this.#parts;
    const { vendor } = this.#matched.route;
    const views: ReturnType<typeof viewOf>[] = [];
    for (const id of ids.slice(0, limits.job_ids_max)) {
      const row = await this.#find(admission, id, vendor.name).catch(() => undefined);
      if (!row) continue;
      await poller.lookNow(row);
      views.push(viewOf(options, (await options.store.jobs.find(id)) ?? row));
    }
    await this.#answer(admission, vendor.render.listed?.(views, false) ?? []);
  }

  async #list(admission: Admission, { query }: JobRequest): Promise<void> {
    const { options } = this.#parts;
    const { vendor } = this.#matched.route;
    const { accountId, keyId } = admission.record;
    const asked = Number(queryValue(query, 'limit') ?? 20);
    const limit = Math.min(Math.max(1, Number.isSafeInteger(asked) ? asked : 20), limits.job_ids_max);
    const order = queryValue(query, 'order') === 'asc' ? 'asc' : 'desc';
    const after = queryValue(query, 'after');
    const last = after === undefined ? undefined : await this.#find(admission, after, vendor.name);
    const filter = {
      ...(options.share === 'key' ? { keyId } : {}),
      ...{ accountId, vendor: vendor.name, isListed: true, afterId: last?.id },
    };
    const rows = await options.store.jobs.list(filter, { limit: limit + 1, offset: 0, order });
    const views = rows.slice(0, limit).map((row) => viewOf(options, row));
    await this.#answer(admission, vendor.render.listed?.(views, rows.length > limit) ?? []);
  }

  #send(row: JobRow, at: number | undefined): Promise<void> {
    const vendor = vendorNamed(row.vendor);
    if (row.state !== 'succeeded' || !vendor) throw new HalleyError('job_result_missing');
    return this.#content.send({ row, vendor, at, query: this.#matched.query });
  }
}
