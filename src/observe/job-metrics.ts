/** Metrics of jobs. */
import { Counter, Gauge, type Registry } from 'prom-client';

/** The open jobs of a vendor in one state. */
export interface OpenJobsFigure {
  readonly vendor: string;
  readonly state: string;
  readonly count: number;
  /** Milliseconds since 1970 UTC. */
  readonly oldestMs: number;
}

/** Values that are read at each scrape. */
export interface JobFigures {
  /** Of the whole database. Rejects when it does not respond. */
  open(): Promise<readonly OpenJobsFigure[]>;
  /** Milliseconds since 1970 UTC. */
  now(): number;
}

export interface JobMetrics {
  /** Counts a look at an upstream. */
  looked(vendor: string, result: 'running' | 'ended' | 'unclear'): void;
  /** Counts the end of a job. */
  settled(vendor: string, state: 'succeeded' | 'failed'): void;
}

export function createJobMetrics(registry: Registry, figures: JobFigures | undefined): JobMetrics {
  const registers = [registry];
  if (figures) registerFigures(registers, figures);
  const looks = new Counter({
    name: 'halley_job_looks_total',
    help: 'Polls of upstream jobs by this node, by result.',
    labelNames: ['vendor', 'result'],
    registers,
  });
  const settled = new Counter({
    name: 'halley_jobs_settled_total',
    help: 'Jobs that this node has ended.',
    labelNames: ['vendor', 'state'],
    registers,
  });
  return {
    looked: (vendor, result) => looks.inc({ vendor, result }),
    settled: (vendor, state) => settled.inc({ vendor, state }),
  };
}

function registerFigures(registers: Registry[], figures: JobFigures): void {
  const gauge = (name: string, help: string, read: (figure: OpenJobsFigure) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['vendor', 'state'],
      registers,
      async collect() {
        // A database that does not respond has metrics of its own.
        const all = await figures.open().catch(() => []);
        this.reset();
        for (const figure of all) {
          const { vendor, state } = figure;
          this.set({ vendor, state }, read(figure));
        }
      },
    });
  gauge(
    'halley_jobs_open',
    'Jobs that have not ended, of the whole database. Those that are `held` need an operator.',
    ({ count }) => count,
  );
  gauge(
    'halley_jobs_oldest_seconds',
    'Age of the oldest job that has not ended.',
    ({ oldestMs }) => Math.max(0, figures.now() - oldestMs) / 1000,
  );
}
