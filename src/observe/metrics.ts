/** Prometheus metrics. Labels have few values by design: a key, model or address is never a label. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ErrorCode } from '../platform/errors.ts';
import { createCacheMetrics } from './cache-metrics.ts';
import { type BucketCounts, CountedHistogram } from './counted-histogram.ts';
import { createFleetMetrics, type FleetFigures, type FleetMetrics } from './fleet-metrics.ts';
import { createJobMetrics, type JobFigures, type JobMetrics } from './job-metrics.ts';
import { createManagementMetrics, type DiskFigures, type ManagementCounts } from './management-metrics.ts';
import type { RequestSummary } from './request-log.ts';

/** Values that are read at each scrape. */
export interface LiveFigures {
  requestsRunning(): number;
  keysInMemory(): number;
  channels(): readonly {
    readonly name: string;
    readonly state: 'ready' | 'partly' | 'resting';
    readonly openModels: readonly string[];
  }[];
  areRestoresProtected(): boolean;
  /** Tombstones that are not in the tombstone log yet. */
  tombstonesQueued(): number;
  /** When the listener's certificate expires, in seconds since 1970-01-01 UTC; undefined without a certificate. */
  readonly certificateNotAfter?: (() => number | undefined) | undefined;
  /** Free space and size of the data directory's file system. */
  dataDisk(): Promise<DiskFigures>;
  /** Undefined when this node has a database of its own. */
  readonly fleet?: FleetFigures | undefined;
  readonly jobs?: JobFigures;
  /** Number of this process among several that share one endpoint; every metric gets it as a label. */
  readonly worker?: number | undefined;
  /** Spans that an OpenTelemetry collector took, and that were lost; undefined = none are made. */
  readonly spans?: (() => { readonly sent: number; readonly lost: number }) | undefined;
}

/** A metric with its values, as the library keeps it. */
export interface PlainMetric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    /** Of a part of a histogram. */
    readonly metricName?: string;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
  }[];
}

export interface Metrics {
  /** Counts a finished model request. */
  readonly observe: (summary: RequestSummary) => void;
  /** Records the time until an access change was applied. */
  revocationDone(seconds: number): void;
  /** Records requests with deleted keys. */
  deletedKeyAttempts(count: number): void;
  /** Records that a budget passed a threshold. */
  budgetNotice(kind: 'budget.soft' | 'budget.hard', scope: string): void;
  /** Records an attempt to send a budget alert to the webhook. */
  webhookDelivery(result: 'delivered' | 'failed' | 'given_up'): void;
  /** Records values that were reported as leaked keys, by result. */
  leakedKeys(result: string, values: number): void;
  /** Undefined when this node has a database of its own. */
  readonly fleet: FleetMetrics | undefined;
  readonly management: ManagementCounts;
  readonly jobs: JobMetrics;
  /** Renders the text that a Prometheus server scrapes, with its content type. */
  render(): Promise<{ readonly body: string; readonly contentType: string }>;
  /** Reads the same metrics, for another way of sending them. */
  read(): Promise<readonly PlainMetric[]>;
}

const secondsBuckets = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/**
 * Totals of one kind of request. They reach the library's counters at each scrape, since those cost more for each
 * increase.
 */
interface Series {
  readonly protocol: string;
  readonly operation: string;
  readonly outcome: string;
  readonly status: number;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  readonly seconds: BucketCounts;
  readonly firstByte: BucketCounts;
}

/** Totals of requests, by kind. */
class RequestCounts {
  readonly #known = new Map<string, Series>();
  #last: Series | undefined;
  readonly #seconds: CountedHistogram;
  readonly #firstByte: CountedHistogram;

