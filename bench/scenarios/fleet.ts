/**
 * Measures the cost of a request for a cluster node relative to the embedded mode: CPU time of the process, and
 * statements sent to the database. Compares the leased and the strict mode, for keys without limits.
 */
import { startPostgres } from '../../tests/support/postgres.ts';
import { type Bench, chatOrder, type Scenario, type Subject } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import { rootToken } from '../gateway.ts';
import { alternate, type Cost, costOf } from '../measure.ts';

const kind = 'bench-json';
const connections = 32;

async function statementsOf({ port }: Subject): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { authorization: rootToken } });
  const count = /^halley_database_statements_total (\d+)/m.exec(await answer.text())?.[1];
  if (count === undefined) throw new Error('the node does not count its statements');
  return Number(count);
}

interface NodeCost extends Cost {
  /** For a thousand requests; 0 without a database server. */
  readonly statements: number;
}

async function costOfNode(bench: Bench, node: Subject, ms: number): Promise<NodeCost> {
  const before = await statementsOf(node);
  const cost = await costOf(bench.load, node.child, chatOrder(node, kind, connections, ms));
  const statements = (await statementsOf(node)) - before;
  return { ...cost, statements: (1000 * statements) / cost.report.requests };
}

async function compared(bench: Bench, url: string, mode: 'leased' | 'strict'): Promise<Figure[]> {
  const embedded = await bench.startSubject();
  const node = await bench.startSubject({ HALLEY_DATABASE_URL: url, HALLEY_ADMISSION_MODE: mode });
  const ms = bench.quick ? 1000 : 1500;
  for (const each of [embedded, node]) {
    await bench.load.run(chatOrder(each, kind, connections, bench.quick ? 3000 : 6000));
  }
  const pairs = await alternate(
    bench.rounds,
    () => costOfNode(bench, node, ms),
    async (): Promise<NodeCost> => ({
      ...(await costOf(bench.load, embedded.child, chatOrder(embedded, kind, connections, ms))),
      statements: 0,
    }),
  );
  await Promise.all([node.child.stop(), embedded.child.stop()]);
  const us = (side: 'a' | 'b') => median(pairs.map((pair) => pair[side].us)).toFixed(0);
  const perSecond = (side: 'a' | 'b') =>
    median(pairs.map((pair) => pair[side].report.requests / (ms / 1000))).toFixed(0);
  const isLeased = mode === 'leased';
  return [
    {
      name: `chat in a fleet, ${mode}`,
      ...overRounds(pairs.map(({ a, b }) => a.us / b.us)),
      unit: 'x',
      ...(isLeased && { bound: 1.15 }),
      detail: `CPU per request ${us('a')} us, embedded ${us('b')} us; ${perSecond('a')} and ${perSecond('b')} requests a second`,
    },
    {
      name: `statements per 1,000 requests, ${mode}`,
      ...overRounds(pairs.map(({ a }) => a.statements)),
      unit: '',
      ...(isLeased && { bound: 50 }),
      detail: `${connections} connections, records and lease included`,
    },
  ];
}

export const fleetScenario: Scenario = {
  name: 'fleet',
  anyRelay: false,
  async run(bench) {
    const postgres = await startPostgres({ durable: true });
    try {
      const leased = await compared(bench, await postgres.createDatabase(), 'leased');
      return [...leased, ...(await compared(bench, await postgres.createDatabase(), 'strict'))];
    } finally {
      await postgres.stop();
    }
  },
};
