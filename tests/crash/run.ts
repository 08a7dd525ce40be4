/**
 * `npm run test:crash`: runs the campaign (see campaign.ts). The exit code says whether there was no loss and no
 * violation.
 */
import { parseArgs } from 'node:util';
import { testEngine } from '../support/engine.ts';
import { type Report, runCampaign } from './campaign.ts';

const help = `Usage: npm run test:crash -- [options]

Kills the gateway under load of all protocols, starts it again, and looks for what its clients had whole.

  --rounds <n>         how often it is killed under load (default 200)
  --clients <n>        requests at a time (default 24)
  --seed <n>           of moments and requests (default: by the clock)
  --database <engine>  sqlite (default) or postgres: of the gateway; PostgreSQL itself goes on running
  --entry <file>       another gateway's src/cli/halley.ts, to see what the test makes of changed code
  --help               this text`;

const say = (text: string) => void process.stdout.write(`${text}\n`);
const faultsShown = 20;

function show(seed: number, report: Report): void {
  const { faults, keptIn, ...figures } = report;
  for (const [name, figure] of Object.entries(figures)) say(`${name}: ${figure}`);
  if (faults.length === 0) {
    say('Every whole response has exactly one record; every total is right.');
    return;
  }
  say(`\n${faults.length} faults in round ${report.rounds}:`);
  for (const fault of faults.slice(0, faultsShown)) say(`  ${fault}`);
  if (keptIn) {
    say(`\nAs it was killed:  ${keptIn.killed}\nAfter the restart: ${keptIn.restarted}`);
    say('To look at it: bin/halley ledger verify --data-dir <the second>');
    say(
      '               sqlite3 <one of them>/halley.sqlite "SELECT * FROM records ORDER BY id DESC LIMIT 20"',
    );
  }
  say(`To try again:  npm run test:crash -- --database ${testEngine()} --seed ${seed}`);
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    clients: { type: 'string', default: '24' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    database: { type: 'string', default: 'sqlite' },
    entry: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) say(help);
else {
  const [rounds, clients, seed] = [Number(values.rounds), Number(values.clients), Number(values.seed)];
  process.env.HALLEY_TEST_DATABASE = values.database;
  say(`seed ${seed}, on ${testEngine()}`);
  const onRound = (round: number, { requests, wholes, losses, doubles }: Report) => {
    if (round % 10 !== 0) return;
    say(`round ${round}: ${requests} requests, ${wholes} whole, ${losses} lost, ${doubles} double`);
  };
  const report = await runCampaign({ rounds, clients, seed, entry: values.entry, onRound });
  show(seed, report);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
}
