/**
 * One model request, from authorization to settlement. Whatever happens to it (a response, an error, a client that
 * leaves, a revoked right, an upstream that breaks), it ends once, and is accounted for once.
 */
import type { Access, Admission } from '../access/access.ts';
import type { RequestContext } from '../access/authorize.ts';
import type { InFlightRequest } from '../access/in-flight-requests.ts';
import type { KeyPolicy } from '../access/key-policy.ts';
import type { RequestOutcome } from '../domain/request-outcome.ts';
import { ClientGone } from '../http/body.ts';
import type { Exchange } from '../http/server.ts';
import type { RequestObserver } from '../observe/request-log.ts';
import type { Operation } from '../operations/operation.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import { BodyIntake, type BodyIntakeOptions } from './body-intake.ts';
import { ClientResponse, type ClientResponseEvents } from './client-response.ts';
import type { CommitTimeouts, Waiter } from './commit-timeouts.ts';
import type { ContentKeeper } from './content-keeper.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import {
  type AccountingOptions,
  type Charge,
  RequestAccounting,
  type RequestResult,
} from './request-accounting.ts';
import type { RequestBody, UnreadBody } from './request-body.ts';
import { noReport } from './response-pipeline.ts';
import { Route, type RouteOptions } from './route.ts';
import type { UnreadResponses } from './unread-response.ts';
import { UpstreamSide } from './upstream-side.ts';
import type { UpstreamSideOwner } from './upstream-side-parts.ts';

export interface RelayOptions extends AccountingOptions, RouteOptions, BodyIntakeOptions {
  readonly access: Access;
  /** Whether the end of a response waits until its record is written. */
  readonly waitsForRecord: boolean;
  readonly commitTimeouts: CommitTimeouts;
  /** Creates the keeper of prompt and response, for keys with content logging. */
  readonly keepContent: (requestId: string, days: number) => ContentKeeper;
  readonly observe: RequestObserver;
  readonly slowClientMs: number;
  readonly compat: 'none' | 'cometapi';
}

export interface ModelRequestOptions extends RelayOptions {
  readonly unread: UnreadResponses;
}

/** The status in logs and metrics of a request whose client left before a response began. */
const statusClientGone = 499;
const noHeaders = {};

export class ModelRequest implements InFlightRequest, UpstreamSideOwner, ClientResponseEvents, Waiter {
  readonly #options: ModelRequestOptions;
  readonly #exchange: Exchange;
  readonly #operation: Operation;
  readonly #answer: ClientResponse;
  readonly #intake: BodyIntake;
  facts: RequestContext;
  readonly #bill: RequestAccounting;
  readonly #route: Route;
  readonly #upstream: UpstreamSide;
  #admission: Admission | undefined;
  #content: ContentKeeper | undefined;
  #form: ResponseForm = 'json';
  #status = statusClientGone;
  #over = false;
  /** Resolves when the record is queued in the ledger; undefined while the request runs. */
  #queued: Promise<void> | undefined;
  /** The end of the response, while it waits for the record. */
  #rest: Buffer | undefined;

