/** Passes the bytes of a job's result on to its client, ranges included, at the pace of the client. */
import type { Dispatcher } from 'undici';
import { HalleyError } from '../../platform/errors.ts';
import type { JobVendor } from '../../protocols/jobs/vendor.ts';
import type { JobRow } from '../../store/job-store.ts';
import type { GuardedClient } from '../../upstreams/callback-url.ts';
import { upstreamRequest } from '../../upstreams/upstream-request.ts';
import { BodyPass, passedHeaders } from '../body-pass.ts';
import { operationOf } from './job-charge.ts';
import type { JobClient } from './job-client.ts';
import { openNotes } from './job-notes.ts';
import { plainRequest } from './job-upstream.ts';
import { upstreamJobOf } from './job-vendors.ts';
import type { JobsOptions } from './jobs-options.ts';

/** What is asked for. */
export interface WantedResult {
  readonly row: JobRow;
  readonly vendor: JobVendor;
  /** From 0; undefined = the result by the vendor's own path. */
  readonly at: number | undefined;
  readonly query: string;
}

type Response = Pick<Dispatcher.ResponseData, 'statusCode' | 'headers' | 'body'>;

const requestNames = ['range', 'if-range', 'accept'];
const responseNames = [
  ...['content-type', 'content-length', 'content-range', 'accept-ranges', 'etag', 'last-modified'],
  'content-disposition',
];

export class JobContent {
  readonly #options: JobsOptions;
  readonly #guarded: GuardedClient;
  readonly #client: JobClient;
  readonly #pass: BodyPass;

  constructor(options: JobsOptions, guarded: GuardedClient, client: JobClient) {
    this.#options = options;
    this.#guarded = guarded;
    this.#client = client;
    this.#pass = new BodyPass(options.access, client);
  }

  onDrain(): void {
    this.#pass.onDrain();
  }

  /** Ends what is under way. */
  end(): void {
    this.#pass.end();
  }

  /** @throws HalleyError('job_result_missing'), `upstream_unreachable` */
  async send(wanted: WantedResult): Promise<void> {
    const response = await this.#open(wanted);
    const { statusCode, headers, body } = response;
    if (![200, 206, 416].includes(statusCode)) {
      await body.dump().catch(() => undefined);
      const log = `the upstream answered ${statusCode} for the result`;
      throw new HalleyError(statusCode >= 500 ? 'upstream_broken' : 'job_result_missing', { log });
    }
    await this.#pass.pass(statusCode, passedHeaders(headers, responseNames), body);
  }

  async #open({ row, vendor, at, query }: WantedResult): Promise<Response> {
    const { results = [] } = openNotes(this.#options.secrets, row);
    const url = results[at ?? 0];
    if (at !== undefined || !vendor.content) return this.#follow(url);
    const response = await this.#ofUpstream(row, vendor, query);
    if (response.statusCode < 300 || response.statusCode >= 400) return response;
    await response.body.dump().catch(() => undefined);
    const { location } = response.headers;
    return this.#follow(typeof location === 'string' ? location : url);
  }

  /** A URL that an upstream named is no more trusted than one of a client. */
  #follow(url: string | undefined): Promise<Response> {
    if (url === undefined) throw new HalleyError('job_result_missing');
    const headers = this.#requestHeaders();
    return this.#guarded.request(url, { method: 'GET', headers, signal: this.#pass.signal });
  }

  async #ofUpstream(row: JobRow, vendor: JobVendor, query: string): Promise<Response> {
    const target = this.#options.upstreams.pinned(row.channelId, row.channelKey, row.upstreamModel);
    const content = vendor.content?.(upstreamJobOf(row), query);
    if (!target || !content) throw new HalleyError('job_result_missing', { log: 'its channel is gone' });
    const { range, 'if-range': ifRange } = this.#requestHeaders();
    const question = { vendor, operation: operationOf(row), request: content, rawHeaders: [] };
    const { body, headers, ...request } = await upstreamRequest(target, plainRequest(target, question));
    const ranges = [...(range ? ['range', range] : []), ...(ifRange ? ['if-range', ifRange] : [])];
    const { signal } = this.#pass;
    const options = { ...request, headers: [...headers, ...ranges], signal };
    return target.connections.withNewConnection((client) => client.request(options));
  }

  #requestHeaders(): Record<string, string> {
    const { headers } = this.#client.exchange.req;
    return Object.fromEntries(
      requestNames.flatMap((name) => {
        const value = headers[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    );
  }
}
