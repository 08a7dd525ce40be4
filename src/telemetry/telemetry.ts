/**
 * Traces and metrics by OpenTelemetry: wires the SDK to the collector. Only this room imports its packages, and it is
 * itself imported only where `otel.enabled` is set.
 */
import { hostname } from 'node:os';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import type { PlainMetric } from '../observe/metrics.ts';
import type { TraceRequests } from '../observe/request-trace.ts';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type { Log } from '../platform/log.ts';
import { pairOf } from '../platform/settings/otel.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { version } from '../platform/version.ts';
import { ExportReport, queueMax, SpanQueue, WatchedMetricExporter } from './exports.ts';
import type { SpanOrigin } from './finished-span.ts';
import { GenAiMetrics } from './gen-ai-metrics.ts';
import { guardedTraces } from './guarded-trace.ts';
import { createMetricProducer } from './metrics-producer.ts';
import { samplerOf } from './trace-context.ts';
import { Traces, type TracesOptions } from './traces.ts';

export interface TelemetryOptions {
  readonly settings: Pick<Settings, 'otel' | 'fleet' | 'tls'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Reads the metrics of /metrics. */
  readonly readMetrics: () => Promise<readonly PlainMetric[]>;
}

export interface Telemetry {
  readonly trace: TraceRequests;
  /** Spans that the collector took, and spans that were lost, since the start. */
  spans(): { readonly sent: number; readonly lost: number };
  /** Sends what waits, within a bound. Never rejects. */
  close(): Promise<void>;
}

/** Smaller than the SDK's: a batch is encoded in one turn of the event loop. */
const batchSpans = 128;
/** Batches that are under way at a time. When the gateway ends, all go at once. */
const exportsMax = queueMax / batchSpans + 2;
/** Beyond the time of the exporter itself, so that two batches never overlap. */
const exportMarginMs = 1000;

type OtelSettings = Settings['otel'];

export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { settings, clock, log, readMetrics } = options;
  const { otel } = settings;
  // The exporters read it too, and would add it to the headers that a later source gave in its place.
  delete process.env.OTEL_EXPORTER_OTLP_HEADERS;
  const origin = { resource: resourceOf(settings), scope: { name: 'halley', version } };
  const genAi = otel.metrics ? new GenAiMetrics() : undefined;
  const spans = otel.traces ? startSpans(otel, options) : undefined;
  const meters = genAi && startMeters(otel, { clock, log, origin, genAi, readMetrics });
  const traces = new Traces({
    clock,
    origin,
    spans,
    metrics: genAi,
    trustsClients: otel.trust_traceparent,
    propagates: otel.propagate,
    scheme: settings.tls.cert_path === undefined ? 'http' : 'https',
    contentCharsMax: otel.content ? otel.content_chars_max : 0,
  });
  const { endpoint } = otel;
  log.info({ endpoint, traces: otel.traces, metrics: otel.metrics }, 'OpenTelemetry is on');
  return {
    trace: guardedTraces((request) => traces.begin(request), faultOnce(log)),
    spans: () => ({ sent: spans?.queue.sent ?? 0, lost: spans?.queue.lost ?? 0 }),
    close: () => within(clock, [spans?.close(), meters?.shutdown()]),
  };
}

/** @returns resolves when all have ended, and when their time has */
async function within(clock: Clock, ends: readonly (Promise<void> | undefined)[]): Promise<void> {
  let end: () => void = () => undefined;
  const late = new Promise<void>((resolve) => {
    end = resolve;
  });
  const timer = clock.after(limits.telemetry_flush_ms_max, end);
  await Promise.race([Promise.allSettled(ends), late]);
  timer.cancel();
}

function faultOnce(log: Log): (error: unknown) => void {
  let isSaid = false;
  return (error) => {
    if (isSaid) return;
    isSaid = true;
    log.error({ error: error instanceof Error ? error.message : 'unknown' }, 'a span could not be made');
  };
}

function resourceOf({ otel, fleet }: TelemetryOptions['settings']): Resource {
  const given = Object.fromEntries(otel.resource_attributes.flatMap((text) => [pairOf(text) ?? []]));
  const isNamed = otel.service_name !== 'halley' || given['service.name'] === undefined;
  return resourceFromAttributes({
    'service.version': version,
    'service.instance.id': fleet.node_name ?? hostname(),
    ...given,
    ...(isNamed && { 'service.name': otel.service_name }),
  });
}

function exporterOptions({ endpoint, headers, timeout_ms }: OtelSettings, path: string) {
  return {
    url: `${endpoint.replace(/\/+$/, '')}${path}`,
    headers: Object.fromEntries(headers.flatMap((text) => [pairOf(text) ?? []])),
    timeoutMillis: timeout_ms,
    concurrencyLimit: exportsMax,
  };
}

function startSpans(otel: OtelSettings, { log, clock }: TelemetryOptions) {
  const exporter = new OTLPTraceExporter(exporterOptions(otel, '/v1/traces'));
  const queue = new SpanQueue(exporter, new ExportReport(log, clock, 'traces'));
  const processor = new BatchSpanProcessor({
    exporter: queue,
    maxQueueSize: queueMax,
    maxExportBatchSize: batchSpans,
    scheduledDelayMillis: otel.traces_every_ms,
    exportTimeoutMillis: otel.timeout_ms + exportMarginMs,
  });
  const take: NonNullable<TracesOptions['spans']>['take'] = (span) => queue.take(span, processor);
  const sampler = samplerOf(otel.sampler, Number(otel.sampler_arg));
  return { sampler, take, queue, close: () => processor.shutdown() };
}

interface MeterParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly origin: SpanOrigin;
  readonly genAi: GenAiMetrics;
  readonly readMetrics: TelemetryOptions['readMetrics'];
}

function startMeters(otel: OtelSettings, { clock, log, origin, genAi, readMetrics: read }: MeterParts) {
  const exporter = new OTLPMetricExporter(exporterOptions(otel, '/v1/metrics'));
  const reader = new PeriodicExportingMetricReader({
    exporter: new WatchedMetricExporter(exporter, new ExportReport(log, clock, 'metrics')),
    exportIntervalMillis: otel.metrics_every_ms,
    exportTimeoutMillis: Math.min(otel.metrics_every_ms, otel.timeout_ms + exportMarginMs),
    metricProducers: [createMetricProducer({ clock, scope: origin.scope, genAi, read })],
  });
  return new MeterProvider({ resource: origin.resource, readers: [reader] });
}
