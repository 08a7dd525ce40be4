/**
 * One model request, from admission to settlement. Whatever happens to it (an answer, an error, a client
 * that leaves, a right withdrawn, an upstream that breaks), it ends once, and is accounted for once.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Access, Admission } from '../access/access.ts';
import type { AccessRecord } from '../access/access-record.ts';
import type { RequestFacts } from '../access/checks.ts';
import type { Flight } from '../access/flights.ts';
import type { RateState } from '../access/rate-limits.ts';
import { ClientGone } from '../http/body.ts';
import type { Exchange } from '../http/server.ts';
import type { RequestObserver, RequestOutcome } from '../observe/request-log.ts';
import type { Timer } from '../platform/clock.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { responseHeaders } from '../upstreams/forward-headers.ts';
import type { UpstreamTarget } from '../upstreams/upstreams.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { Bill, type BillOptions, type Charge, type Ending } from './bill.ts';
import { BodyIntake, type BodyIntakeOptions } from './body-intake.ts';
import { ClientAnswer, type ClientAnswerEvents } from './client-answer.ts';
import type { ContentKeeper } from './content-keeper.ts';
import { classifyFailure, outcomeOfStatus, retryAfterOf } from './failure.ts';
import { noReport, Passage } from './passage.ts';
import type { AnswerForm, Operation } from './protocols/protocol.ts';
import { rateLimitHeaders } from './rate-limit-headers.ts';
import type { RecordWait, Waiter } from './record-wait.ts';
import type { RequestBody, UnreadBody } from './request-body.ts';
import { Route, type RouteOptions } from './route.ts';
import { packingOf } from './unpack.ts';
import { UnreadAnswer } from './unread-answer.ts';
import { bodyPieces, upstreamRequest } from './upstream-request.ts';

export interface RelayOptions extends BillOptions, RouteOptions, BodyIntakeOptions {
  readonly access: Access;
  /** Whether the end of an answer waits until its record is written. */
  readonly waitsForRecord: boolean;
  readonly recordWait: RecordWait;
  /** Makes what keeps prompt and answer, for keys that ask for it. */
  readonly keepContent: (requestId: string, days: number) => ContentKeeper;
  readonly observe: RequestObserver;
  readonly slowClientMs: number;
  readonly compat: 'none' | 'cometapi';
}

/** How long an upstream that has said that its answer is complete may take to end it, in milliseconds. */
const lateEndMs = 1000;

/** The status in logs and metrics of a request whose client left before an answer began. */
const statusClientGone = 499;

export class ModelRequest implements Flight, AttemptOwner, ClientAnswerEvents, Waiter {
  readonly #options: RelayOptions;
  readonly #exchange: Exchange;
  readonly #operation: Operation;
  readonly #answer: ClientAnswer;
  readonly #intake: BodyIntake;
  facts: RequestFacts;
  readonly #bill: Bill;
  readonly #route: Route;
  #admission: Admission | undefined;
  #body: RequestBody | undefined;
  #content: ContentKeeper | undefined;
  #attempt: Attempt | undefined;
  #form: AnswerForm = 'json';
  #hidesUsage = false;
  #passage: Passage | undefined;
  #status = statusClientGone;
  #firstByteMs: number | undefined;
  #over = false;
  /** The record on its way to the ledger, once the request is over. */
  #queued: Promise<void> | undefined;
  /** The end of the answer, while it waits for that. */
  #rest: Buffer | undefined;
  #late: Timer | undefined;

  constructor(options: RelayOptions, exchange: Exchange, operation: Operation) {
    this.#options = options;
    this.#exchange = exchange;
    this.#operation = operation;
    this.facts = { clientAddress: exchange.clientAddress, model: undefined };
    const { clock, slowClientMs, access } = options;
    this.#answer = new ClientAnswer(exchange, { clock, slowClientMs, isRevocable: access.endsRunning }, this);
    const { id: requestId, path, clientAddress } = exchange;
    this.#bill = new Bill(options, { requestId, path, clientAddress, operation });
    this.#route = new Route(options, operation);
    this.#intake = new BodyIntake(options);
  }

  onDrain(): void {
    this.#attempt?.resume();
  }

  onGone(): void {
    this.#finish('client_gone');
  }

  onStalled(): void {
    this.#finish('client_stalled');
  }