  constructor(options: ModelRequestOptions, exchange: Exchange, operation: Operation) {
    this.#options = options;
    this.#exchange = exchange;
    this.#operation = operation;
    this.facts = { clientAddress: exchange.clientAddress, model: undefined };
    const { clock, slowClientMs, access } = options;
    this.#answer = new ClientResponse(
      exchange,
      { clock, slowClientMs, isRevocable: access.endsRunning },
      this,
    );
    const { id: requestId, path, clientAddress } = exchange;
    this.#bill = new RequestAccounting(options, { requestId, path, clientAddress, operation });
    this.#route = new Route(options, operation);
    this.#upstream = new UpstreamSide({
      owner: this,
      operation,
      route: this.#route,
      answer: this.#answer,
      clock,
      rawHeaders: exchange.req.rawHeaders,
      startedAt: exchange.startedAt,
      mayContinue: () => access.mayContinue(),
      ownHeaders: () => Object.entries(this.#rateHeaders()).flat(),
    });
    this.#intake = new BodyIntake(options);
  }

  onDrain(): void {
    this.#upstream.resume();
  }

  onGone(): void {
    this.#finish('client_gone');
  }

  onStalled(): void {
    this.#finish('client_stalled');
  }

  onClosed(): void {
    const { access, unread } = this.#options;
    const { inFlightRequests } = access;
    const { bytes } = this.#answer;
    if (access.endsRunning && bytes > 0) unread.add(this.#exchange.connection, this, bytes);
    // A revocation must find the request until it is charged.
    void (this.#queued?.then(() => inFlightRequests.remove(this)) ?? inFlightRequests.remove(this));
  }

  get keyId(): number {
    return this.#admission?.record.keyId ?? 0;
  }

  get accountId(): number {
    return this.#admission?.record.accountId ?? 0;
  }

  /** Runs the request; never rejects. */
  async run(credential: string | undefined): Promise<void> {
    const { access } = this.#options;
    try {
      let found = access.find(credential, this.#exchange.req.socket, this.#exchange.clientAddress);
      // After a wait the policy is checked again, in the same turn that acts on it.
      while (found instanceof Promise) found = access.refresh(await found);
      this.#admit(found);
      if (this.#over) return;
      access.inFlightRequests.add(this);
      const parsed = await this.#intake.read(this.#exchange, this.#operation, found.record);
      // The policy may have changed while the body arrived. The present one counts.
      found = access.refresh(found);
      while (found instanceof Promise) found = access.refresh(await found);
      this.facts = { ...this.facts, model: parsed.model };
      this.#admit(found);
      if (this.#over) return;
      const body = this.#understand(parsed);
      this.#admit(found);
      const groups = this.#route.begin(found.record, body.model);
      this.facts = { ...this.facts, groups };
      const opening = this.#bill.open(found.record, groups, body);
      if (opening) {
        await opening;
        found = access.refresh(found);
        while (found instanceof Promise) found = access.refresh(await found);
        this.#admit(found);
        if (this.#over) return;
      }
      this.#keepContent(found, body);
      this.#send(body);
    } catch (thrown) {
      if (thrown instanceof ClientGone) this.#finish('client_gone');
      else this.#fail(asHalleyError(thrown), 'error');
    }
  }

  #admit(admission: Admission): void {
    this.#admission = admission;
    this.#options.access.check(admission.record, this.facts);
  }

  #understand(parsed: UnreadBody): RequestBody {
    const body = parsed.read();
    this.#form = body.form;
    const { otherModels } = body;
    if (otherModels.length > 0) this.facts = { ...this.facts, otherModels };
    return body;
  }

  #keepContent({ record }: Admission, { segments }: RequestBody): void {
    if (record.contentDays === 0) return;
    this.#content = this.#options.keepContent(this.#exchange.id, record.contentDays);
    this.#content.request(segments);
  }

  #send(body: RequestBody): void {
    this.#upstream.send({ body, model: this.facts.model, form: this.#form, content: this.#content });
  }

  get over(): boolean {
    return this.#over;
  }

  onBegin(status: number, form: ResponseForm): void {
    this.#intake.release();
    this.#status = status;
    this.#form = form;
  }

  onRefused(error: HalleyError, outcome: RequestOutcome): void {
    this.#fail(error, outcome);
  }

  #rateHeaders(): Readonly<Record<string, string>> {
    const { rateState } = this.#bill;
    if (!rateState) return noHeaders;
    return rateLimitHeaders(this.#operation.client.name, rateState, this.#options.clock.now());
  }

  onAnswered(rest: Buffer | undefined): void {
    this.#rest = rest;
    const written = this.#finish('done');
    if (!written || !this.#options.waitsForRecord) this.#answer.end(this.#rest);
    else this.#endWhenWritten(written);
  }

  #endWhenWritten(written: Promise<void>): void {
    const { commitTimeouts } = this.#options;
    commitTimeouts.add(this);
    // A revocation may have ended the response meanwhile.
    void written.then(() => {
      commitTimeouts.remove(this);
      if (this.#options.access.mayContinue()) this.#answer.end(this.#rest);
    });
  }

  onRecordLate(): void {
    // The record may take long; free the memory.
    this.#rest = undefined;
    const error = new HalleyError('store_unavailable', { log: 'the record could not be written in time' });
    if (!this.#tell(error)) this.#answer.close();
  }

  cover(record: KeyPolicy): Promise<HalleyError | undefined> {
    return this.#bill.cover(record);
  }

  async abort(error: HalleyError, withinMs: number): Promise<void> {
    const { connection } = this.#exchange;
    // The error that is sent after this mark is no model output.
    const mark = connection.bytesWritten;
    const { begun } = this.#answer;
    // A finished request that still waits for its record has not been answered.
    const isEnded = (withinMs > 0 || !begun) && this.#tell(error);
    this.#finish('cut', error);
    this.#intake.cancel(error);
    if (!isEnded) this.#answer.discard();
    await Promise.all([begun && isEnded && connection.deliver(mark, withinMs), this.#queued]);
  }

  /** Ends the request with an error: as the whole response, or inside one that has begun. */
  #fail(error: HalleyError, outcome: RequestOutcome): void {
    if (this.#over) return;
    if (!this.#tell(error)) this.#answer.close();
    this.#finish(outcome, error);
  }

  /** @returns false when the response has no room for it and the connection must be closed */
  #tell(error: HalleyError): boolean {
    const { client: protocol } = this.#operation;
    const context = { requestId: this.#exchange.id, compat: this.#options.compat };
    if (this.#answer.begun) {
      return this.#answer.break(protocol.renderBreak(error, this.#form, context, this.#answer.bytes > 0));
    }
    const rendered = protocol.renderError(error, context);
    this.#status = rendered.status;
    if (this.#route.attempts === 0) this.#bill.uncount();
    this.#answer.replace(rendered.status, rendered.body, { ...this.#rateHeaders(), ...error.headers });
    return true;
  }

  /**
   * Accounts for the request once, and releases everything it holds.
   * @returns resolves when its record is written; undefined = it has none
   */
  #finish(outcome: RequestOutcome, error?: HalleyError): Promise<void> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    const ending = this.#ending(outcome, error);
    this.#upstream.close();
    const { queued, written } = this.#bill.settle(ending, (charge) => this.#observe(ending, charge, error));
    this.#queued = queued;
    this.#intake.release();
    this.#content = undefined;
    return written;
  }

  #ending(outcome: RequestOutcome, error: HalleyError | undefined): RequestResult {
    const { target, group, attempts } = this.#route;
    const { pipeline, firstByteMs } = this.#upstream;
    return {
      outcome,
      status: this.#status,
      errorCode: error?.code ?? '',
      pipeline,
      report: pipeline?.report(outcome === 'done') ?? noReport,
      channelName: target?.channelName ?? '',
      channelId: target?.channelId ?? 0,
      group,
      attempts,
      stream: this.#form !== 'json',
      firstByteMs,
      totalMs: this.#elapsed(),
      content: this.#content?.seal(),
    };
  }

  #observe(ending: RequestResult, { usage, estimated, units }: Charge, error: HalleyError | undefined): void {
    this.#options.observe({
      id: this.#exchange.id,
      protocol: this.#operation.client.name,
      operation: this.#operation.name,
      outcome: ending.outcome,
      status: ending.status,
      errorCode: error?.code,
      errorLog: error?.log,
      keyId: this.#admission?.record.keyId,
      keyName: this.#admission?.record.keyName,
      model: this.facts.model,
      channel: this.#route.target?.channelName,
      attempts: ending.attempts,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      estimated,
      units,
      firstByteMs: ending.firstByteMs,
      totalMs: ending.totalMs,
    });
  }

  #elapsed(): number {
    return this.#options.clock.monotonic() - this.#exchange.startedAt;
  }
}
