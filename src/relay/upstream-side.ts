/**
 * The upstream's side of one model request: sends it, tells from each answer whether it is one, asks the next
 * upstream where it is not, and hands on what the client may have.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestOutcome } from '../observe/request-log.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { responseHeaders } from '../upstreams/forward-headers.ts';
import type { UpstreamTarget } from '../upstreams/upstreams.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import type { ClientResponse } from './client-response.ts';
import type { ContentKeeper } from './content-keeper.ts';
import { classifyFailure, outcomeOf, retryAfterOf } from './failure.ts';
import { errorObject } from './protocols/error-facts.ts';
import { type ErrorMeaning, meaningOf, meaningOfStatus, statusOf } from './protocols/error-rules.ts';
import type { Operation, ResponseForm } from './protocols/protocol.ts';
import { looksLikeEvents } from './protocols/response-start.ts';
import type { RequestBody } from './request-body.ts';
import { ResponsePipeline } from './response-pipeline.ts';
import type { Route } from './route.ts';
import { contentEncodingOf } from './unpack.ts';
import { UpstreamError } from './upstream-error.ts';
import { bodyPieces, upstreamRequest } from './upstream-request.ts';

export interface UpstreamSideOwner {
  readonly over: boolean;
  /** The client's answer begins with this status, in this form. */
  onBegin(status: number, form: ResponseForm): void;
  /** The answer is over and sound; `rest` is its end, kept back until the record is written. */
  onAnswered(rest: Buffer | undefined): void;
  onRefused(error: HalleyError, outcome: RequestOutcome): void;
}

export interface UpstreamSideParts {
  readonly owner: UpstreamSideOwner;
  readonly operation: Operation;
  readonly route: Route;
  readonly answer: ClientResponse;
  readonly clock: Clock;
  /** Of the client's request: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly startedAt: number;
  /** Whether this node may serve at all. */
  readonly mayContinue: () => boolean;
  /** Headers of the gateway's own for an answer. */
  readonly ownHeaders: () => readonly string[];
}

/** What is sent: to one upstream, and to the next when that fails. */
export interface UpstreamRequest {
  readonly body: RequestBody;
  /** The model as the client named it. */
  readonly model: string | undefined;
  readonly form: ResponseForm;
  readonly content: ContentKeeper | undefined;
}

/** How long an upstream that has said that its answer is complete may take to end it, in milliseconds. */
const lateEndMs = 1000;

interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly at: number;
}

export class UpstreamSide implements AttemptOwner {
  readonly #parts: UpstreamSideParts;
  #request: UpstreamRequest | undefined;
  #target: UpstreamTarget | undefined;
  #attempt: Attempt | undefined;
  #hidesUsage = false;
  /** Whether this upstream has refused to be asked for usage, as far as can be told before it answers without. */
  #refusedUsage = false;
  #head: Head | undefined;
  #error: UpstreamError | undefined;
  #passage: ResponsePipeline | undefined;
  #begun = false;
  /** Whether the attempt was reported to the health of its channel. */
  #reported = false;
  #firstByteMs: number | undefined;
  #late: Timer | undefined;

  constructor(parts: UpstreamSideParts) {
    this.#parts = parts;
  }

  get passage(): ResponsePipeline | undefined {
    return this.#passage;
  }

  get firstByteMs(): number | undefined {
    return this.#firstByteMs;
  }

  /** @throws HalleyError when there is nowhere to send it */
  send(request: UpstreamRequest): void {
    this.#request = request;
    this.#dispatch(this.#parts.route.pick());
  }

  resume(): void {
    this.#attempt?.resume();
  }

  /** Ends the attempt and lets go of what it holds. */
  close(): void {
    this.#late?.cancel();
    this.#attempt?.abort();
    this.#request = undefined;
    this.#error = undefined;
    this.#passage = undefined;
  }

  /** @param connection `new`: on a connection that is made for it */
  #dispatch(target: UpstreamTarget, connection: 'any' | 'new' = 'any'): void {
    const { operation, mayContinue, rawHeaders, clock } = this.#parts;
    this.#target = target;
    this.#head = undefined;
    this.#error = undefined;
    this.#passage = undefined;
    this.#reported = false;
    this.#firstByteMs = undefined;
    if (!this.#request || !mayContinue()) return;
    const body = this.#bodyFor(this.#request, target);
    this.#attempt = new Attempt(this, clock, target.connections, connection);
    this.#attempt.send(upstreamRequest(operation, target, rawHeaders, body));
  }

