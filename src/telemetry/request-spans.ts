/** The spans of one request: one for the request, and one for each try at an upstream. Pure. */
import { type Attributes, type SpanContext, SpanKind } from '@opentelemetry/api';
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { RequestCourse, UpstreamTry } from '../domain/request-course.ts';
import type { Usage } from '../domain/usage.ts';
import type { RequestSummary } from '../observe/request-log.ts';
import type { TracedTarget, TraceEnd } from '../observe/request-trace.ts';
import type { SpanFacts } from './finished-span.ts';
import { operationName, providerName, responseModel, routeOf, serverPlace } from './names.ts';

/** A try, with the span that its upstream was told of. */
export interface TracedTry {
  readonly target: TracedTarget;
  readonly protocol: ProtocolName;
  readonly context: SpanContext;
}

export interface HttpFacts {
  readonly method: string;
  readonly path: string;
  readonly scheme: 'http' | 'https';
}

/** What a request was when it arrived. */
export interface RequestFacts {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  /** Undefined = each try begins a trace of its own: no client waits for it. */
  readonly triesParent: SpanContext | undefined;
  readonly links: readonly SpanContext[];
  /** Undefined = it is no request of a client, and has spans for its tries alone. */
  readonly http: HttpFacts | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly startMs: number;
  readonly tries: readonly TracedTry[];
  /** `gen_ai.input.messages` and the like. */
  readonly content: Attributes | undefined;
}

/** Outcomes of requests that went as they should. */
const orderly: ReadonlySet<string> = new Set(['done', 'finished_alone']);
/** Outcomes that are the client's doing: a server span is no error for them. */
const byClient: ReadonlySet<string> = new Set(['client_gone', 'client_stalled']);

/** @returns undefined = it went as it should */
function errorType({ outcome, errorCode, status }: RequestSummary): string | undefined {
  if (errorCode !== undefined) return errorCode;
  if (!orderly.has(outcome)) return outcome;
  return status >= 400 ? String(status) : undefined;
}

/** `error.type` of a try; undefined = it gave a response. */
export function tryErrorType(made: UpstreamTry, summary: RequestSummary): string | undefined {
  // A request may end in an error after its last upstream responded: it broke off, or the right was revoked.
  if (made.result === 'ok') return orderly.has(summary.outcome) ? undefined : errorType(summary);
  return made.result === 'ended' ? (errorType(summary) ?? 'ended') : made.result;
}

/** What is no request of a client has the spans of its tries alone. */
export function requestSpans(facts: RequestFacts, summary: RequestSummary, end: TraceEnd): SpanFacts[] {
  const { course } = end;
  const tries = facts.tries.flatMap((traced, index) => {
    const made = course.tries[index];
    const isLast = index === course.tries.length - 1;
    return made ? [trySpan(facts, traced, made, summary, isLast ? end : undefined)] : [];
  });
  return facts.http ? [requestSpan(facts, facts.http, summary, end), ...tries] : tries;
}

function requestSpan(
  { context, parent, links, startMs }: RequestFacts,
  { method, path, scheme }: HttpFacts,
  summary: RequestSummary,
  end: TraceEnd,
): SpanFacts {
  const error = errorType(summary);
  const isBroken = error !== undefined && summary.status < 400 && !byClient.has(summary.outcome);
  const route = routeOf(path);
  return {
    name: `${method} ${route}`,
    kind: SpanKind.SERVER,
    context,
    parent,
    links,
    startMs,
    endMs: startMs + Math.max(summary.totalMs, end.course.settledMs),
    isError: isBroken || summary.status >= 500,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'url.path': path,
      'url.scheme': scheme,
      'http.response.status_code': summary.status,
      'error.type': error,
      ...halleyAttributes(summary, end),
    },
    events: eventsOf(startMs, end.course, summary.firstByteMs),
  };
}

