/** Settings of traces and metrics by OpenTelemetry. */
import { z } from 'zod';

/** The samplers of OpenTelemetry's own variable `OTEL_TRACES_SAMPLER`. */
export const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

export type SamplerName = (typeof samplerNames)[number];

function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  return (
    !!url &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}

/** @returns the text with its percent-encoding undone; undefined when that cannot be */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const pairText = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z/-]+)\s*=\s*(.*?)\s*$/;

/**
 * Reads `name=value` as OpenTelemetry's variables write it: the value percent-encoded.
 * @returns undefined for any other text
 */
export function pairOf(text: string): readonly [name: string, value: string] | undefined {
  const [, name, encoded] = pairText.exec(text) ?? [];
  const value = encoded === undefined ? undefined : decoded(encoded);
  return name === undefined || value === undefined ? undefined : [name, value];
}

function isHeader(text: string): boolean {
  const [name = '/', value = ''] = pairOf(text) ?? [];
  return !name.includes('/') && /^[\x20-\x7e]*$/.test(value);
}

export const otelSettings = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'Whether the gateway sends traces and metrics to an OpenTelemetry collector (opentelemetry.md). `false` = nothing of it is loaded.',
      ),
    endpoint: z
      .string()
      .refine(isEndpoint, 'must be an http or https address without a user name, a query or a fragment')
      .default('http://localhost:4318')
      .describe(
        'Base address of the collector, to which `/v1/traces` and `/v1/metrics` are added: OTLP over HTTP, in protobuf. Default: the variable `OTEL_EXPORTER_OTLP_ENDPOINT`.',
      )
      .meta({ format: 'an http or https address' }),
    headers: z
      .array(
        z
          .string()
          .refine(isHeader, 'must hold name=value with the name of a header and a percent-encoded value')
          .meta({ format: 'name=value' }),
      )
      .default([])
      .describe(
        'Headers of each request to the collector, such as its API key; values percent-encoded. Default: the variable `OTEL_EXPORTER_OTLP_HEADERS`.',
      )
      .meta({ secret: true }),
    timeout_ms: z
      .int()
      .min(100)
      .max(60_000)
      .default(10_000)
      .describe(
        'Time in which the collector must take a batch, retries included, in milliseconds; afterwards the batch is lost. Default: the variable `OTEL_EXPORTER_OTLP_TIMEOUT`.',
      ),
    traces: z.boolean().default(true).describe('Whether traces are sent.'),
    traces_every_ms: z
      .int()
      .min(50)
      .max(60_000)
      .default(5000)
      .describe(
        'How long spans wait for others to be sent with, in milliseconds; a full batch does not wait. Default: the variable `OTEL_BSP_SCHEDULE_DELAY`.',
      ),
    metrics: z
      .boolean()
      .default(true)
      .describe('Whether metrics are sent: the GenAI metrics, and all metrics of /metrics.'),
    metrics_every_ms: z
      .int()
      .min(1000)
      .max(3_600_000)
      .default(60_000)
      .describe(
        'Time between two exports of the metrics, in milliseconds. Default: the variable `OTEL_METRIC_EXPORT_INTERVAL`.',
      ),
    service_name: z
      .string()
      .min(1)
      .max(256)
      .default('halley')
      .describe('`service.name` of the resource. Default: the variable `OTEL_SERVICE_NAME`.'),
    resource_attributes: z
      .array(
        z
          .string()
          .refine((text) => pairOf(text) !== undefined, 'must hold name=value with a percent-encoded value')
          .meta({ format: 'name=value' }),
      )
      .default([])
      .describe(
        'Further attributes of the resource, such as `deployment.environment.name=production`. Default: the variable `OTEL_RESOURCE_ATTRIBUTES`.',
      ),
    sampler: z
      .enum(samplerNames)
      .default('parentbased_always_on')
      .describe(
        'Which requests are traced. `parentbased_…`: as the client decided, where its `traceparent` is trusted; else as the rest of the name says. Default: the variable `OTEL_TRACES_SAMPLER`.',
      ),
    sampler_arg: z
      .string()
      .regex(/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/, 'must be a number from 0 to 1 as text, such as "0.05"')
      .default('1')
      .describe(
        'The share of requests that `traceidratio` traces. Default: the variable `OTEL_TRACES_SAMPLER_ARG`.',
      )
      .meta({ format: 'a number from 0 to 1 as text, such as `"0.05"`' }),
    trust_traceparent: z
      .boolean()
      .default(true)
      .describe(
        "Whether the span of a request is a child of the span that the client's `traceparent` names. `false`: it begins a trace of its own, sampled here, and links to that span.",
      ),
    propagate: z
      .boolean()
      .default(true)
      .describe(
        'Whether upstreams get a `traceparent` with the span of the try, and the `tracestate`. `false`: they get neither, not even those of the client.',
      ),
    content: z
      .boolean()
      .default(false)
      .describe('Whether spans carry prompts and responses. They are then readable wherever traces are.'),
    content_chars_max: z
      .int()
      .min(64)
      .max(65_536)
      .default(8192)
      .describe('Characters of a prompt, and of a response, that a span carries at most.'),
  })
  .prefault({});