  onClosed(): void {
    const { access } = this.#options;
    const { flights, unread } = access;
    const { keyId, accountId, facts } = this;
    const { connection } = this.#exchange;
    const { bytes } = this.#answer;
    if (access.endsRunning && bytes > 0) {
      const answer = new UnreadAnswer({ keyId, accountId, facts, connection, bytes });
      unread.add(answer);
      connection.whenRead(() => {
        answer.markRead();
        unread.remove(answer);
      });
    }
    // Until it is charged, a revocation must find it.
    void (this.#queued?.then(() => flights.remove(this)) ?? flights.remove(this));
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
      let found = access.find(credential, this.#exchange.req.socket);
      // After a wait the record is looked at again in the same turn that acts on it.
      while (found instanceof Promise) found = access.refresh(await found);
      this.#admit(found);
      if (this.#over) return;
      access.flights.add(this);
      const parsed = await this.#intake.read(this.#exchange, this.#operation, found.record);
      // The record may have changed while the body arrived: what counts is what holds now.
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
      this.#dispatch(this.#route.pick());
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
    this.#body = body;
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

  /** @param connection `new`: on a connection that is made for it */
  #dispatch(target: UpstreamTarget, connection: 'any' | 'new' = 'any'): void {
    const { modelInPath } = this.#operation;
    const read = this.#body;
    if (!read || !this.#options.access.mayGoOn()) return;
    const usageEdits = read.usageEdits();
    this.#hidesUsage = usageEdits !== undefined;
    const mapped = modelInPath === undefined && target.model !== this.facts.model;
    const body = bodyPieces(read, mapped ? target.model : undefined, usageEdits);
    this.#attempt = new Attempt(this, this.#options.clock, target.connections, connection);
    this.#attempt.send(upstreamRequest(this.#operation, target, this.#exchange.req.rawHeaders, body));
  }

  onHead(status: number, headers: IncomingHttpHeaders): 'forward' | 'discard' {
    const outcome = outcomeOfStatus(status);
    this.#route.report(outcome, retryAfterOf(headers));
    const next = outcome === 'ok' ? undefined : this.#route.next();
    if (next) {
      this.#dispatch(next);
      return 'discard';
    }
    const json = /\bjson\b/.test(headers['content-type'] ?? '');
    const log = `the upstream answered ${status}`;
    if (outcome === 'refused') this.#fail(new HalleyError('upstream_rejected', { log }), 'error');
    else if (status < 400 && status >= 300) this.#fail(new HalleyError('upstream_broken', { log }), 'error');
    else if (status >= 500 && !json) this.#fail(new HalleyError('upstream_broken', { log }), 'error');
    else this.#forward(status, headers);
    return this.#over ? 'discard' : 'forward';
  }

  #dropBody(): void {
    this.#body = undefined;
    this.#intake.release();
  }

  #forward(status: number, headers: IncomingHttpHeaders): void {
    // Retrying is over: let go of what may be many megabytes while a long answer runs.
    this.#dropBody();
    this.#status = status;
    if (/^text\/event-stream\b/i.test(headers['content-type'] ?? '')) this.#form = 'sse';
    else if (this.#form === 'sse' || status >= 300) this.#form = 'json';
    this.#passage = new Passage({
      operation: this.#operation,
      form: this.#form,
      success: status < 300,
      hidesUsage: this.#hidesUsage,
      packing: packingOf(headers['content-encoding']),
      content: this.#content,
    });
    const whole = this.#form === 'json';
    const forwarded = responseHeaders(headers, { keepLength: whole });
    const { rateState } = this.#bill;
    if (rateState) forwarded.push(...this.#rateHeaders(rateState));
    this.#answer.prepare(status, forwarded);
    if (!whole) queueMicrotask(this.#flush);
  }

  #rateHeaders(state: RateState): string[] {
    const { protocol } = this.#operation;
    return Object.entries(rateLimitHeaders(protocol.name, state, this.#options.clock.now())).flat();
  }

  onChunk(chunk: Buffer): void {
    this.#firstByteMs ??= this.#elapsed();
    if (this.#passage?.push(chunk)) queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    if (this.#over || !this.#passage || !this.#options.access.mayGoOn()) return;
    const passed = this.#passage.take();
    if (passed) {
      if (!this.#answer.write(passed)) this.#attempt?.pause();
    } else if (this.#form !== 'json') this.#answer.flushHead();
    // An upstream that has said all may be slow to end its answer; the client must not wait for that.
    if (this.#passage.ended) this.#late ??= this.#options.clock.after(lateEndMs, () => this.onEnd());
  };

  onEnd(): void {
    if (this.#over || !this.#options.access.mayGoOn()) return;
    const passed = this.#passage?.take();
    if (passed) this.#answer.write(passed);
    this.#rest = this.#passage?.rest();
    const written = this.#finish('done');
    if (!written || !this.#options.waitsForRecord) this.#answer.end(this.#rest);
    else this.#endWhenWritten(written);
  }

  #endWhenWritten(written: Promise<void>): void {
    const { recordWait } = this.#options;
    recordWait.add(this);
    // Whoever ended the answer meanwhile has the last word.
    void written.then(() => {
      recordWait.remove(this);
      if (this.#options.access.mayGoOn()) this.#answer.end(this.#rest);
    });
  }

  onRecordLate(): void {
    // The record may be long in coming.
    this.#rest = undefined;
    const error = new HalleyError('store_unavailable', { log: 'the record could not be written in time' });
    if (!this.#tell(error)) this.#answer.close();
  }

  onFailure(error: Error): void {
    this.#flush();
    const again = this.#attempt?.failedStale(error) ? this.#route.again() : undefined;
    if (again) {
      this.#dispatch(again, 'new');
      return;
    }
    const failure = classifyFailure(error, this.#attempt?.started ?? false);
    this.#route.report(failure.outcome);
    const next = failure.neverSent ? this.#route.next() : undefined;
    if (next) this.#dispatch(next);
    else this.#fail(failure.error, this.#answer.begun ? 'upstream_broken' : 'error');
  }

  cover(record: AccessRecord): Promise<HalleyError | undefined> {
    return this.#bill.cover(record);
  }

  async cut(error: HalleyError, withinMs: number): Promise<void> {
    // One that is over but still waits for its record has not been answered.
    const isEnded = (withinMs > 0 || !this.#answer.begun) && this.#tell(error);
    this.#finish('cut', error);
    this.#intake.cancel(error);
    const msMax = isEnded ? withinMs || limits.last_words_ms_max : 0;
    await Promise.all([this.#answer.deliver(msMax), this.#queued]);
  }

  /** Ends the request with an error: as the whole answer, or inside one that has begun. */
  #fail(error: HalleyError, outcome: RequestOutcome): void {
    if (this.#over) return;
    if (!this.#tell(error)) this.#answer.close();
    this.#finish(outcome, error);
  }

  /** @returns false when the answer has no room for it and the connection must be closed */
  #tell(error: HalleyError): boolean {
    const { protocol } = this.#operation;
    const context = { requestId: this.#exchange.id, compat: this.#options.compat };
    if (this.#answer.begun) {
      return this.#answer.break(protocol.renderBreak(error, this.#form, context, this.#answer.bytes > 0));
    }
    const rendered = protocol.renderError(error, context);
    this.#status = rendered.status;
    this.#answer.replace(rendered.status, rendered.body, error.headers);
    return true;
  }

  /**
   * Accounts for the request, once, and lets go of everything it holds.
   * @returns when its record is written; undefined = it has none
   */
  #finish(outcome: RequestOutcome, error?: HalleyError): Promise<void> | undefined {
    if (this.#over) return undefined;
    this.#over = true;
    this.#late?.cancel();
    this.#attempt?.abort();
    const ending = this.#ending(outcome, error);
    const { queued, written } = this.#bill.settle(ending, (charge) => this.#observe(ending, charge, error));
    this.#queued = queued;
    this.#dropBody();
    this.#passage = undefined;
    this.#content = undefined;
    return written;
  }

  #ending(outcome: RequestOutcome, error: HalleyError | undefined): Ending {
    const { target, group, attempts } = this.#route;
    const passage = this.#passage;
    return {
      outcome,
      status: this.#status,
      errorCode: error?.code ?? '',
      passage,
      report: passage?.report(outcome === 'done') ?? noReport,
      channelName: target?.channelName ?? '',
      channelId: target?.channelId ?? 0,
      group,
      attempts,
      stream: this.#form !== 'json',
      firstByteMs: this.#firstByteMs,
      totalMs: this.#elapsed(),
      content: this.#content?.seal(),
    };
  }

  #observe(ending: Ending, { usage, estimated, units }: Charge, error: HalleyError | undefined): void {
    this.#options.observe({
      id: this.#exchange.id,
      protocol: this.#operation.protocol.name,
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
