/**
 * The client's side of one request about jobs: its key, its body, its one response. A revocation finds it while it runs,
 * and ends it with an error.
 */
import type { Admission, PresentedKey } from '../../access/access.ts';
import type { RequestContext } from '../../access/authorize.ts';
import type { InFlightRequest } from '../../access/in-flight-requests.ts';
import type { KeyPolicy } from '../../access/key-policy.ts';
import type { RequestOutcome } from '../../domain/request-outcome.ts';
import { BodyCancel, ClientGone, pipeBody, readBody } from '../../http/body.ts';
import { joined } from '../../http/body-pieces.ts';
import type { Exchange } from '../../http/exchange.ts';
import { JsonStructure } from '../../http/json-structure.ts';
import { FormParser, isForm } from '../../http/multipart/form-parser.ts';
import { asHalleyError, HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { errorHeaders } from '../../protocols/client/error-headers.ts';
import type { JobRendering } from '../../protocols/jobs/vendor.ts';
import { ClientResponse, type ClientResponseEvents } from '../client-response.ts';
import { FormModel } from '../form-body.ts';
import { RequestTimeline } from '../request-timeline.ts';
import { plainSummary, plainTraceEnd } from '../trace-end.ts';
import { formBody, type JobBody, jsonBody, readJobText } from './job-body.ts';
import type { JobsOptions } from './jobs-options.ts';

const structureLimits = {
  names: limits.inline_json_names_max,
  values: limits.inline_json_values_max,
  depth: limits.model_json_depth_max,
};

export type JobClientOptions = Pick<
  JobsOptions,
  | 'access'
  | 'unread'
  | 'clock'
  | 'observe'
  | 'trace'
  | 'bodies'
  | 'bodyBytesMax'
  | 'jobBodies'
  | 'bodyPace'
  | 'uploads'
  | 'slowClientMs'
  | 'heartbeatMs'
  | 'compat'
  | 'hasDocs'
>;

export interface JobClientEvents {
  /** The client has left, or its right was revoked. */
  onEnded(): void;
  /** It takes more of a response that is sent in parts. */
  onDrain?(): void;
}

export class JobClient implements InFlightRequest, ClientResponseEvents {
  readonly exchange: Exchange;
  readonly #options: JobClientOptions;
  readonly #renderError: JobRendering['error'];
  readonly #operation: string;
  readonly #events: JobClientEvents;
  readonly #cancel = new BodyCancel();
  readonly response: ClientResponse;
  /** Notes tries at upstreams for its trace. */
  readonly timeline: RequestTimeline;
  context: RequestContext;
  #record: KeyPolicy | undefined;
  #over = false;

  constructor(
    options: JobClientOptions,
    exchange: Exchange,
    {
      vendor,
      operation,
    }: { readonly vendor: { readonly render: Pick<JobRendering, 'error'> }; readonly operation: string },
    events: JobClientEvents,
  ) {
    this.#options = options;
    this.exchange = exchange;
    this.#renderError = vendor.render.error;
    this.#operation = operation;
    this.#events = events;
    this.context = { clientAddress: exchange.clientAddress, model: undefined };
    const { clock, slowClientMs, heartbeatMs, access } = options;
    this.timeline = new RequestTimeline(clock, exchange.startedAt, options.trace?.(exchange));
    this.response = new ClientResponse(
      exchange,
      { clock, slowClientMs, heartbeatMs, isRevocable: access.endsRunning },
      this,
    );
  }

  /** Whether nobody waits for an answer any more. */
  get over(): boolean {
    return this.#over;
  }

  get keyId(): number {
    return this.#record?.keyId ?? 0;
  }

  get accountId(): number {
    return this.#record?.accountId ?? 0;
  }

  /** Runs `act` with the key's admission; never rejects. What is thrown becomes the response. */
  async run(key: PresentedKey, act: (admission: Admission) => Promise<void> | void): Promise<void> {
    const { access } = this.#options;
    const { req, clientAddress } = this.exchange;
    try {
      const found = access.find(key, req.socket, clientAddress);
      await access.whenCurrent(found, (admission) => {
        this.check(admission);
        this.timeline.authorized();
        access.inFlightRequests.add(this);
        return act(admission);
      });
    } catch (thrown) {
      if (thrown instanceof ClientGone) this.#end('client_gone', 499);
      else this.fail(asHalleyError(thrown));
    }
  }

  /**
   * Authorizes with what is known of the request by now. The caller acts on it in the same turn.
   * @throws HalleyError of the first check that fails
   */
  check({ record }: Admission): void {
    this.#record = record;
    this.#options.access.check(record, this.context);
  }

  /** Authorizes again after a wait, and acts in the same turn unless the request is over. */
  async again(admission: Admission, act: (current: Admission) => Promise<void> | void): Promise<void> {
    const { access } = this.#options;
    await access.whenCurrent(access.refresh(admission), (current) => {
      this.check(current);
      return this.#over ? undefined : act(current);
    });
  }

  /**
   * Reads a body. A large one in JSON is parsed in a thread.
   * @param takesForms whether it may be a form
   * @throws HalleyError as `readBody`, `JsonStructure.push`, `readJobText`, `JobBodyReader.readJob`, `FormParser` and
   * `formBody` do; ClientGone
   */
  readBody(takesForms: boolean): Promise<JobBody> {
    const contentType = this.exchange.req.headers['content-type'];
    if (contentType === undefined || !isForm(contentType)) return this.#readJson();
    if (takesForms) return this.#readForm(contentType);
    const message = 'This call accepts only JSON. Send the body as JSON, and files as URLs.';
    throw new HalleyError('invalid_body', { message });
  }

  async #readJson(): Promise<JobBody> {
    const { clock, bodyPace, bodies, bodyBytesMax, jobBodies } = this.#options;
    const share = bodies.share([`key ${this.keyId}`]);
    const structure = new JsonStructure(structureLimits);
    const body = await readBody(this.exchange, {
      bytesMax: bodyBytesMax,
      pace: bodyPace,
      clock,
      share,
      cancel: this.#cancel,
      inspect: (piece) => structure.push(piece),
    });
    try {
      const release = () => share.release();
      if (body.length <= limits.inline_json_bytes_max) {
        const bytes = joined(body);
        return jsonBody(readJobText(bytes), bytes, release);
      }
      const { bytes, ...text } = await jobBodies.readJob(body, () => !this.#over);
      return jsonBody(text, bytes, release);
    } catch (thrown) {
      share.release();
      throw thrown;
    }
  }

  async #readForm(contentType: string): Promise<JobBody> {
    const { clock, bodyPace: pace, bodies, uploads, access } = this.#options;
    const { spool, budget, bytesMax, random } = uploads;
    const [share, diskShare] = [bodies.share([`key ${this.keyId}`]), budget.share([`key ${this.keyId}`])];
    const record = this.#record;
    const model = new FormModel((named) => {
      if (record) access.check(record, { ...this.context, model: named });
    });
    const parser = new FormParser({
      contentType,
      spool,
      take: (bytes) => share.take(bytes),
      takeDisk: (bytes) => diskShare.take(bytes),
      onField: (name, value) => model.see(name, value),
    });
    const release = () => {
      share.release();
      diskShare.release();
    };
    try {
      await pipeBody(this.exchange, { bytesMax, pace, clock, cancel: this.#cancel }, parser);
      return formBody(await parser.end(), random, release);
    } catch (thrown) {
      await parser.discard();
      release();
      throw thrown;
    }
  }

  /** Answers with one JSON text, and ends the request. */
  answer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    if (this.#over) return;
    const all = { 'content-type': 'application/json', ...headers };
    this.response.prepare(status, Object.entries(all).flat());
    this.response.end(Buffer.from(text));
    this.#end('done', status);
  }

  /** Ends the request with an error in the vendor's shape. */
  fail(error: HalleyError, outcome: RequestOutcome = 'error'): void {
    if (this.#over) return;
    const { compat, hasDocs } = this.#options;
    const { status, body } = this.#renderError(error, { requestId: this.exchange.id, compat });
    // Nothing more may reach a client whose right was revoked; any other must see that the response is not complete.
    if (this.response.begun && outcome === 'cut') this.response.discard();
    else if (this.response.begun) this.response.close();
    else this.response.replace(status, body, errorHeaders(error, hasDocs));
    this.#end(outcome, status, error);
  }

  /** Notes the end of a response that was sent in parts. */
  ended(status: number): void {
    this.#end('done', status);
  }

  #end(outcome: RequestOutcome, status: number, error?: HalleyError): void {
    if (this.#over) return;
    this.#over = true;
    const { clock, observe } = this.#options;
    const end = {
      id: this.exchange.id,
      operation: this.#operation,
      outcome,
      status,
      model: this.context.model,
    };
    const totalMs = clock.monotonic() - this.exchange.startedAt;
    observe(
      { ...plainSummary({ ...end, totalMs }, this.#record, error), channel: undefined, attempts: 0 },
      plainTraceEnd(this.timeline, outcome, this.#record),
    );
  }

  onDrain(): void {
    this.#events.onDrain?.();
  }

  onGone(): void {
    this.#end('client_gone', 499);
    this.#events.onEnded();
  }

  onStalled(): void {
    this.#end('client_stalled', 499);
    this.#events.onEnded();
  }

  onClosed(): void {
    const { access, unread } = this.#options;
    const { bytes } = this.response;
    if (access.endsRunning && bytes > 0) unread.add(this.exchange.connection, this, bytes);
    access.inFlightRequests.remove(this);
  }

  // Revocation.

  /** What a job reserves was decided when it was submitted. */
  async cover(): Promise<HalleyError | undefined> {
    return undefined;
  }

  async abort(error: HalleyError): Promise<void> {
    this.fail(error, 'cut');
    this.#cancel.cancel(error);
    this.#events.onEnded();
  }
}
