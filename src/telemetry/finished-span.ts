/**
 * Spans as the SDK's processors take them. They are made when a request has ended, from what its record says of it
 * anyway, so that nothing of it is in the way of the request.
 */
import type { Attributes, HrTime, Link, SpanContext, SpanKind } from '@opentelemetry/api';
import { SpanStatusCode } from '@opentelemetry/api';
import { type InstrumentationScope, millisToHrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

export interface SpanFacts {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  /** Milliseconds since 1970 UTC, with fractions. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events?: readonly { readonly name: string; readonly atMs: number }[];
  readonly links?: readonly SpanContext[];
  readonly isError: boolean;
}

/** Whose spans they are. */
export interface SpanOrigin {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
}

const toHrTime = (ms: number): HrTime => millisToHrTime(ms);

export function finishedSpan(facts: SpanFacts, { resource, scope }: SpanOrigin): ReadableSpan {
  const { name, kind, context, parent, startMs, attributes, events = [], links = [], isError } = facts;
  const endMs = Math.max(startMs, facts.endMs);
  return {
    name,
    kind,
    spanContext: () => context,
    ...(parent && { parentSpanContext: parent }),
    startTime: toHrTime(startMs),
    endTime: toHrTime(endMs),
    duration: toHrTime(endMs - startMs),
    status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: withoutMissing(attributes),
    events: events.map(({ name: event, atMs }) => ({ name: event, time: toHrTime(atMs), attributes: {} })),
    links: links.map((linked): Link => ({ context: linked })),
    ended: true,
    resource,
    instrumentationScope: scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function withoutMissing(attributes: Attributes): Attributes {
  const kept: Attributes = {};
  for (const name in attributes) if (attributes[name] !== undefined) kept[name] = attributes[name];
  return kept;
}
