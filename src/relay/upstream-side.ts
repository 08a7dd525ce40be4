/**
 * The upstream's side of one model request: sends it, recognizes refusals, tries the next upstream after one, and
 * passes on what the client may have.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Timer } from '../platform/clock.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import type { ErrorEvent } from '../protocols/translate/form/response.ts';
import { brokenResponse } from '../protocols/translate/upstream-error.ts';
import { errorObject } from '../protocols/upstream/error-facts.ts';
import {
  type ErrorMeaning,
  meaningOf,
  meaningOfStatus,
  statusOf,
} from '../protocols/upstream/error-rules.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import { CallTranslation } from './call-translation.ts';
import { classifyFailure, outcomeOf, retryAfterOf } from './failure.ts';
import { ForwardedBody } from './forwarded-body.ts';
import { codeOf, refusalOf, translatedError } from './refusal.ts';
import { clientHeaders, type ResponseHead, upstreamForm, withoutEncoding } from './response-head.ts';
import { ResponsePipeline } from './response-pipeline.ts';
import type { Destination } from './route.ts';
import { contentEncodingOf } from './unpack.ts';
import { UpstreamError } from './upstream-error.ts';
import { type OutgoingBody, upstreamRequest } from './upstream-request.ts';
import type { UpstreamRequest, UpstreamSideParts } from './upstream-side-parts.ts';

/** How long an upstream may take to end a response that it declared complete, in milliseconds. */
const lateEndMs = 1000;

export class UpstreamSide implements AttemptOwner {
  readonly #parts: UpstreamSideParts;
  #request: UpstreamRequest | undefined;
  #destination: Destination | undefined;
  #attempt: Attempt | undefined;
  readonly #translation: CallTranslation;
  readonly #forwarded: ForwardedBody;
  #head: ResponseHead | undefined;
  #error: UpstreamError | undefined;
  #pipeline: ResponsePipeline | undefined;
  #begun = false;
  /** Whether the attempt was reported to the circuits of its channel. */
  #reported = false;
  #late: Timer | undefined;

  constructor(parts: UpstreamSideParts) {
    this.#parts = parts;
    this.#translation = new CallTranslation(parts);
    this.#forwarded = new ForwardedBody(parts.operation);
  }

  get pipeline(): ResponsePipeline | undefined {
    return this.#pipeline;
  }

  /** Fields of the request that its translation left out or changed. */
  get dropped(): readonly string[] {
    return this.#translation.dropped;
  }

  /** @throws HalleyError when no channel can serve it */
  send(request: UpstreamRequest): void {
    this.#request = request;
    this.#dispatch(this.#parts.route.pick());
  }

  /** The present attempt; undefined = there is none yet. */
  get attempt(): Attempt | undefined {
    return this.#attempt;
  }

  /** Ends the attempt and releases what it holds. */
  close(): void {
    this.#late?.cancel();
    this.#attempt?.abort();
    this.#request = undefined;
    this.#error = undefined;
    this.#pipeline = undefined;
  }

  /** @param connection `new`: on a connection made for it */
  #dispatch(destination: Destination, connection: 'any' | 'new' = 'any'): void {
    this.#destination = destination;
    this.#head = undefined;
    this.#error = undefined;
    this.#pipeline = undefined;
    this.#reported = false;
    this.#translation.reset();
    if (!this.#request || !this.#parts.mayContinue()) return;
    this.#parts.timeline.begin(destination.target, destination.call.protocol.name);
    if (destination.call.translator) void this.#translateAndSend(this.#request, destination, connection);
    else {
      const edits = this.#translation.ownEdits(this.#request.body, destination);
      this.#sendTo(destination, this.#forwarded.outgoing(this.#request, destination, edits), connection);
    }
  }

