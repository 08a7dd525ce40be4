/**
 * Runs one model request through its phases: authorize, reserve, dispatch, stream, settle. Each phase ends by calling
 * the next. However a request ends (complete, failed, client gone, aborted), it settles exactly once.
 */
import type { Admission, PresentedKey } from '../access/access.ts';
import type { RequestContext } from '../access/authorize.ts';
import type { InFlightRequest } from '../access/in-flight-requests.ts';
import type { KeyPolicy } from '../access/key-policy.ts';
import type { ChannelOptions } from '../domain/channel-options.ts';
import type { RequestOutcome } from '../domain/request-outcome.ts';
import { ClientGone } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Operation } from '../operations/operation.ts';
import type { Timer } from '../platform/clock.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import { sessionIn } from '../protocols/client/conversation.ts';
import { errorHeaders } from '../protocols/client/error-headers.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import type { CountBody } from '../protocols/translate/counting/count-bodies.ts';
import type { TranslationOptions } from '../protocols/translate/translator.ts';
import { noReport } from '../protocols/usage/usage-reader.ts';
import type { RecordSource } from '../store/ledger-store.ts';
import type { PinnedTo } from '../upstreams/upstreams.ts';
import { BodyIntake } from './body-intake.ts';
import { policyOf } from './call-translation.ts';
import { sealFor } from './carrier-seal.ts';
import { ClientResponse, type ClientResponseEvents } from './client-response.ts';
import { bothSinks, type ContentKeeper, tracedContent } from './content-keeper.ts';
import { HeldEnd } from './held-end.ts';
import { RequestObjects } from './objects/request-objects.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import type { ModelRequestOptions } from './relay-options.ts';
import { RequestAccounting } from './request-accounting.ts';
import type { RequestBody, UnreadBody } from './request-body.ts';
import type { RequestResult } from './request-result.ts';
import { summaryOf, traceEndOf } from './request-summary.ts';
import { RequestTimeline } from './request-timeline.ts';
import { Route } from './route.ts';
import { UpstreamSide } from './upstream-side.ts';
import type { UpstreamSideOwner } from './upstream-side-parts.ts';

/** The status in logs and metrics of a request whose client left before the response began. */
const statusClientGone = 499;
const noHeaders = {};
/** Of a count that no upstream made. */
const estimateHeader = { 'x-halley-estimated': 'input_tokens' };

export class ModelRequest implements InFlightRequest, UpstreamSideOwner, ClientResponseEvents {
  bagIndex = -1;
  readonly #options: ModelRequestOptions;
  readonly #exchange: Exchange;
  readonly #operation: Operation;
  readonly #response: ClientResponse;
  readonly #intake: BodyIntake;
  readonly #accounting: RequestAccounting;
  readonly #route: Route;
  readonly #timeline: RequestTimeline;
  readonly #objects: RequestObjects;
  readonly #upstream: UpstreamSide;
  context: RequestContext;
  #record: KeyPolicy | undefined;
  #content: ContentKeeper | undefined;
  #form: ResponseForm = 'json';
  #status = statusClientGone;
  #over = false;
  /** Whether no upstream could count the tokens of the request, so that the gateway does. */
  #countsItself = false;
  /** How the client left, where the upstream may finish without it. */
  #left: RequestOutcome | undefined;
  #finishTimer: Timer | undefined;
  /** Resolves when the ledger has the record; undefined = it has it already, or there is none. */
  #queued: Promise<void> | undefined;

