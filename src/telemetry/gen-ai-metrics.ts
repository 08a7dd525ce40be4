/**
 * The client metrics of the GenAI conventions, version 0.1.0: the gateway is the client of its upstreams. Each try is
 * counted when its request has ended, at the cost of a lookup and an addition.
 */
import type { Attributes } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import type { Usage } from '../domain/usage.ts';
import { BucketCounts } from '../observe/counted-histogram.ts';
import type { RequestSummary } from '../observe/request-log.ts';
import type { TraceEnd } from '../observe/request-trace.ts';
import { familyOf, operationName, providerName, serverPlace } from './names.ts';
import { histogramData, type Period, type Point, sumData } from './otlp-metrics.ts';
import { type TracedTry, tryErrorType } from './request-spans.ts';

/** The boundaries that the conventions ask for. */
const secondsBounds = [
  ...[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64],
  ...[1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
];

/** Series of one metric. Beyond it, all go into one, as the specification of OpenTelemetry has it. */
const seriesMax = 2000;
const overflow: Attributes = { 'otel.metric.overflow': true };

/** What all metrics of a try are labelled with. */
interface TryLabels {
  /** Of the try, without its result. */
  readonly key: string;
  readonly attributes: Attributes;
}

class SeriesOf<Value> {
  readonly #make: () => Value;
  readonly #series = new Map<string, Point<Value>>();

  constructor(make: () => Value) {
    this.#make = make;
  }

  /** @param more attributes besides those of the try, with what tells them apart */
  at({ key, attributes }: TryLabels, more = '', moreAttributes?: Attributes | ''): Value {
    const name = more === '' ? key : `${key}\n${more}`;
    const known = this.#series.get(name);
    if (known) return known.value;
    const isFull = this.#series.size >= seriesMax;
    const point = {
      attributes: isFull ? overflow : { ...attributes, ...(moreAttributes || undefined) },
      value: this.#series.get(isFull ? '' : name)?.value ?? this.#make(),
    };
    this.#series.set(isFull ? '' : name, point);
    return point.value;
  }

  get points(): readonly Point<Value>[] {
    return [...this.#series.values()];
  }
}

class Seconds extends SeriesOf<BucketCounts> {
  constructor() {
    super(() => new BucketCounts(secondsBounds));
  }

  data(name: string, description: string, period: Period): MetricData {
    const points = this.points.map(({ attributes, value: { counts, sum } }) => ({
      attributes,
      value: { bounds: secondsBounds, counts, sum },
    }));
    return histogramData({ name, description, unit: 's' }, points, period);
  }
}

class Tokens extends SeriesOf<{ tokens: number }> {
  constructor() {
    super(() => ({ tokens: 0 }));
  }

  data(name: string, description: string, period: Period): MetricData {
    const points = this.points.map(({ attributes, value }) => ({ attributes, value: value.tokens }));
    return sumData({ name, description, unit: '{token}' }, points, period);
  }

  /** @param modality undefined = it is not told apart */
  add(labels: TryLabels, tokens: number, modality?: string): void {
    if (tokens <= 0) return;
    const more = modality && { 'gen_ai.token.modality': modality };
    this.at(labels, modality, more).tokens += tokens;
  }
}

const durationNames = {
  inference: 'gen_ai.client.inference.duration',
  embeddings: 'gen_ai.client.embeddings.duration',
  operation: 'gen_ai.client.operation.duration',
} as const;

export class GenAiMetrics {
  readonly #durations = { inference: new Seconds(), embeddings: new Seconds(), operation: new Seconds() };
  readonly #firstChunk = new Seconds();
  readonly #input = new Tokens();
  readonly #output = new Tokens();
  readonly #cacheRead = new Tokens();
  readonly #cacheWrite = new Tokens();
  readonly #reasoning = new Tokens();

  /** Counts the tries of a request, and the usage for the last one. */
  add(tries: readonly TracedTry[], summary: RequestSummary, end: TraceEnd): void {
    const operation = operationName(summary.operation);
    const { course, stream, usage } = end;
    tries.forEach((traced, index) => {
      const made = course.tries[index];
      if (!made) return;
      const labels = labelsOf(operation, traced);
      const error = tryErrorType(made, summary);
      const endMs = made.endMs < 0 ? course.settledMs : made.endMs;
      const durations = this.#durations[familyOf(operation)];
      durations.at(labels, error, error && { 'error.type': error }).observe((endMs - made.startMs) / 1000);
      if (index < course.tries.length - 1) return;
      if (stream && made.firstByteMs >= 0)
        this.#firstChunk.at(labels).observe((made.firstByteMs - made.startMs) / 1000);
      if (familyOf(operation) === 'inference') this.#addUsage(labels, usage);
    });
  }

  #addUsage(labels: TryLabels, usage: Usage): void {
    const { audioInputTokens, imageInputTokens, audioOutputTokens, imageOutputTokens } = usage;
    this.#input.add(labels, usage.inputTokens - audioInputTokens - imageInputTokens, 'text');
    this.#input.add(labels, audioInputTokens, 'audio');
    this.#input.add(labels, imageInputTokens, 'image');
    this.#output.add(labels, usage.outputTokens - audioOutputTokens - imageOutputTokens, 'text');
    this.#output.add(labels, audioOutputTokens, 'audio');
    this.#output.add(labels, imageOutputTokens, 'image');
    this.#cacheRead.add(labels, usage.cachedTokens);
    this.#cacheWrite.add(labels, usage.cacheWriteTokens);
    this.#reasoning.add(labels, usage.reasoningTokens);
  }

  data(period: Period): MetricData[] {
    const durations = (['inference', 'embeddings', 'operation'] as const).map((family) =>
      this.#durations[family].data(durationNames[family], 'Duration of a try at an upstream.', period),
    );
    const usage = (of: string) => `gen_ai.client.inference.usage.${of}`;
    return [
      ...durations,
      this.#firstChunk.data(
        'gen_ai.client.inference.time_to_first_chunk',
        'Time from the beginning of a try to the first byte of its stream.',
        period,
      ),
      this.#input.data(usage('input_tokens'), 'Tokens of prompts.', period),
      this.#output.data(usage('output_tokens'), 'Tokens of responses.', period),
      this.#cacheRead.data(usage('cache_read.input_tokens'), 'Tokens of prompts read from a cache.', period),
      this.#cacheWrite.data(
        usage('cache_write.input_tokens'),
        'Tokens of prompts written to a cache.',
        period,
      ),
      this.#reasoning.data(
        usage('reasoning.output_tokens'),
        'Tokens of responses spent on reasoning.',
        period,
      ),
    ].filter(({ dataPoints }) => dataPoints.length > 0);
  }
}

function labelsOf(operation: string, { target, protocol }: TracedTry): TryLabels {
  const { kind, origin, model } = target;
  return {
    key: `${operation}\n${kind} ${protocol}\n${origin}\n${model}`,
    attributes: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': providerName(kind, protocol),
      'gen_ai.request.model': model,
      ...serverPlace(origin),
    },
  };
}