  constructor(registers: Registry[]) {
    const labelNames = ['protocol', 'operation'];
    this.#seconds = new CountedHistogram({
      name: 'halley_request_seconds',
      help: 'Time from the arrival of a model request to its end.',
      labelNames,
      buckets: secondsBuckets,
      registers,
    });
    this.#firstByte = new CountedHistogram({
      name: 'halley_first_byte_seconds',
      help: 'Time from the arrival of a model request to the first byte of its response.',
      labelNames,
      buckets: secondsBuckets,
      registers,
    });
    registerRequestCounters(registers, () => this.#known.values());
  }

  add(summary: RequestSummary): void {
    const series = this.#seriesOf(summary);
    series.requests += 1;
    series.inputTokens += summary.inputTokens;
    series.outputTokens += summary.outputTokens;
    series.seconds.observe(summary.totalMs / 1000);
    if (summary.firstByteMs !== undefined) series.firstByte.observe(summary.firstByteMs / 1000);
  }

  #seriesOf({ protocol, operation, outcome, status }: RequestSummary): Series {
    const last = this.#last;
    // Avoids a lookup, since most requests have the same labels as the one before.
    if (last?.operation === operation && last.outcome === outcome && last.status === status) return last;
    const name = `${operation} ${outcome} ${status}`;
    const series = this.#known.get(name) ?? {
      protocol,
      operation,
      outcome,
      status,
      requests: 0,
      inputTokens: 0,
      outputTokens: 0,
      seconds: this.#seconds.series({ protocol, operation }),
      firstByte: this.#firstByte.series({ protocol, operation }),
    };
    this.#known.set(name, series);
    this.#last = series;
    return series;
  }
}

function registerRequestCounters(registers: Registry[], all: () => Iterable<Series>): void {
  new Counter({
    name: 'halley_requests_total',
    help: 'Finished model requests, by outcome.',
    labelNames: ['protocol', 'operation', 'outcome', 'status'],
    registers,
    collect() {
      this.reset();
      for (const { protocol, operation, outcome, status, requests } of all()) {
        this.inc({ protocol, operation, outcome, status }, requests);
      }
    },
  });
  new Counter({
    name: 'halley_tokens_total',
    help: 'Tokens charged, by direction.',
    labelNames: ['protocol', 'direction'],
    registers,
    collect() {
      this.reset();
      for (const { protocol, inputTokens, outputTokens } of all()) {
        this.inc({ protocol, direction: 'input' }, inputTokens);
        this.inc({ protocol, direction: 'output' }, outputTokens);
      }
    },
  });
}