function halleyAttributes(summary: RequestSummary, { accountId, group }: TraceEnd): Attributes {
  const { id, operation, protocol, outcome, model, keyId, channel, attempts, units, estimated, dropped } =
    summary;
  return {
    'halley.request.id': id,
    'halley.operation': operation,
    'halley.protocol': protocol,
    'halley.outcome': outcome,
    'halley.model': model,
    'halley.key.id': keyId,
    'halley.account.id': accountId,
    'halley.group': group || undefined,
    'halley.channel.name': channel,
    'halley.attempts': attempts,
    'halley.quota.charged': units,
    'halley.usage.estimated': estimated || undefined,
    'halley.translation.dropped': dropped,
  };
}

function eventsOf(startMs: number, course: RequestCourse, firstByteMs: number | undefined) {
  const { authorizedMs, readMs, admittedMs } = course;
  const steps = [
    ['halley.authorized', authorizedMs],
    ['halley.body_read', readMs],
    ['halley.admitted', admittedMs],
    ['halley.first_byte', firstByteMs ?? -1],
  ] as const;
  return steps.flatMap(([name, ms]) => (ms < 0 ? [] : [{ name, atMs: startMs + ms }]));
}

/** @param end of the request, for its last try */
function trySpan(
  { startMs, triesParent, content, http }: RequestFacts,
  { target, protocol, context }: TracedTry,
  made: UpstreamTry,
  summary: RequestSummary,
  end: TraceEnd | undefined,
): SpanFacts {
  const operation = operationName(summary.operation);
  const error = tryErrorType(made, summary);
  const endMs = made.endMs < 0 ? (end?.course.settledMs ?? made.startMs) : made.endMs;
  return {
    name: `${operation} ${target.model}`,
    kind: SpanKind.CLIENT,
    context,
    parent: triesParent,
    startMs: startMs + made.startMs,
    endMs: startMs + endMs,
    isError: error !== undefined,
    attributes: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': providerName(target.kind, protocol),
      'gen_ai.request.model': target.model,
      ...serverPlace(target.origin),
      'http.response.status_code': made.status || undefined,
      'error.type': error,
      'halley.channel.id': target.channelId,
      'halley.channel.name': made.channelName,
      'halley.channel.key': target.keyNumber || undefined,
      'halley.try.result': made.result,
      ...(end && responseAttributes(made, end)),
      ...(end && content),
      ...(end && !http && halleyAttributes(summary, end)),
    },
    events: made.sentMs < 0 ? [] : [{ name: 'halley.request_sent', atMs: startMs + made.sentMs }],
  };
}

function responseAttributes(made: UpstreamTry, end: TraceEnd): Attributes {
  const { stream, responseId, responseStart, usage } = end;
  const firstMs = made.firstByteMs < 0 ? undefined : made.firstByteMs - made.startMs;
  return {
    'gen_ai.request.stream': stream || undefined,
    'gen_ai.response.id': responseId || undefined,
    'gen_ai.response.model': responseModel(responseStart),
    'gen_ai.response.time_to_first_chunk': stream && firstMs !== undefined ? firstMs / 1000 : undefined,
    ...usageAttributes(usage),
  };
}

/** What is 0 is left out: a charge without tokens has none to report. */
function usageAttributes(usage: Usage): Attributes {
  const counts = {
    'gen_ai.usage.input_tokens': usage.inputTokens,
    'gen_ai.usage.output_tokens': usage.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedTokens,
    'gen_ai.usage.cache_write.input_tokens': usage.cacheWriteTokens,
    'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
    'gen_ai.usage.audio.input_tokens': usage.audioInputTokens,
    'gen_ai.usage.audio.output_tokens': usage.audioOutputTokens,
    'gen_ai.usage.image.input_tokens': usage.imageInputTokens,
    'gen_ai.usage.image.output_tokens': usage.imageOutputTokens,
  };
  return Object.fromEntries(Object.entries(counts).filter(([, tokens]) => tokens > 0));
}
