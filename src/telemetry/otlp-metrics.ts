/** Metrics as OpenTelemetry's exporter takes them. Counts are cumulative. */
import { type Attributes, type HrTime, ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';

export interface MetricText {
  readonly name: string;
  readonly description: string;
  /** As of UCUM; '' = the name says it. */
  readonly unit: string;
}

export interface Point<Value> {
  readonly attributes: Attributes;
  readonly value: Value;
}

export interface HistogramValue {
  /** Upper bounds, in ascending order. */
  readonly bounds: readonly number[];
  /** One for each bound, and one for larger values; not added up. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** From when to when the values were counted. */
export interface Period {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

function describe(text: MetricText) {
  return {
    descriptor: { ...text, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
}

export function sumData(text: MetricText, points: readonly Point<number>[], period: Period): MetricData {
  const dataPoints = points.map((point) => ({ ...period, ...point }));
  return { ...describe(text), dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

export function gaugeData(text: MetricText, points: readonly Point<number>[], period: Period): MetricData {
  // A value that is not known is no value.
  const known = points.filter(({ value }) => !Number.isNaN(value));
  const dataPoints = known.map((point) => ({ ...period, ...point }));
  return { ...describe(text), dataPointType: DataPointType.GAUGE, dataPoints };
}

export function histogramData(
  text: MetricText,
  points: readonly Point<HistogramValue>[],
  period: Period,
): MetricData {
  const dataPoints = points.map(({ attributes, value: { bounds, counts, sum } }) => ({
    ...period,
    attributes,
    value: {
      buckets: { boundaries: [...bounds], counts: [...counts] },
      sum,
      count: counts.reduce((total, count) => total + count, 0),
    },
  }));
  return { ...describe(text), dataPointType: DataPointType.HISTOGRAM, dataPoints };
}
