/** Prometheus metrics. Labels have few values by design: no key, model or address ever becomes one. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ErrorCode } from '../platform/errors.ts';
import { type BucketCounts, CountedHistogram } from './counted-histogram.ts';
import { createFleetMetrics, type FleetFigures, type FleetMetrics } from './fleet-metrics.ts';
import { createManagementMetrics, type DiskFigures, type ManagementCounts } from './management-metrics.ts';
import type { RequestObserver, RequestSummary } from './request-log.ts';

/** Numbers that are read when metrics are asked for. */
export interface LiveFigures {
  requestsRunning(): number;
  keysInMemory(): number;
  channels(): readonly {
    readonly name: string;
    readonly state: 'ready' | 'partly' | 'resting';
    readonly openModels: readonly string[];
  }[];
  areRestoresProtected(): boolean;
  /** Tombstones that are not in their log yet. */
  tombstonesQueued(): number;
  /** When the listener's certificate expires, in seconds since 1970-01-01 UTC; undefined = it has none. */
  readonly certificateNotAfter?: (() => number | undefined) | undefined;
  /** Of the data directory. */
  dataDisk(): Promise<DiskFigures>;
  /** Undefined = this node is alone. */
  readonly fleet?: FleetFigures | undefined;
}

export interface Metrics {
  readonly observe: RequestObserver;
  /** One change of rights was carried out in so many seconds, ending so many requests. */
  revocationDone(seconds: number): void;
  /** So many requests came with keys that had been deleted. */
  deletedKeyAttempts(count: number): void;
  /** A budget passed a threshold. */
  budgetNotice(kind: 'budget.soft' | 'budget.hard', scope: 'key' | 'account'): void;
  /** One attempt to send a notice to the webhook. */
  webhookDelivery(result: 'delivered' | 'failed' | 'given_up'): void;
  /** Values reported as leaked, by what became of them. */
  leakedKeys(result: string, values: number): void;
  /** Undefined = this node is alone. */
  readonly fleet: FleetMetrics | undefined;
  readonly management: ManagementCounts;
  /** The text that a Prometheus server scrapes, and its content type. */
  render(): Promise<{ readonly body: string; readonly contentType: string }>;
}

const secondsBuckets = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What one kind of request adds up to; handed on at each scrape, since the library's counters cost more. */
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

/** What requests add up to, by kind. */
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
      help: 'Time from the arrival of a model request to the first byte of its answer.',
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
    // Most requests are like the one before.
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
    help: 'Model requests that ended, by how.',
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
    help: 'Model requests running now.',
    registers,
    collect() {
      this.set(live.requestsRunning());
    },
  });
  new Gauge({
    name: 'halley_keys_in_memory',
    help: 'Key records held in memory.',
    registers,
    collect() {
      this.set(live.keysInMemory());
    },
  });
  new Gauge({
    name: 'halley_restores_protected',
    help: '1 while what was deleted stays deleted when the database is restored; 0 = its tombstone log does not last.',
    registers,
    collect() {
      this.set(live.areRestoresProtected() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'halley_tombstones_queued',
    help: 'Deletions that are not in the tombstone log yet; not 0 for long = it cannot be written.',
    registers,
    collect() {
      this.set(live.tombstonesQueued());
    },
  });
  new Gauge({
    name: 'halley_channel_resting',
    help: '1 while a channel rests after failures, for all of its models.',
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
    help: 'Models of a channel that rest after failures, for everybody or for an API key.',
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

/** Errors of the catalogue that say a limit has no room. */
const refusalCodes: ReadonlySet<string> = new Set<ErrorCode>([
  'rate_limit_exceeded',
  'concurrency_limit_exceeded',
  'budget_exceeded',
  'insufficient_user_quota',
  'pre_consume_token_quota_failed',
]);

/** What limits and budgets do. */
function limitCounters(registers: Registry[]) {
  const notices = new Counter({
    name: 'halley_budget_notices_total',
    help: 'Budgets that passed their soft or hard threshold.',
    labelNames: ['kind', 'scope'],
    registers,
  });
  const deliveries = new Counter({
    name: 'halley_webhook_deliveries_total',
    help: 'Attempts to send a notice to the webhook, by what came of it.',
    labelNames: ['result'],
    registers,
  });
  const refusals = new Counter({
    name: 'halley_limit_refusals_total',
    help: 'Model requests refused since a rate limit, a quota or a budget had no room for them.',
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

/** Makes an independent set of metrics; `live` is read at each scrape. */
export function createMetrics(live: LiveFigures): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  registerLiveFigures(registers, live);
  registerCertificate(registers, () => live.certificateNotAfter?.());
  const counts = new RequestCounts(registers);
  const { countRefusal, budgetNotice, webhookDelivery } = limitCounters(registers);
  const revocations = new Histogram({
    name: 'halley_revocation_seconds',
    help: 'Time from the commit of a change of rights until all that follows from it was carried out.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5],
    registers,
  });
  const deletedKeyAttempts = new Counter({
    name: 'halley_deleted_key_attempts_total',
    help: 'Requests with the value of a key that had been deleted.',
    registers,
  });
  const leakedKeys = new Counter({
    name: 'halley_leaked_keys_total',
    help: 'Values reported as leaked keys, by what became of them.',
    labelNames: ['result'],
    registers,
  });
  return {
    observe: (summary) => {
      counts.add(summary);
      countRefusal(summary);
    },
    revocationDone: (elapsed) => revocations.observe(elapsed),
    deletedKeyAttempts: (count) => deletedKeyAttempts.inc(count),
    budgetNotice,
    webhookDelivery,
    leakedKeys: (result, values) => leakedKeys.inc({ result }, values),
    fleet: live.fleet && createFleetMetrics(registry, live.fleet),
    management: createManagementMetrics(registers, () => live.dataDisk()),
    render: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}
