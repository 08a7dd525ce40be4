/**
 * `npm run test:fleet`: runs the cluster under faults, in rounds. The exit code says whether every promise was
 * kept.
 */
import { parseArgs } from 'node:util';
import { Chance } from '../crash/chance.ts';
import { databaseFaults } from './database-faults.ts';
import { measureDeletions, quantile } from './figures.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { promisesOfMoney } from './money.ts';
import { type Fault, nodeFaults } from './node-faults.ts';
import type { RaceResult } from './race.ts';
import { rollingRestart } from './rolling.ts';

const help = `Usage: npm run test:fleet -- [options]

Starts PostgreSQL and nodes, races clients on all of them against revocations under each fault, and counts.

  --rounds <n>   how often each fault is put to the race (default 10)
  --nodes <n>    of the fleet, at least 4 (default 4)
  --lease <ms>   (default 2000)
  --seed <n>     of the order of the faults (default: by the clock)
  --strict       every request reads the database (admission.mode = strict)
  --only <text>  only faults whose name holds this
  --help         this text`;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const all: readonly Fault[] = [...nodeFaults, ...databaseFaults];
const deletionsMeasured = 300;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    nodes: { type: 'string', default: '4' },
    lease: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    strict: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

type Results = Map<string, RaceResult[]>;

async function races(fleet: Fleet, rounds: number, chance: Chance, results: Results): Promise<void> {
  for (let round = 1; round <= rounds; round += 1) {
    const left = all.filter(({ name }) => name.includes(values.only));
    while (left.length > 0) {
      const fault = chance.one(left);
      left.splice(left.indexOf(fault), 1);
      await fleet.settle();
      const result = await fault.run(fleet).catch((error: unknown) => {
        throw new Error(`round ${round}, ${fault.name}`, { cause: error });
      });
      results.set(fault.name, [...(results.get(fault.name) ?? []), result]);
    }
    say(`round ${round} is over`);
  }
}

const columns = [
  'rounds',
  'attempts',
  'admitted',
  'after',
  '<10 ms',
  'wrong',
  'DELETE ms',
  'most',
  'stalled',
];

function row(name: string, cells: readonly (string | number)[]): string {
  return name.padEnd(82) + cells.map((cell) => String(cell).padStart(10)).join('');
}

function table(results: Results): string {
  const lines = [...results].map(([name, races]) => {
    const sum = (of: (race: RaceResult) => number) => races.reduce((total, each) => total + of(each), 0);
    const times = races.map(({ deleteMs }) => deleteMs).toSorted((one, other) => one - other);
    return row(name, [
      races.length,
      sum(({ attempts }) => attempts),
      sum(({ admitted }) => admitted),
      sum(({ after }) => after),
      sum(({ soonAfter }) => soonAfter),
      sum(({ violations }) => violations.length),
      quantile(times, 0.5).toFixed(0),
      quantile(times, 1).toFixed(0),
      sum(({ stalled }) => Number(stalled)),
    ]);
  });
  const every = [...results.values()].flat();
  const attempts = every.reduce((sum, each) => sum + each.attempts, 0);
  const after = every.reduce((sum, each) => sum + each.after, 0);
  const soon = every.reduce((sum, each) => sum + each.soonAfter, 0);
  return [
    row('fault', columns),
    ...lines,
    `\n${attempts} attempts, ${after} of them begun after a confirmation, ${soon} within 10 ms of it; 0 admitted.`,
  ].join('\n');
}

async function figures(fleet: Fleet): Promise<string> {
  await fleet.settle();
  const { deletions, commits } = await measureDeletions(fleet, deletionsMeasured);
  const line = (name: string, of: readonly number[]) =>
    `${name}: p50 ${quantile(of, 0.5).toFixed(2)} ms, p99 ${quantile(of, 0.99).toFixed(2)} ms`;
  const ratio = (share: number) => (quantile(deletions, share) / quantile(commits, share)).toFixed(1);
  return [
    line(`DELETE without faults, ${fleet.nodes.length} nodes`, deletions),
    line('one durable commit of the same database', commits),
    `ratio: p50 ${ratio(0.5)}, p99 ${ratio(0.99)}`,
  ].join('\n');
}

async function main(): Promise<void> {
  const [rounds, nodes, leaseMs, seed] = [values.rounds, values.nodes, values.lease, values.seed].map(Number);
  say(`seed ${seed}`);
  const env = values.strict ? { HALLEY_ADMISSION_MODE: 'strict' } : {};
  const results: Results = new Map();
  const fleet = await startFleet({ nodes: nodes ?? 4, leaseMs: leaseMs ?? 2000, durable: true, env });
  try {
    const shown = await figures(fleet);
    await races(fleet, rounds ?? 10, new Chance(seed ?? 0), results);
    for (const { name, run } of promisesOfMoney) {
      await fleet.settle();
      say(`${name}: ${await run(fleet)}`);
    }
    say(`found wrong in memory: ${await fleet.wrongInMemory()} of ${await fleet.checkedInMemory()}`);
    say(`rolling restart: ${await rollingRestart(fleet, fleet.nodes.length)}`);
    say(`\n${table(results)}\n\n${shown}`);
  } catch (error) {
    // The results so far help to find the cause.
    say(`\n${table(results)}`);
    for (const node of fleet.running) {
      say(`\nnode ${node.index}, at last:\n${node.gateway.output().slice(-1500)}`);
    }
    throw error;
  } finally {
    await fleet.settle().catch(() => undefined);
    await fleet.stop();
  }
}

if (values.help) say(help);
else await main();
