/** Gives the exporter all metrics: those of /metrics, read from their registry as a scrape does, and the GenAI ones. */
import { millisToHrTime } from '@opentelemetry/core';
import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { PlainMetric } from '../observe/metrics.ts';
import type { Clock } from '../platform/clock.ts';
import type { SpanOrigin } from './finished-span.ts';
import type { GenAiMetrics } from './gen-ai-metrics.ts';
import {
  gaugeData,
  type HistogramValue,
  histogramData,
  type Period,
  type Point,
  sumData,
} from './otlp-metrics.ts';

export interface ProducerOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly scope: SpanOrigin['scope'];
  readonly genAi: GenAiMetrics;
  /** Reads the metrics of /metrics. */
  readonly read: () => Promise<readonly PlainMetric[]>;
}

export function createMetricProducer({ clock, scope, genAi, read }: ProducerOptions): MetricProducer {
  const startTime = millisToHrTime(clock.now());
  return {
    async collect(): Promise<CollectionResult> {
      const period = { startTime, endTime: millisToHrTime(clock.now()) };
      const plain = (await read()).flatMap((metric) => dataOf(metric, period) ?? []);
      const metrics = [...genAi.data(period), ...plain];
      return {
        resourceMetrics: { resource: emptyResource(), scopeMetrics: [{ scope, metrics }] },
        errors: [],
      };
    },
  };
}

/** @returns undefined = a metric of no value yet, or of a kind that OpenTelemetry has no form for */
function dataOf(metric: PlainMetric, period: Period): MetricData | undefined {
  const { name, help: description, type, values } = metric;
  const text = { name, description, unit: '' };
  if (values.length === 0) return undefined;
  const points = values.map(({ labels, value }) => ({ attributes: { ...labels }, value }));
  switch (type) {
    case 'counter':
      return sumData(text, points, period);
    case 'gauge':
      return gaugeData(text, points, period);
    case 'histogram':
      return histogramData(text, histogramPoints(metric), period);
    default:
      return undefined;
  }
}

interface Collected {
  readonly attributes: Record<string, string | number>;
  readonly below: (readonly [bound: number, count: number])[];
  sum: number;
}

function histogramPoints({ name, values }: PlainMetric): readonly Point<HistogramValue>[] {
  const series = new Map<string, Collected>();
  for (const { metricName, labels, value } of values) {
    const { le, ...attributes } = labels;
    const key = JSON.stringify(attributes);
    const collected = series.get(key) ?? { attributes, below: [], sum: 0 };
    series.set(key, collected);
    if (metricName === `${name}_sum`) collected.sum = value;
    else if (le !== undefined) {
      collected.below.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value]);
    }
  }
  return [...series.values()].map(({ attributes, below, sum }) => {
    const ordered = below.toSorted(([one], [other]) => one - other);
    return {
      attributes,
      value: {
        bounds: ordered.map(([bound]) => bound).filter(Number.isFinite),
        counts: ordered.map(([, count], index) => count - (ordered[index - 1]?.[1] ?? 0)),
        sum,
      },
    };
  });
}
