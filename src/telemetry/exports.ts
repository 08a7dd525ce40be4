/** Watches what reaches the collector: says once that it takes nothing, and once that it does again. */
import type { ExportResult } from '@opentelemetry/core';
import { ExportResultCode } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';

/** A collector that fails and works in turns is not reported more often, in milliseconds. */
const reportEveryMs = 60_000;

/** Whether the collector takes one kind of data. */
export class ExportReport {
  readonly #log: Pick<Log, 'info' | 'warn'>;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #what: 'traces' | 'metrics';
  #isFailing = false;
  /** Whether the log says that it fails. */
  #isSaid = false;
  #saidAt = Number.NEGATIVE_INFINITY;
  #isFullSaid = false;

  constructor(log: Pick<Log, 'info' | 'warn'>, clock: Pick<Clock, 'monotonic'>, what: 'traces' | 'metrics') {
    this.#log = log;
    this.#clock = clock;
    this.#what = what;
  }

  note({ code, error }: ExportResult): void {
    const isFailure = code !== ExportResultCode.SUCCESS;
    if (isFailure === this.#isFailing) return;
    this.#isFailing = isFailure;
    if (isFailure) this.#fails(error);
    else this.#works();
  }

  #fails(error: Error | undefined): void {
    const now = this.#clock.monotonic();
    if (now - this.#saidAt < reportEveryMs) return;
    this.#saidAt = now;
    this.#isSaid = true;
    const reason = reasonOf(error);
    this.#log.warn({ what: this.#what, reason }, 'the OpenTelemetry collector takes nothing');
  }

  #works(): void {
    if (!this.#isSaid) return;
    this.#isSaid = false;
    this.#log.info({ what: this.#what }, 'the OpenTelemetry collector takes data again');
  }

  /** Something was lost since too much waits. */
  full(): void {
    if (this.#isFullSaid) return;
    this.#isFullSaid = true;
    this.#log.warn({ what: this.#what }, 'the OpenTelemetry collector is too slow: data is lost');
  }
}

/** A status or the code of a failed connection. Texts of a collector may repeat the headers that it was sent. */
function reasonOf(error: Error | undefined): string {
  const code = error && 'code' in error ? error.code : undefined;
  if (typeof code === 'number') return `status ${code}`;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'no answer in time, or an error';
}

/** How many spans may wait: at most this many, and those of the batches under way. */
export const queueMax = 2048;

/** Counts spans on their way to the exporter, and loses those for which there is no room. */
export class SpanQueue implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #report: ExportReport;
  #queued = 0;
  sent = 0;
  lost = 0;

  constructor(exporter: SpanExporter, report: ExportReport) {
    this.#exporter = exporter;
    this.#report = report;
  }

  /** @param processor exports through this queue */
  take(span: ReadableSpan, processor: Pick<SpanProcessor, 'onEnd'>): void {
    if (this.#queued >= queueMax) {
      this.lost += 1;
      this.#report.full();
      return;
    }
    this.#queued += 1;
    processor.onEnd(span);
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#queued -= spans.length;
    this.#exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.SUCCESS) this.sent += spans.length;
      else this.lost += spans.length;
      this.#report.note(result);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/** Passes metrics on and notes what became of them. */
export class WatchedMetricExporter implements PushMetricExporter {
  readonly #exporter: PushMetricExporter;
  readonly #report: ExportReport;

  constructor(exporter: PushMetricExporter, report: ExportReport) {
    this.#exporter = exporter;
    this.#report = report;
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    this.#exporter.export(metrics, (result) => {
      this.#report.note(result);
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
