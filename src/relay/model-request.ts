/**
 * One model request, from admission to settlement. Whatever happens to it (an answer, an error, a client
 * that leaves, a right withdrawn, an upstream that breaks), it ends once, and is accounted for once.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Access, Admission } from '../access/access.ts';
import type { RequestFacts } from '../access/checks.ts';
import type { Flight } from '../access/flights.ts';
import { BodyCancel, ClientGone, readBody } from '../http/body.ts';
import type { Exchange } from '../http/server.ts';
import type { UsageBook } from '../ledger/usage-book.ts';
import type { RequestObserver, RequestOutcome } from '../observe/request-log.ts';
import type { Clock } from '../platform/clock.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import { buildUpstreamHeaders, responseHeaders } from '../upstreams/forward-headers.ts';
import type { AttemptOutcome, Upstreams, UpstreamTarget } from '../upstreams/upstreams.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { type ModelBody, readModelBody } from './body-model.ts';
import { ClientAnswer, type ClientAnswerEvents } from './client-answer.ts';
import { classifyFailure, outcomeOfStatus, retryAfterOf } from './failure.ts';
import type { AnswerForm, JsonObject, Operation, UsageReader } from './protocols/protocol.ts';
import { noSpending, type Spending, spendingOf } from './spending.ts';

export interface RelayOptions {
  readonly access: Access;
  readonly ledger: Pick<UsageBook, 'charge'>;
  readonly upstreams: Upstreams;
  readonly clock: Clock;
  readonly observe: RequestObserver;
  readonly bodyBytesMax: number;
  readonly bodyIdleMs: number;
  readonly slowClientMs: number;
  readonly attemptsMax: number;
  readonly compat: 'none' | 'cometapi';
}

/** OpenRouter's list of models to fall back to; whatever else `models` may hold is the upstream's affair. */
function modelsIn({ models }: JsonObject): readonly string[] {
  return Array.isArray(models) ? models.filter((model) => typeof model === 'string') : [];
}

/** The status in logs and metrics of a request whose client left before an answer began. */
const statusClientGone = 499;

export class ModelRequest implements Flight, AttemptOwner, ClientAnswerEvents {
  readonly #options: RelayOptions;
  readonly #exchange: Exchange;
  readonly #operation: Operation;
  readonly #answer: ClientAnswer;
  readonly #bodyCancel = new BodyCancel();
  facts: RequestFacts;
  #admission: Admission | undefined;
  #body: ModelBody | undefined;
  #bodyBytes = 0;
  readonly #tried: UpstreamTarget[] = [];
  #attempt: Attempt | undefined;
  #form: AnswerForm = 'json';
  #usage: UsageReader | undefined;
  /** What came from the upstream in this turn. */
  readonly #arrived: Buffer[] = [];
  /** The last chunk of a JSON answer, kept back so that an answer that breaks is never taken for whole. */
  #held: Buffer | undefined;
  #status = statusClientGone;
  #firstByteMs: number | undefined;
  #over = false;

  constructor(options: RelayOptions, exchange: Exchange, operation: Operation) {
    this.#options = options;
    this.#exchange = exchange;
    this.#operation = operation;
    this.facts = { clientAddress: exchange.clientAddress, model: undefined };
    this.#answer = new ClientAnswer(exchange, options.clock, options.slowClientMs, this);
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
    this.#options.access.flights.remove(this);
  }

  get keyId(): number {
    return this.#admission?.record.keyId ?? 0;
  }

  get accountId(): number {
    return this.#admission?.record.accountId ?? 0;
  }

