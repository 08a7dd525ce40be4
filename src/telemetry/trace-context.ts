/** W3C trace context: what a client sends, what an upstream gets, and which requests are sampled. */
import type { IncomingHttpHeaders } from 'node:http';
import { createTraceState, ROOT_CONTEXT, type SpanContext, TraceFlags, trace } from '@opentelemetry/api';
import { parseTraceParent } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { SamplerName } from '../platform/settings/otel.ts';

const ids = new RandomIdGenerator();

export const newSpanId = (): string => ids.generateSpanId();

/** A longer one is dropped, as the standard allows. */
const traceStateCharsMax = 512;

/** @returns the span of the client that its headers name; undefined = none, or not in the form of the standard */
export function clientSpan({ traceparent, tracestate }: IncomingHttpHeaders): SpanContext | undefined {
  const parsed = typeof traceparent === 'string' ? parseTraceParent(traceparent) : null;
  if (!parsed) return undefined;
  const state = Array.isArray(tracestate) ? tracestate.join(',') : tracestate;
  const isKept = state !== undefined && state !== '' && state.length <= traceStateCharsMax;
  return { ...parsed, isRemote: true, ...(isKept && { traceState: createTraceState(state) }) };
}

function traceParentOf({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags & TraceFlags.SAMPLED ? '01' : '00'}`;
}

/**
 * Puts a span in the place of the client's. Channels may still hold the headers back, or replace them.
 * @param rawHeaders name, value, name, value
 * @param span undefined = neither header is sent
 */
export function withSpan(rawHeaders: readonly string[], span: SpanContext | undefined): readonly string[] {
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    // Both names have 11 or 10 letters; most headers need no conversion.
    const isLong = name.length === 11 || name.length === 10;
    const lower = isLong ? name.toLowerCase() : '';
    if (lower !== 'traceparent' && lower !== 'tracestate') headers.push(name, rawHeaders[index + 1] ?? '');
  }
  if (!span) return headers;
  headers.push('traceparent', traceParentOf(span));
  const state = span.traceState?.serialize();
  if (state) headers.push('tracestate', state);
  return headers;
}

const rootSamplers: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
};

export function samplerOf(name: SamplerName, ratio: number): Sampler {
  const root = (rootSamplers[name.replace(/^parentbased_/, '')] ?? rootSamplers.always_on)?.(ratio);
  if (!root) throw new Error(`there is no sampler ${name}`);
  return name.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

/**
 * The context of a new span.
 * @param parent undefined = it begins a trace
 * @param decide undefined = it is sampled as its parent is
 */
export function newContext(
  parent: SpanContext | undefined,
  decide?: (parent: SpanContext | undefined, traceId: string) => boolean,
): SpanContext {
  const traceId = parent?.traceId ?? ids.generateTraceId();
  const isSampled = decide ? decide(parent, traceId) : ((parent?.traceFlags ?? 0) & TraceFlags.SAMPLED) !== 0;
  return {
    traceId,
    spanId: ids.generateSpanId(),
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    ...(parent?.traceState && { traceState: parent.traceState }),
  };
}

/** Asks a sampler, which knows only what is known when a request arrives. */
export function decideBy(sampler: Sampler, name: string, kind: number) {
  return (parent: SpanContext | undefined, traceId: string): boolean => {
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
    const { decision } = sampler.shouldSample(context, traceId, name, kind, {}, []);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  };
}
