/**
 * Measures what a second worker gives and costs: CPU time of a request, commits and CPU time of PostgreSQL, and how
 * long streams are distributed.
 */
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgres, type TestPostgres } from '../../tests/support/postgres.ts';
import { type Bench, chatOrder, chatRequest, type Scenario, type Subject } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import { rootToken } from '../gateway.ts';
import { alternate } from '../measure.ts';
import { workOf } from '../postgres-cost.ts';
import { totalTime } from '../threads.ts';

const kind = 'bench-json';
const connections = 64;
/** Time for records to be written, and for statistics of PostgreSQL. */
const settleMs = 1000;

/** One value of each worker. */
async function valuesOf({ port }: Subject, metric: string): Promise<readonly number[]> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: rootToken } });
  const line = new RegExp(`^${metric}(?:\\{worker="\\d+"\\})? (\\S+)$`, 'gm');
  return [...(await answer.text()).matchAll(line)].map(([, value]) => Number(value));
}

async function started(bench: Bench, url: string, workers: number): Promise<Subject> {
  const subject = await bench.startSubject({
    HALLEY_DATABASE_URL: url,
    HALLEY_SERVER_WORKERS: String(workers),
    HALLEY_DATABASE_POOL_MAX: '5',
  });
  while ((await valuesOf(subject, 'process_cpu_seconds_total')).length < workers) await sleep(50);
  return subject;
}

interface Round {
  readonly us: number;
  readonly postgresUs: number;
  readonly perSecond: number;
  readonly commitsPerSecond: number;
}

async function round(bench: Bench, node: Subject, data: Data, ms: number): Promise<Round> {
  const cpuMs = () => totalTime(node.child.cpuMs());
  const [before, database] = [cpuMs(), await workOf(data.postgres, data.url)];
  const report = await bench.load.run(chatOrder(node, kind, connections, ms));
  await sleep(settleMs);
  const [after, worked] = [cpuMs(), await workOf(data.postgres, data.url)];
  return {
    us: ((after - before) * 1000) / report.requests,
    postgresUs: ((worked.cpuMs - database.cpuMs) * 1000) / report.requests,
    perSecond: (1000 * report.requests) / ms,
    commitsPerSecond: (1000 * (worked.commits - database.commits)) / (ms + settleMs),
  };
}

interface Data {
  readonly postgres: TestPostgres;
  readonly url: string;
}

async function compared(bench: Bench, postgres: TestPostgres): Promise<Figure[]> {
  const ofOne = { postgres, url: await postgres.createDatabase() };
  const ofTwo = { postgres, url: await postgres.createDatabase() };
  const one = await started(bench, ofOne.url, 1);
  const two = await started(bench, ofTwo.url, 2);
  const ms = bench.quick ? 1500 : 3000;
  for (const each of [one, two]) await bench.load.run(chatOrder(each, kind, connections, 2 * ms));
  const pairs = await alternate(
    bench.quick ? 5 : 11,
    () => round(bench, two, ofTwo, ms),
    () => round(bench, one, ofOne, ms),
  );
  await Promise.all([one.child.stop(), two.child.stop()]);
  const of = (side: 'a' | 'b', field: keyof Round) => median(pairs.map((pair) => pair[side][field]));
  const detail = (side: 'a' | 'b') =>
    `${of(side, 'perSecond').toFixed(0)} requests a second; CPU a request ${of(side, 'us').toFixed(0)} us, and ${of(side, 'postgresUs').toFixed(0)} us of PostgreSQL; ${of(side, 'commitsPerSecond').toFixed(0)} commits a second`;
  return [
    {
      name: 'CPU of a request, two workers to one',
      ...overRounds(pairs.map(({ a, b }) => a.us / b.us)),
      unit: 'x',
      detail: `two: ${detail('a')}`,
    },
    {
      name: 'requests a second, two workers to one',
      ...overRounds(pairs.map(({ a, b }) => a.perSecond / b.perSecond)),
      unit: 'x',
      detail: `one: ${detail('b')}; client and upstream on the same cores`,
    },
  ];
}

/** Opens a long stream on a connection of its own. @returns what closes it */
function openStream({ port, key }: Subject): Promise<() => void> {
  const { method, path, headers, body } = chatRequest('bench-idle', key);
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      response.on('error', () => undefined);
      response.once('data', () => resolve(() => asked.destroy()));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

/** Opens long streams one after the other, as a balancer opens its connections. */
async function distributed(bench: Bench, postgres: TestPostgres, workers: number): Promise<Figure> {
  const streams = 200;
  const subject = await started(bench, await postgres.createDatabase(), workers);
  const closing: (() => void)[] = [];
  for (let open = 0; open < streams; open += 1) closing.push(await openStream(subject));
  const running = await valuesOf(subject, 'halley_requests_running');
  for (const close of closing) close();
  await subject.child.stop();
  return {
    name: `${streams} long streams on ${workers} workers, most to least`,
    value: Math.max(...running) / Math.min(...running),
    unit: 'x',
    detail: running.join(', '),
  };
}

export const workersScenario: Scenario = {
  name: 'workers',
  anyRelay: false,
  async run(bench) {
    const postgres = await startPostgres({ durable: true });
    try {
      return [
        await distributed(bench, postgres, 2),
        await distributed(bench, postgres, 4),
        ...(await compared(bench, postgres)),
      ];
    } finally {
      await postgres.stop();
    }
  },
};