function registerLiveFigures(registers: Registry[], live: LiveFigures): void {
  new Gauge({
    name: 'halley_requests_running',
    help: 'In-flight model requests.',
    registers,
    collect() {
      this.set(live.requestsRunning());
    },
  });
  new Gauge({
    name: 'halley_keys_in_memory',
    help: 'Cached key policies.',
    registers,
    collect() {
      this.set(live.keysInMemory());
    },
  });
  new Gauge({
    name: 'halley_restores_protected',
    help: '1 = deleted credentials stay revoked after the database is restored; 0 = the tombstone log is not on durable storage.',
    registers,
    collect() {
      this.set(live.areRestoresProtected() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'halley_tombstones_queued',
    help: 'Deletions that are not in the tombstone log yet. A value that stays above 0 means that the log cannot be written.',
    registers,
    collect() {
      this.set(live.tombstonesQueued());
    },
  });
  new Gauge({
    name: 'halley_channel_resting',
    help: '1 while the circuit of a channel is open for all of its models.',
    labelNames: ['channel'],
    registers,
    collect() {
      this.reset();
      for (const { name, state } of live.channels()) {
        this.labels(name).set(state === 'resting' ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: 'halley_channel_resting_models',
    help: 'Models of a channel with an open circuit, for all API keys or for one.',
    labelNames: ['channel'],
    registers,
    collect() {
      this.reset();
      for (const { name, openModels } of live.channels()) {
        this.labels(name).set(openModels.length);
      }
    },
  });
}

function registerCertificate(registers: Registry[], notAfter: () => number | undefined): void {
  if (notAfter() === undefined) return;
  new Gauge({
    name: 'halley_tls_certificate_not_after_seconds',
    help: "When the listener's certificate expires, in seconds since 1970-01-01 UTC.",
    registers,
    collect() {
      this.set(notAfter() ?? 0);
    },
  });
}

function registerSpans(registers: Registry[], spans: NonNullable<LiveFigures['spans']>): void {
  new Counter({
    name: 'halley_otel_spans_total',
    help: 'Spans for the OpenTelemetry collector: sent to it, or lost because it took too long or refused them.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      for (const [result, count] of Object.entries(spans())) this.inc({ result }, count);
    },
  });
}

/** Codes of the errors that mean "over a limit". */
const refusalCodes: ReadonlySet<string> = new Set<ErrorCode>([
  'rate_limit_exceeded',
  'concurrency_limit_exceeded',
  'budget_exceeded',
  'insufficient_user_quota',
  'pre_consume_token_quota_failed',
]);

/** Counters of rate limits and budgets. */
function limitCounters(registers: Registry[]) {
  const notices = new Counter({
    name: 'halley_budget_notices_total',
    help: 'Budgets that passed their soft or hard threshold.',
    labelNames: ['kind', 'scope'],
    registers,
  });
  const deliveries = new Counter({
    name: 'halley_webhook_deliveries_total',
    help: 'Attempts to send a budget alert to the webhook, by result.',
    labelNames: ['result'],
    registers,
  });
  const refusals = new Counter({
    name: 'halley_limit_refusals_total',
    help: 'Model requests refused because of a rate limit, a quota or a budget.',
    labelNames: ['code'],
    registers,
  });
  return {
    countRefusal: ({ outcome, errorCode }: RequestSummary) => {
      if (outcome === 'error' && errorCode !== undefined && refusalCodes.has(errorCode)) {
        refusals.inc({ code: errorCode });
      }
    },
    budgetNotice: (kind: string, scope: string) => notices.inc({ kind, scope }),
    webhookDelivery: (result: string) => deliveries.inc({ result }),
  };
}

/** Creates an independent set of metrics, which reads `live` at each scrape. */
export function createMetrics(live: LiveFigures): Metrics {
  const registry = new Registry();
  if (live.worker !== undefined) registry.setDefaultLabels({ worker: String(live.worker) });
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registerLiveFigures(registers, live);
  registerCertificate(registers, () => live.certificateNotAfter?.());
  if (live.spans) registerSpans(registers, live.spans);
  const counts = new RequestCounts(registers);
  const countCache = createCacheMetrics(registers);
  const { countRefusal, budgetNotice, webhookDelivery } = limitCounters(registers);
  const revocations = new Histogram({
    name: 'halley_revocation_seconds',
    help: 'Time from the commit of an access change until it was applied.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5],
    registers,
  });
  const deletedKeyAttempts = new Counter({
    name: 'halley_deleted_key_attempts_total',
    help: 'Requests with a deleted key.',
    registers,
  });
  const leakedKeys = new Counter({
    name: 'halley_leaked_keys_total',
    help: 'Values reported as leaked keys, by result.',
    labelNames: ['result'],
    registers,
  });
  return {
    observe: (summary) => {
      counts.add(summary);
      countCache(summary);
      countRefusal(summary);
    },
    revocationDone: (elapsed) => revocations.observe(elapsed),
    deletedKeyAttempts: (count) => deletedKeyAttempts.inc(count),
    budgetNotice,
    webhookDelivery,
    leakedKeys: (result, values) => leakedKeys.inc({ result }, values),
    fleet: live.fleet && createFleetMetrics(registry, live.fleet),
    jobs: createJobMetrics(registry, live.jobs),
    management: createManagementMetrics(registers, () => live.dataDisk()),
    read: async () => (await registry.getMetricsAsJSON()) as unknown as readonly PlainMetric[],
    render: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}