  async #translateAndSend(
    { body }: UpstreamRequest,
    destination: Destination,
    connection: 'any' | 'new',
  ): Promise<void> {
    try {
      const asksForUsage = this.#forwarded.translated(destination.target);
      const bytes = await this.#translation.request(body, destination, asksForUsage);
      if (this.mayContinue()) this.#sendTo(destination, { body: [bytes] }, connection);
    } catch (thrown) {
      this.#parts.owner.onRefused(asHalleyError(thrown), 'error');
    }
  }

  #sendTo(destination: Destination, body: OutgoingBody, connection: 'any' | 'new'): void {
    const [{ clock, timeline }, { target, call }] = [this.#parts, destination];
    const unpacks = call.translator !== undefined;
    this.#attempt = new Attempt(this, clock, { target, connection, unpacks, timeline });
    const rawHeaders = timeline.upstreamHeaders(this.#parts.rawHeaders);
    this.#attempt.send(upstreamRequest(destination, rawHeaders, body, this.#forms.upstream));
  }

  mayContinue(): boolean {
    return !this.#parts.owner.over && this.#parts.mayContinue();
  }

  onHead(status: number, headers: IncomingHttpHeaders): 'forward' | 'discard' {
    this.#head = { status, headers, at: this.#parts.clock.monotonic() };
    if (status >= 200 && status < 300) return 'forward';
    const meaning = meaningOfStatus(status);
    if (meaning !== undefined && this.#turnAway(meaning)) return 'discard';
    const error = new UpstreamError(status, headers, this.#current.call.protocol, this.#current.target.style);
    const refusal = meaning && refusalOf(error, meaning);
    if (refusal) {
      this.#fail(refusal, error.summary);
      return 'discard';
    }
    this.#error = error;
    return 'forward';
  }

  /**
   * Reports the attempt, and sends the request to the next upstream unless the request is at fault.
   * @returns whether it sent the request on
   */
  #turnAway(meaning: ErrorMeaning): boolean {
    const { route } = this.#parts;
    this.#report(meaning);
    const next = meaning === 'own' ? undefined : route.next();
    if (!next) return false;
    // The attempt reads a response of which only the head has come to its end, to keep the connection.
    if (this.#error || this.#pipeline) this.#attempt?.abort();
    this.#forwarded.refusedUsage = false;
    this.#dispatch(next);
    return true;
  }

  #report(meaning: ErrorMeaning): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#parts.timeline.resultOf(meaning);
    this.#parts.route.report(outcomeOf[meaning], retryAfterOf(this.#head?.headers ?? {}));
  }

  onChunk(chunk: Buffer): void {
    if (this.#error) {
      if (this.#error.push(chunk)) this.#readError(this.#error, false);
      return;
    }
    this.#pipeline ??= this.#pipelineFor(chunk);
    if (this.#pipeline.push(chunk)) queueMicrotask(this.#flush);
  }

  /** @param first undefined = the response has no bytes */
  #pipelineFor(first: Buffer | undefined): ResponsePipeline {
    const { status = 0, headers = {} } = this.#head ?? {};
    const form = upstreamForm(headers, first, this.#forms.upstream);
    const beat = this.#forms.client === 'sse' && this.#current.call.translator?.heartbeat;
    if (beat) this.#parts.response.keepAlive(beat, () => this.#mayBeat());
    return this.#newPipeline(form, status < 300, contentEncodingOf(headers['content-encoding']));
  }

  #newPipeline(form: ResponseForm, success: boolean, contentEncoding: string | undefined): ResponsePipeline {
    const { operation } = this.#parts;
    const { content, model = '' } = this.#request ?? {};
    const { client } = this.#forms;
    return new ResponsePipeline({
      operation,
      call: this.#current.call,
      form,
      clientForm: success && this.#current.call.translator ? client : form,
      translation: success ? this.#translation.response(this.#current, form, client, model) : undefined,
      success,
      hidesUsage: this.#forwarded.hidesUsage,
      contentEncoding,
      content,
      secrets: this.#current.target.secrets,
    });
  }

  /** The form of response that the client requested, and the one that the gateway requested of the upstream. */
  get #forms(): { readonly client: ResponseForm; readonly upstream: ResponseForm } {
    const { form: client = 'json' } = this.#request ?? {};
    return { client, upstream: this.#current.call.translator?.upstreamForm(client) ?? client };
  }

  get #current(): Destination {
    if (!this.#destination)
      throw new HalleyError('internal_error', { log: 'a response without a destination' });
    return this.#destination;
  }

  readonly #flush = (): void => {
    const pipeline = this.#pipeline;
    if (!pipeline || !this.mayContinue()) return;
    this.#handOn(pipeline, pipeline.take());
  };

  /** @returns whether the response may go on */
  #handOn(pipeline: ResponsePipeline, passed: Buffer | undefined): boolean {
    if (pipeline.refusal && !this.#refuse(pipeline)) return false;
    if (pipeline.verdict === 'useful' && !this.#reported) this.#succeed();
    const shown =
      passed ?? (this.#begun ? undefined : pipeline.keepAlives(this.#parts.clock, this.#head?.at));
    if (shown) {
      this.#begin(pipeline.clientForm);
      if (!this.#parts.response.write(shown)) this.#attempt?.pause();
    }
    if (pipeline.failure) {
      this.#failTranslated(pipeline.failure);
      return false;
    }
    // An upstream may be slow to end a complete response; the client must not wait for that.
    if (pipeline.ended) this.#late ??= this.#parts.clock.after(lateEndMs, () => this.onEnd());
    return true;
  }

  /** Only once it is certain that this upstream responds; then the response may begin with it. */
  #mayBeat(): boolean {
    const { owner, mayContinue } = this.#parts;
    const pipeline = this.#pipeline;
    const responds = pipeline?.verdict === 'useful' && !pipeline.ended && !owner.over && mayContinue();
    if (responds) this.#begin(pipeline.clientForm);
    return responds;
  }

  #succeed(): void {
    this.#report('own');
    // Only now is it certain that the option was at fault: an error may quote the whole request.
    if (this.#forwarded.refusedUsage) this.#parts.route.refusesUsage();
  }

  /** Begins the client's response. After this no other upstream is tried. */
  #begin(form: ResponseForm): void {
    if (this.#begun || !this.#head) return;
    this.#begun = true;
    const [{ status }, { call }] = [this.#head, this.#current];
    const { response, owner, ownHeaders, route } = this.#parts;
    // Free what may be many megabytes while a long response runs.
    this.#request = undefined;
    route.releaseBody();
    owner.onBegin(status, form);
    const headers = clientHeaders(this.#head, form, call.translator !== undefined);
    const shown = status < 300 ? headers : headers.map((text) => this.#current.target.secrets.mask(text));
    response.prepare(status, [...shown, ...this.#translation.header, ...ownHeaders()]);
  }

  /**
   * Handles an upstream that said 200 and gave no response.
   * @returns whether its refusal goes to the client, which already has the beginning
   */
  #refuse(pipeline: ResponsePipeline): boolean {
    const { error, value } = pipeline.refusal ?? {};
    const status = error ? statusOf(error) : 502;
    const meaning = error ? meaningOf(this.#current.call.protocol.name, status, error) : 'failed';
    if (this.#begun) {
      this.#report(meaning);
      if (error) return true;
      this.#fail('upstream_broken', 'the upstream gave no answer');
      return false;
    }
    if (error && meaning === 'own') {
      this.#report('own');
      this.#parts.timeline.result('request_refused');
      if (this.#current.call.translator) {
        this.#passTranslated({ status, headers: this.#head?.headers ?? {}, json: value });
        return false;
      }
      const body = this.#current.target.secrets.mask(JSON.stringify(errorObject(error, value)));
      // The status that it should have had.
      this.#parts.owner.onWhole(status < 500 ? status : 400, Buffer.from(body));
    } else if (!this.#turnAway(meaning)) {
      this.#fail(
        codeOf(meaning),
        `the upstream answered 200 and ${error ? `the error ${error.code}` : 'no answer'}`,
      );
    }
    return false;
  }

  onEnd(): void {
    if (!this.mayContinue()) return;
    if (this.#error) {
      this.#readError(this.#error, true);
      return;
    }
    this.#pipeline ??= this.#pipelineFor(undefined);
    this.#finish(this.#pipeline);
  }

  #finish(pipeline: ResponsePipeline): void {
    const { owner } = this.#parts;
    if (!this.#handOn(pipeline, pipeline.close(true)) || owner.over) return;
    const end = pipeline.flush();
    if (pipeline.failure) {
      this.#failTranslated(pipeline.failure);
      return;
    }
    this.#begin(pipeline.clientForm);
    owner.onComplete(end);
  }

  #passTranslated(error: Parameters<typeof translatedError>[0]): void {
    this.#parts.owner.onRefused(translatedError(error, this.#current.target.secrets), 'error');
  }

  /** Ends a translated response that the upstream broke off or ended with an error. */
  #failTranslated(failure: ErrorEvent): void {
    const { owner, route, response, timeline } = this.#parts;
    const error = brokenResponse(failure);
    if (error.code === 'upstream_broken') timeline.result('broken');
    route.report(error.code === 'upstream_broken' ? 'broken' : 'ok');
    owner.onRefused(error, response.begun ? 'upstream_broken' : 'error');
  }

  /**
   * Decides what an error means: tries the next upstream, or passes it to the client.
   * @param whole whether all of it has come
   */
  #readError(error: UpstreamError, whole: boolean): void {
    const { owner, route } = this.#parts;
    const again = this.#forwarded.asksForUsage && error.refusesUsage ? route.withoutUsage() : undefined;
    if (again) {
      this.#forwarded.refusedUsage = true;
      this.#parts.timeline.result('usage_refused');
      this.#attempt?.abort();
      this.#dispatch(again);
      return;
    }
    const { meaning } = error;
    if (error.maySayNoEndpoint && this.#goWithoutEndpoint(error)) return;
    if (!this.#reported && this.#turnAway(meaning)) return;
    if (this.#parts.operation.countBody && meaning !== 'own' && meaning !== 'no_model') {
      this.#fail(codeOf(meaning), error.summary);
      return;
    }
    const body = error.readable(whole);
    const refusal = body ? refusalOf(error, meaning) : codeOf(meaning);
    if (!body || refusal) {
      this.#fail(refusal ?? 'upstream_broken', error.summary);
      return;
    }
    if (this.#current.call.translator) {
      this.#passTranslated(error);
      return;
    }
    this.#error = undefined;
    const pipeline = this.#newPipeline('json', false, undefined);
    this.#pipeline = pipeline;
    this.#head = withoutEncoding(this.#head);
    pipeline.push(body);
    if (whole) this.#finish(pipeline);
    else if (!owner.over) this.#flush();
  }

  /** @returns whether the request goes on without this path, or ended because no other is left */
  #goWithoutEndpoint(error: UpstreamError): boolean {
    this.#report('own');
    const next = this.#parts.route.withoutEndpoint(error.saysNoEndpoint);
    if (!next) return false;
    this.#parts.timeline.result('no_endpoint');
    this.#attempt?.abort();
    if (next === 'none') this.#fail('upstream_broken', error.summary);
    else this.#dispatch(next);
    return true;
  }

  onFailure(error: Error): void {
    const { owner, route, response, timeline } = this.#parts;
    const attempt = this.#attempt;
    this.#flush();
    if (owner.over || attempt !== this.#attempt) return;
    const again = attempt?.failedStale(error) ? route.again() : undefined;
    if (again) {
      timeline.result('stale_connection');
      this.#dispatch(again, 'new');
      return;
    }
    const failure = classifyFailure(error, attempt?.started ?? false);
    timeline.failed(failure.outcome);
    if (!this.#reported || this.#pipeline) route.report(failure.outcome);
    const next = failure.neverSent ? route.next() : undefined;
    if (next) this.#dispatch(next);
    else owner.onRefused(failure.error, response.begun ? 'upstream_broken' : 'error');
  }

  #fail(code: 'upstream_rejected' | 'upstream_broken', log: string): void {
    const { owner, response } = this.#parts;
    const error = new HalleyError(code, { log: this.#current.target.secrets.mask(log) });
    owner.onRefused(error, response.begun ? 'upstream_broken' : 'error');
  }
}