  constructor(options: ModelRequestOptions, exchange: Exchange, operation: Operation, source: RecordSource) {
    this.#options = options;
    this.#exchange = exchange;
    this.#operation = operation;
    this.context = { clientAddress: exchange.clientAddress, model: undefined };
    const { clock, slowClientMs, heartbeatMs, access } = options;
    this.#response = new ClientResponse(
      exchange,
      { clock, slowClientMs, heartbeatMs, isRevocable: access.endsRunning },
      this,
    );
    const { id: requestId, path, clientAddress } = exchange;
    this.#accounting = new RequestAccounting(options, { requestId, path, clientAddress, operation, source });
    this.#route = new Route(options, operation);
    this.#objects = new RequestObjects(options, operation);
    this.#timeline = new RequestTimeline(clock, exchange.startedAt, options.trace?.(exchange));
    this.#upstream = new UpstreamSide({
      owner: this,
      operation,
      route: this.#route,
      response: this.#response,
      clock,
      rawHeaders: exchange.req.rawHeaders,
      timeline: this.#timeline,
      requestId,
      translation: (channel) => this.#translation(channel),
      lowered: () => this.#accounting.loweredLimit,
      sealFor: (target) => sealFor(options.carrierKeys(), this.accountId, target),
      mayContinue: () => access.mayContinue(),
      ownHeaders: () => Object.entries(this.#rateHeaders()).flat(),
    });
    this.#intake = new BodyIntake(options);
  }

  /** Runs the phases up to dispatch; never rejects. */
  async run(key: PresentedKey): Promise<void> {
    const [{ access }, { req, clientAddress }] = [this.#options, this.#exchange];
    try {
      const found = access.find(key, req.socket, clientAddress);
      await access.whenCurrent(found, (admission) => this.#authorize(admission));
    } catch (thrown) {
      if (thrown instanceof ClientGone) this.#settle('client_gone');
      else this.#fail(asHalleyError(thrown), 'error');
    }
  }

  // Authorize: by the key alone, before a byte of the body is read.

  async #authorize(admission: Admission): Promise<void> {
    const { access } = this.#options;
    if (!this.#admit(admission)) return;
    access.inFlightRequests.add(this);
    this.#timeline.authorized();
    const unread = await this.#intake.read(this.#exchange, this.#operation, admission.record, (model) =>
      access.check(admission.record, { ...this.context, model }),
    );
    this.#timeline.bodyRead();
    // The policy may have changed while the body arrived.
    await access.whenCurrent(access.refresh(admission), (current) => this.#reserve(current, unread));
  }

  /**
   * Authorizes with what is known of the request by now. The caller acts on it in the same turn.
   * @returns false when the request is over
   * @throws HalleyError of the first check that fails
   */
  #admit({ record }: Admission): boolean {
    this.#record = record;
    this.#options.access.check(record, this.context);
    return !this.#over;
  }

  // Reserve: authorize with the model, then set the maximum cost aside.

  async #reserve(admission: Admission, unread: UnreadBody): Promise<void> {
    const { access } = this.#options;
    this.context = { ...this.context, model: unread.model };
    if (!this.#admit(admission)) return;
    const body = this.#parse(unread);
    this.#admit(admission);
    const pinning = this.#objects.pin(admission.record, body.stored());
    if (!pinning) return this.#open(admission, body);
    const pinned = await pinning;
    await access.whenCurrent(access.refresh(admission), (current) => {
      return this.#admit(current) ? this.#open(current, body, pinned) : undefined;
    });
  }

  async #open(admission: Admission, body: RequestBody, pinned?: PinnedTo): Promise<void> {
    const { access } = this.#options;
    const groups = this.#route.begin(admission.record, body.model, pinned);
    this.context = { ...this.context, groups };
    const reserving = this.#accounting.open(admission.record, groups, body);
    if (!reserving) {
      this.#dispatch(admission, body);
      return;
    }
    await reserving;
    await access.whenCurrent(access.refresh(admission), (current) => {
      if (this.#admit(current)) this.#dispatch(current, body);
    });
  }

  #parse(unread: UnreadBody): RequestBody {
    const body = unread.read();
    this.#form = body.form;
    const { otherModels } = body;
    if (otherModels.length > 0) this.context = { ...this.context, otherModels };
    return body;
  }

  // Dispatch: `UpstreamSide` sends the request, and sends it again elsewhere after a failure.

  #dispatch({ record: { contentDays } }: Admission, body: RequestBody): void {
    this.#timeline.admitted();
    if (contentDays > 0)
      this.#content = this.#options.keepContent(this.#exchange.id, contentDays, body.segments);
    if (this.#options.channelAffinity) {
      this.#route.follow(() => sessionIn(this.#exchange.req.headers) ?? body.conversation());
    }
    const content = bothSinks(this.#content, tracedContent(this.#timeline.trace, body.segments));
    this.#upstream.send({ body, model: this.context.model, form: this.#form, content });
  }

  #translation(channel: ChannelOptions): TranslationOptions {
    const policy = policyOf(this.#exchange.req.headers, channel) ?? this.#options.translationPolicy;
    const { outputTokensAllowed: outputTokensDefault, loweredLimit: lowered } = this.#accounting;
    return { policy, channel, outputTokensDefault, lowered };
  }

  // Stream: `UpstreamSide` writes the response, the client sets the pace.

  get over(): boolean {
    return this.#over;
  }

  onBegin(status: number, form: ResponseForm): void {
    this.#intake.release();
    if (!this.#left) this.#status = status;
    this.#form = form;
  }

  onDrain(): void {
    this.#upstream.attempt?.resume();
  }

  onGone(): void {
    this.#leave('client_gone');
  }

  onStalled(): void {
    this.#leave('client_stalled');
  }

  /** The upstream may finish without the client, so that the true usage is known. */
  #leave(outcome: RequestOutcome): void {
    const [{ finishAlone, clock }, { attempt }] = [this.#options, this.#upstream];
    const end = () => void this.#settle(outcome);
    if (finishAlone.ms === 0 || !this.#operation.charged || !attempt?.started) end();
    else {
      this.#left = outcome;
      this.#finishTimer = clock.after(finishAlone.ms, end);
      this.#route.close();
      attempt.readAtMost(finishAlone.bytes, end);
      attempt.resume();
    }
  }

  onRefused(error: HalleyError, outcome: RequestOutcome): void {
    if (this.#left) this.#settle(this.#left);
    else this.#fail(error, outcome);
  }

  onWhole(status: number, body: Buffer, more: Readonly<Record<string, string>> = noHeaders): void {
    this.#content?.response(body);
    this.onBegin(status, 'json');
    const headers = { 'content-type': 'application/json', ...more, ...this.#rateHeaders() };
    this.#response.prepare(status, Object.entries(headers).flat());
    this.onComplete(body);
  }

  onComplete(rest: Buffer | undefined): void {
    const written = this.#settle(this.#left ? 'finished_alone' : 'done');
    if (!written || this.#left || !this.#options.waitsForRecord) {
      this.#response.end(rest);
      return;
    }
    const { commitTimeouts, access } = this.#options;
    const onLate = () => this.#failLate();
    new HeldEnd({ response: this.#response, commitTimeouts, access, onLate }, rest).endAfter(written);
  }

  #failLate(): void {
    const error = new HalleyError('store_unavailable', { log: 'the record could not be written in time' });
    if (!this.#sendError(error)) this.#response.close();
  }

  /** Ends the request with an error: as the whole response, or inside one that has begun. */
  #fail(error: HalleyError, outcome: RequestOutcome): void {
    if (this.#over || this.#countsItself) return;
    const { countBody } = this.#operation;
    if (countBody && this.#upstreamsFailed(error)) {
      void this.#countInput(countBody);
      return;
    }
    if (!this.#sendError(error)) this.#response.close();
    this.#settle(outcome, error);
  }

  /** @returns false when the response has no room for it and the connection must be closed */
  #sendError(error: HalleyError): boolean {
    const { client } = this.#operation;
    const context = { requestId: this.#exchange.id, compat: this.#options.compat };
    if (this.#response.begun) {
      return this.#response.break(client.renderBreak(error, this.#form, context, this.#response.bytes > 0));
    }
    const rendered = client.renderError(error, context);
    this.#status = rendered.status;
    if (this.#route.attempts === 0) this.#accounting.uncount();
    this.#response.replace(rendered.status, rendered.body, {
      ...this.#rateHeaders(),
      ...errorHeaders(error, this.#options.hasDocs),
    });
    return true;
  }

  #upstreamsFailed({ kind, code }: HalleyError): boolean {
    return (kind === 'upstream' || code === 'no_channel_available') && !this.#response.begun;
  }

  /** A client without a count would send real requests to learn it. Never rejects. */
  async #countInput(countBody: CountBody): Promise<void> {
    this.#countsItself = true;
    this.#upstream.close();
    const body = countBody(await this.#accounting.estimateInput());
    if (this.#over || !this.#options.access.mayContinue()) return;
    this.onWhole(200, Buffer.from(JSON.stringify(body)), estimateHeader);
  }

  #rateHeaders(): Readonly<Record<string, string>> {
    const { rateState } = this.#accounting;
    if (!rateState) return noHeaders;
    return rateLimitHeaders(this.#operation.client.name, rateState, this.#options.clock.now());
  }

  // Settle: charge the usage and release everything, once.

  /** @returns resolves when the record is durable; undefined = there is none */
  #settle(outcome: RequestOutcome, error?: HalleyError): Promise<void> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    this.#finishTimer?.cancel();
    const result = this.#result(outcome, error);
    this.#upstream.close();
    const [{ id }, operation, { model }] = [this.#exchange, this.#operation, this.context];
    const finished = { id, operation, record: this.#record, model, error };
    const { queued, written } = this.#accounting.settle(result, (charge) => {
      this.#options.observe(summaryOf(finished, result, charge), traceEndOf(this.#record, result, charge));
    });
    this.#queued = queued;
    this.#intake.close();
    this.#content = undefined;
    if (this.#left) this.#forget();
    return this.#objects.note(this.#record, { requestId: id, model, result, route: this.#route }, written);
  }

  #result(outcome: RequestOutcome, error: HalleyError | undefined): RequestResult {
    const { target, group, attempts } = this.#route;
    const { pipeline, dropped } = this.#upstream;
    const timeline = this.#timeline;
    timeline.close(outcome === 'done' || outcome === 'finished_alone');
    return {
      outcome,
      status: this.#status,
      errorCode: error?.code ?? '',
      isOwnCount: this.#countsItself && outcome === 'done',
      pipeline,
      report: pipeline?.report(outcome === 'done' || outcome === 'finished_alone') ?? noReport,
      channelName: target?.channelName ?? '',
      channelId: target?.channelId ?? 0,
      group,
      attempts,
      stream: this.#form !== 'json',
      timeline,
      firstByteMs: timeline.firstByteMs,
      dropped,
      totalMs: timeline.elapsed,
      content: this.#content?.seal(),
    };
  }

  onClosed(): void {
    const { access, unread } = this.#options;
    const { bytes } = this.#response;
    if (access.endsRunning && bytes > 0) unread.add(this.#exchange.connection, this, bytes);
    if (!this.#left) this.#forget();
  }

  /** A revocation must find the request until its usage is queued. */
  #forget(): void {
    const { inFlightRequests } = this.#options.access;
    void (this.#queued?.then(() => inFlightRequests.remove(this)) ?? inFlightRequests.remove(this));
  }

  // Revocation: it finds the request in `InFlightRequests`, from authorization until `onClosed`, or until it is settled.

  get keyId(): number {
    return this.#record?.keyId ?? 0;
  }

  get accountId(): number {
    return this.#record?.accountId ?? 0;
  }

  cover(record: KeyPolicy): Promise<HalleyError | undefined> {
    return this.#accounting.cover(record);
  }

  async abort(error: HalleyError, withinMs: number): Promise<void> {
    if (this.#left) {
      this.#settle('cut', error);
      return this.#queued;
    }
    const [{ connection }, { begun }] = [this.#exchange, this.#response];
    // What the client must have read counts up to here: the error that follows is no output.
    const mark = connection.bytesWritten;
    // A request that is over but waits for its record has not been answered: it gets the error too.
    const isEnded = (withinMs > 0 || !begun) && this.#sendError(error);
    this.#settle('cut', error);
    this.#intake.cancel(error);
    if (!isEnded) this.#response.discard();
    await Promise.all([begun && isEnded && connection.deliver(mark, withinMs), this.#queued]);
  }
}