  #bodyFor({ body, model }: UpstreamRequest, target: UpstreamTarget): readonly Buffer[] {
    const asks = target.asksForUsage && !this.#refusedUsage;
    const usageEdits = asks ? body.usageEdits() : undefined;
    this.#hidesUsage = usageEdits !== undefined;
    const mapped = this.#parts.operation.modelInPath === undefined && target.model !== model;
    return bodyPieces(body, mapped ? target.model : undefined, usageEdits);
  }

  onHead(status: number, headers: IncomingHttpHeaders): 'forward' | 'discard' {
    const { clock } = this.#parts;
    this.#head = { status, headers, at: clock.monotonic() };
    if (status >= 200 && status < 300) return 'forward';
    const meaning = meaningOfStatus(status);
    if (meaning !== undefined && this.#turnAway(meaning)) return 'discard';
    const error = new UpstreamError(status, headers, this.#parts.operation.protocol);
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
   * @returns whether that was done
   */
  #turnAway(meaning: ErrorMeaning): boolean {
    const { route } = this.#parts;
    this.#report(meaning);
    const next = meaning === 'own' ? undefined : route.next();
    if (!next) return false;
    // An answer of which only the head has come is read to its end by the attempt, to keep the connection.
    if (this.#error || this.#passage) this.#attempt?.abort();
    this.#refusedUsage = false;
    this.#dispatch(next);
    return true;
  }

  #report(meaning: ErrorMeaning): void {
    if (this.#reported) return;
    this.#reported = true;
    this.#parts.route.report(outcomeOf[meaning], retryAfterOf(this.#head?.headers ?? {}));
  }

  onChunk(chunk: Buffer): void {
    this.#firstByteMs ??= this.#parts.clock.monotonic() - this.#parts.startedAt;
    if (this.#error) {
      if (this.#error.push(chunk)) this.#readError(this.#error, false);
      return;
    }
    this.#passage ??= this.#passageFor(chunk);
    if (this.#passage.push(chunk)) queueMicrotask(this.#flush);
  }

  /** @param first undefined = the answer has no bytes */
  #passageFor(first: Buffer | undefined): ResponsePipeline {
    const { status = 0, headers = {} } = this.#head ?? {};
    const form = this.#formOf(headers, first);
    return this.#newPassage(form, status < 300, contentEncodingOf(headers['content-encoding']));
  }

  #formOf(headers: IncomingHttpHeaders, first: Buffer | undefined): ResponseForm {
    if (/^text\/event-stream\b/i.test(headers['content-type'] ?? '')) return 'sse';
    const { form = 'json' } = this.#request ?? {};
    if (form !== 'sse') return form;
    return first && looksLikeEvents(first) ? 'sse' : 'json';
  }

  #newPassage(form: ResponseForm, success: boolean, contentEncoding: string | undefined): ResponsePipeline {
    const { operation } = this.#parts;
    const { content } = this.#request ?? {};
    const secrets = this.#secrets;
    return new ResponsePipeline({
      operation,
      form,
      success,
      hidesUsage: this.#hidesUsage,
      contentEncoding,
      content,
      secrets,
    });
  }

  get #secrets() {
    if (!this.#target) throw new HalleyError('internal_error', { log: 'an answer without a target' });
    return this.#target.secrets;
  }

  readonly #flush = (): void => {
    const passage = this.#passage;
    if (!passage || this.#parts.owner.over || !this.#parts.mayContinue()) return;
    this.#handOn(passage, passage.take());
  };

  /** @returns whether the answer may go on */
  #handOn(passage: ResponsePipeline, passed: Buffer | undefined): boolean {
    if (passage.refusal && !this.#refuse(passage)) return false;
    if (passage.verdict === 'useful' && !this.#reported) this.#succeed();
    const shown = passed ?? this.#keepAlives(passage);
    if (shown) {
      this.#begin(passage.form);
      if (!this.#parts.answer.write(shown)) this.#attempt?.pause();
    }
    // An upstream that has said all may be slow to end its answer; the client must not wait for that.
    if (passage.ended) this.#late ??= this.#parts.clock.after(lateEndMs, () => this.onEnd());
    return true;
  }

  #succeed(): void {
    this.#report('own');
    // Only now is it sure that the option was at fault: an error may quote the whole request.
    if (this.#refusedUsage) this.#parts.route.refusesUsage();
  }

  /** What has come before any output, when the client has waited for long. */
  #keepAlives(passage: ResponsePipeline): Buffer | undefined {
    if (this.#begun || passage.verdict !== 'undecided' || passage.waits === 0) return undefined;
    const since = this.#parts.clock.monotonic() - (this.#head?.at ?? 0);
    if (passage.waits < limits.keep_alives_held_max && since < limits.keep_alive_held_ms) return undefined;
    return passage.release();
  }

  /** Begins the client's answer: after this no other upstream is asked. */
  #begin(form: ResponseForm): void {
    if (this.#begun || !this.#head) return;
    this.#begun = true;
    const { status, headers } = this.#head;
    const { answer, owner, ownHeaders } = this.#parts;
    // Let go of what may be many megabytes while a long answer runs.
    this.#request = undefined;
    owner.onBegin(status, form);
    const forwarded = responseHeaders(headers, { keepLength: form === 'json' && status < 300 });
    answer.prepare(status, [...(status < 300 ? forwarded : this.#masked(forwarded)), ...ownHeaders()]);
  }

  /** The headers of an error. */
  #masked(headers: readonly string[]): string[] {
    return headers.map((text) => this.#secrets.mask(text));
  }

  /**
   * An upstream that said 200 has given no answer.
   * @returns whether what it said goes on to the client, who has the beginning already
   */
  #refuse(passage: ResponsePipeline): boolean {
    const { error, value } = passage.refusal ?? {};
    const status = error ? statusOf(error) : 502;
    const meaning = error ? meaningOf(this.#parts.operation.protocol.name, status, error) : 'failed';
    if (this.#begun) {
      this.#report(meaning);
      if (error) return true;
      this.#fail('upstream_broken', 'the upstream gave no answer');
      return false;
    }
    if (error && meaning === 'own') {
      this.#report('own');
      this.#answerOwn(status < 500 ? status : 400, errorObject(error, value));
    } else if (!this.#turnAway(meaning)) {
      this.#fail(
        codeOf(meaning),
        `the upstream answered 200 and ${error ? `the error ${error.code}` : 'no answer'}`,
      );
    }
    return false;
  }

  /** The client's own error that came with status 200 gets the status that it should have had. */
  #answerOwn(status: number, value: object): void {
    const { owner, answer, ownHeaders } = this.#parts;
    const body = Buffer.from(this.#secrets.mask(JSON.stringify(value)));
    this.#request?.content?.answer(body);
    owner.onBegin(status, 'json');
    answer.prepare(status, ['content-type', 'application/json', ...ownHeaders()]);
    owner.onAnswered(body);
  }

  onEnd(): void {
    const { owner, mayContinue } = this.#parts;
    if (owner.over || !mayContinue()) return;
    if (this.#error) {
      this.#readError(this.#error, true);
      return;
    }
    this.#passage ??= this.#passageFor(undefined);
    this.#finish(this.#passage);
  }

  #finish(passage: ResponsePipeline): void {
    const { owner } = this.#parts;
    if (!this.#handOn(passage, passage.close(true)) || owner.over) return;
    this.#begin(passage.form);
    owner.onAnswered(passage.rest());
  }

  /**
   * Tells what an error means: the next upstream is asked, or the client gets it.
   * @param whole whether all of it has come
   */
  #readError(error: UpstreamError, whole: boolean): void {
    const { owner } = this.#parts;
    if (this.#hidesUsage && this.#target && error.refusesUsage) {
      this.#refusedUsage = true;
      this.#attempt?.abort();
      this.#dispatch(this.#target);
      return;
    }
    const { meaning } = error;
    if (!this.#reported && this.#turnAway(meaning)) return;
    const body = error.readable(whole);
    const refusal = body ? refusalOf(error, meaning) : codeOf(meaning);
    if (!body || refusal) {
      this.#fail(refusal ?? 'upstream_broken', error.summary);
      return;
    }
    this.#error = undefined;
    const passage = this.#newPassage('json', false, undefined);
    this.#passage = passage;
    this.#head = withoutEncoding(this.#head);
    passage.push(body);
    if (whole) this.#finish(passage);
    else if (!owner.over) this.#flush();
  }

  onFailure(error: Error): void {
    const { owner, route, answer } = this.#parts;
    const attempt = this.#attempt;
    this.#flush();
    if (owner.over || attempt !== this.#attempt) return;
    const again = attempt?.failedStale(error) ? route.again() : undefined;
    if (again) {
      this.#dispatch(again, 'new');
      return;
    }
    const failure = classifyFailure(error, attempt?.started ?? false);
    if (!this.#reported || this.#passage) route.report(failure.outcome);
    const next = failure.neverSent ? route.next() : undefined;
    if (next) this.#dispatch(next);
    else owner.onRefused(failure.error, answer.begun ? 'upstream_broken' : 'error');
  }

  #fail(code: 'upstream_rejected' | 'upstream_broken', log: string): void {
    const { owner, answer } = this.#parts;
    const error = new HalleyError(code, { log: this.#secrets.mask(log) });
    owner.onRefused(error, answer.begun ? 'upstream_broken' : 'error');
  }
}

/** The error that a client gets when no upstream is left. */
function codeOf(meaning: ErrorMeaning): 'upstream_rejected' | 'upstream_broken' {
  const isOwnAccount = meaning === 'credentials' || meaning === 'used_up' || meaning === 'model_refused';
  return isOwnAccount ? 'upstream_rejected' : 'upstream_broken';
}

/** The gateway's own error in the place of the upstream's; undefined = that one is passed on. */
function refusalOf({ status, headers }: UpstreamError, meaning: ErrorMeaning) {
  const code = codeOf(meaning);
  if (code === 'upstream_rejected' || status < 400) return code;
  const isJson = /\bjson\b/.test(headers['content-type'] ?? '');
  return status >= 500 && !isJson ? code : undefined;
}

function withoutEncoding(head: Head | undefined): Head | undefined {
  if (!head) return undefined;
  const { 'content-encoding': _contentEncoding, ...headers } = head.headers;
  return { ...head, headers };
}