  /** Runs the request; never rejects. */
  async run(credential: string | undefined): Promise<void> {
    const { access, bodyBytesMax, bodyIdleMs, clock } = this.#options;
    try {
      let found = access.find(credential, this.#exchange.req.socket);
      // After a wait the record is looked at again in the same turn that acts on it.
      while (found instanceof Promise) found = access.refresh(await found);
      this.#admit(found);
      if (this.#over) return;
      access.flights.add(this);
      const body = await readBody(this.#exchange, {
        bytesMax: bodyBytesMax,
        idleMs: bodyIdleMs,
        clock,
        cancel: this.#bodyCancel,
      });
      this.#understand(body);
      // The record may have changed while the body arrived: what counts is what holds now.
      found = access.refresh(found);
      while (found instanceof Promise) found = access.refresh(await found);
      this.#admit(found);
      if (this.#over) return;
      this.facts = { ...this.facts, groups: this.#groupsFor(found) };
      this.#dispatch(this.#pick());
    } catch (thrown) {
      if (thrown instanceof ClientGone) this.#finish('client_gone');
      else this.#fail(asHalleyError(thrown), 'error');
    }
  }

  #admit(admission: Admission): void {
    this.#admission = admission;
    this.#options.access.check(admission.record, this.facts);
  }

  #understand(bytes: Buffer): void {
    this.#bodyBytes = bytes.length;
    this.#body = readModelBody(bytes);
    const model = this.#operation.modelInPath ?? this.#body.model;
    if (model === undefined) throw new HalleyError('model_missing', { param: 'model' });
    this.facts = { clientAddress: this.facts.clientAddress, model, otherModels: modelsIn(this.#body.json) };
    this.#operation.checkBody(this.#body.json);
    this.#form = this.#operation.answerForm(this.#body.json);
  }

  /** A key that may not cross groups stays with the first of its groups that offers the model. */
  #groupsFor({ record }: Admission): readonly string[] {
    if (record.crossGroups || record.groups.length === 1) return record.groups;
    const offering = record.groups.find((group) =>
      this.#options.upstreams.models([group]).some((model) => model.id === this.facts.model),
    );
    return offering === undefined ? record.groups : [offering];
  }

  #pick(): UpstreamTarget {
    const picked = this.#options.upstreams.pick({
      protocol: this.#operation.protocol.name,
      model: this.facts.model ?? '',
      groups: this.facts.groups ?? [],
      tried: this.#tried,
    });
    if (picked === 'unknown_model') {
      throw new HalleyError('model_not_found', {
        message: `The model "${this.facts.model}" is not offered here. See the list of models for what there is.`,
        param: 'model',
      });
    }
    if (picked === 'exhausted') {
      throw new HalleyError('no_channel_available', { headers: { 'retry-after': '5' } });
    }
    return picked;
  }

  #nextTarget(): UpstreamTarget | undefined {
    if (this.#tried.length >= this.#options.attemptsMax) return undefined;
    try {
      return this.#pick();
    } catch {
      return undefined;
    }
  }

  #dispatch(target: UpstreamTarget): void {
    const { protocol, modelInPath } = this.#operation;
    const read = this.#body;
    if (!read) return;
    this.#tried.push(target);
    const mapped = modelInPath === undefined && target.model !== this.facts.model;
    const body = mapped ? read.replaceModel(target.model) : read.bytes;
    this.#attempt = new Attempt(this);
    this.#attempt.send(target.dispatcher, {
      origin: target.origin,
      path: target.basePath + this.#operation.upstreamPath(target.model),
      method: 'POST',
      headers: buildUpstreamHeaders({
        rawHeaders: this.#exchange.req.rawHeaders,
        contentLength: body.length,
        auth: target.key === undefined ? undefined : protocol.upstreamAuth(target.key),
        extraHeaders: target.extraHeaders,
        forwarded: protocol.forwardedHeaders,
        defaults: protocol.defaultHeaders,
      }),
      body,
      headersTimeout: target.firstByteMs,
      bodyTimeout: target.idleChunkMs,
    });
  }

  #report(outcome: AttemptOutcome, retryAfterMs?: number): void {
    const target = this.#tried.at(-1);
    if (target) this.#options.upstreams.report(target, outcome, retryAfterMs);
  }

  onHead(status: number, headers: IncomingHttpHeaders): 'forward' | 'discard' {
    const outcome = outcomeOfStatus(status);
    this.#report(outcome, retryAfterOf(headers));
    const next = outcome === 'ok' ? undefined : this.#nextTarget();
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

  #forward(status: number, headers: IncomingHttpHeaders): void {
    // Retrying is over: let go of what may be many megabytes while a long answer runs.
    this.#body = undefined;
    this.#status = status;
    if (/^text\/event-stream\b/i.test(headers['content-type'] ?? '')) this.#form = 'sse';
    else if (this.#form === 'sse' || status >= 300) this.#form = 'json';
    if (status < 300) this.#usage = this.#operation.protocol.usageReader(this.#form);
    const whole = this.#form === 'json';
    this.#answer.prepare(status, responseHeaders(headers, { keepLength: whole }));
    if (!whole) queueMicrotask(this.#flush);
  }

  onChunk(chunk: Buffer): void {
    this.#firstByteMs ??= this.#elapsed();
    if (this.#arrived.push(chunk) === 1) queueMicrotask(this.#flush);
  }

  /** All that arrived in one turn, as one: an upstream's many small chunks would each cost a write. */
  #takeArrived(): Buffer | undefined {
    const [first] = this.#arrived;
    if (!first) return undefined;
    const all = this.#arrived.length === 1 ? first : Buffer.concat(this.#arrived);
    this.#arrived.length = 0;
    this.#usage?.push(all);
    return all;
  }

  readonly #flush = (): void => {
    if (this.#over) return;
    const arrived = this.#takeArrived();
    if (this.#form !== 'json') {
      if (!arrived) this.#answer.flushHead();
      else if (!this.#answer.write(arrived)) this.#attempt?.pause();
    } else if (arrived) {
      if (this.#held && !this.#answer.write(this.#held)) this.#attempt?.pause();
      this.#held = arrived;
    }
  };

  onEnd(): void {
    const arrived = this.#takeArrived();
    if (this.#held && arrived) this.#answer.write(this.#held);
    this.#answer.end(arrived ?? this.#held);
    this.#finish('done');
  }

  onFailure(error: Error): void {
    if (this.#arrived.length > 0) this.#flush();
    const failure = classifyFailure(error, this.#attempt?.started ?? false);
    this.#report(failure.outcome);
    const next = failure.neverSent ? this.#nextTarget() : undefined;
    if (next) this.#dispatch(next);
    else this.#fail(failure.error, this.#answer.begun ? 'upstream_broken' : 'error');
  }

  cut(error: HalleyError): Promise<void> {
    this.#fail(error, 'cut');
    this.#bodyCancel.cancel(error);
    return this.#answer.settled();
  }

  /** Ends the request with an error: as the whole answer, or inside one that has begun. */
  #fail(error: HalleyError, outcome: RequestOutcome): void {
    if (this.#over) return;
    const { protocol } = this.#operation;
    const context = { requestId: this.#exchange.id, compat: this.#options.compat };
    if (this.#answer.begun) {
      this.#answer.break(protocol.renderBreak(error, this.#form, context, this.#answer.bytes > 0));
    } else {
      const rendered = protocol.renderError(error, context);
      this.#status = rendered.status;
      this.#answer.replace(rendered.status, rendered.body, error.headers);
    }
    this.#finish(outcome, error);
  }

  /** Accounts for the request, once, and lets go of everything it holds. */
  #finish(outcome: RequestOutcome, error?: HalleyError): void {
    if (this.#over) return;
    this.#over = true;
    this.#attempt?.abort();
    const spending = this.#settle(outcome === 'done');
    this.#body = undefined;
    this.#held = undefined;
    this.#options.observe({
      id: this.#exchange.id,
      protocol: this.#operation.protocol.name,
      operation: this.#operation.name,
      outcome,
      status: this.#status,
      errorCode: error?.code,
      errorLog: error?.log,
      keyId: this.#admission?.record.keyId,
      keyName: this.#admission?.record.keyName,
      model: this.facts.model,
      channel: this.#tried.at(-1)?.channelName,
      attempts: this.#tried.length,
      inputTokens: spending.inputTokens,
      outputTokens: spending.outputTokens,
      estimated: spending.estimated,
      units: spending.units,
      firstByteMs: this.#firstByteMs,
      totalMs: this.#elapsed(),
    });
  }

  #settle(complete: boolean): Spending {
    const { access, ledger } = this.#options;
    if (!this.#usage || !this.#admission || !this.#operation.charged) return noSpending;
    const spending = spendingOf(this.#usage, complete, this.#bodyBytes, this.#answer.bytes);
    ledger.charge({ keyId: this.keyId, accountId: this.accountId, units: spending.units });
    access.spend(this.#admission, spending.units);
    return spending;
  }

  #elapsed(): number {
    return this.#options.clock.monotonic() - this.#exchange.startedAt;
  }
}
