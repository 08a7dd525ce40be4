/** Begins and ends the traces of requests. */
import { type Attributes, type SpanContext, SpanKind, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Sampler } from '@opentelemetry/sdk-trace';
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { RequestSummary } from '../observe/request-log.ts';
import type { RequestTrace, TracedRequest, TracedTarget, TraceEnd } from '../observe/request-trace.ts';
import type { Clock } from '../platform/clock.ts';
import { RequestContent } from './content.ts';
import { finishedSpan, type SpanOrigin } from './finished-span.ts';
import type { GenAiMetrics } from './gen-ai-metrics.ts';
import { type HttpFacts, requestSpans, type TracedTry } from './request-spans.ts';
import { clientSpan, decideBy, newContext, newSpanId, withSpan } from './trace-context.ts';

export interface TracesOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly origin: SpanOrigin;
  /** Undefined = no spans are made. */
  readonly spans: { readonly sampler: Sampler; readonly take: (span: ReadableSpan) => void } | undefined;
  readonly metrics: Pick<GenAiMetrics, 'add'> | undefined;
  readonly trustsClients: boolean;
  readonly propagates: boolean;
  readonly scheme: 'http' | 'https';
  /** Characters of a prompt, and of a response, that a span carries; 0 = none. */
  readonly contentCharsMax: number;
}

export class Traces {
  readonly #options: TracesOptions;
  readonly #decide: (parent: SpanContext | undefined, traceId: string) => boolean;

  constructor(options: TracesOptions) {
    this.#options = options;
    const { spans } = options;
    this.#decide = spans ? decideBy(spans.sampler, 'request', SpanKind.SERVER) : () => false;
  }

  begin({ req, path, startedAt }: TracedRequest): RequestTrace {
    const { trustsClients, scheme } = this.#options;
    const client = clientSpan(req.headers);
    const parent = trustsClients ? client : undefined;
    return new OngoingTrace(this.#options, {
      context: newContext(parent, this.#decide),
      parent,
      links: client && !parent ? [client] : [],
      http: req.method === undefined ? undefined : { method: req.method, path, scheme },
      isChild: false,
      startedAt,
    });
  }
}

interface Begun {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly links: readonly SpanContext[];
  readonly http: HttpFacts | undefined;
  /** Whether it is a part of a request, which has a span of its own. */
  readonly isChild: boolean;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
}

class OngoingTrace implements RequestTrace {
  readonly #options: TracesOptions;
  readonly #begun: Begun;
  readonly #tries: TracedTry[] = [];
  /** Of the present try. */
  #current: SpanContext | undefined;
  #content: RequestContent | undefined;

  constructor(options: TracesOptions, begun: Begun) {
    this.#options = options;
    this.#begun = begun;
  }

  get traceId(): string {
    return this.#begun.context.traceId;
  }

  get #isSampled(): boolean {
    return (this.#begun.context.traceFlags & TraceFlags.SAMPLED) !== 0;
  }

  get takesContent(): boolean {
    return this.#options.contentCharsMax > 0 && this.#isSampled;
  }

  begin(index: number, target: TracedTarget, protocol: ProtocolName): void {
    const context = { ...this.#begun.context, spanId: newSpanId() };
    this.#current = context;
    this.#tries[index] = { target, protocol, context };
  }

  upstreamHeaders(rawHeaders: readonly string[]): readonly string[] {
    const { spans, propagates } = this.#options;
    // Where only metrics are made, the client's trace is none of the gateway's business.
    if (!spans) return rawHeaders;
    return withSpan(rawHeaders, propagates ? this.#current : undefined);
  }

  request(body: readonly Buffer[]): void {
    this.#content = new RequestContent(this.#options.contentCharsMax);
    this.#content.request(body);
  }

  response(piece: Buffer): void {
    this.#content?.response(piece);
  }

  child(startedAt: number): RequestTrace {
    const { context } = this.#begun;
    const begun = { context, parent: undefined, links: [], http: undefined, isChild: true, startedAt };
    return new OngoingTrace(this.#options, begun);
  }

  end(summary: RequestSummary, end: TraceEnd): void {
    const { metrics, spans, origin } = this.#options;
    const { context, parent, links, http, isChild } = this.#begun;
    // A look at a job is no operation of a model.
    if (http || isChild) metrics?.add(this.#tries, summary, end);
    if (!spans || !this.#isSampled) return;
    const content: Attributes | undefined = this.#content?.attributes();
    const triesParent = http || isChild ? context : undefined;
    const facts = {
      context,
      parent,
      triesParent,
      links,
      http,
      startMs: this.#startMs,
      tries: this.#tries,
      content,
    };
    for (const span of requestSpans(facts, summary, end)) spans.take(finishedSpan(span, origin));
  }

  /** When it arrived, in milliseconds since 1970 UTC. */
  get #startMs(): number {
    const { clock } = this.#options;
    return clock.now() - (clock.monotonic() - this.#begun.startedAt);
  }
}
