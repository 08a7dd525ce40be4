/** `npm run test:crash-jobs`: the long form of jobs-crash.test.ts. The exit code says whether there was no violation. */
import { parseArgs } from 'node:util';
import { testEngine } from '../support/engine.ts';
import { runJobsCampaign } from './jobs-campaign.ts';

const help = `Usage: npm run test:crash-jobs -- [options]

Kills the gateway while it submits, polls and settles jobs, and compares it with what the upstream accepted.

  --rounds <n>         how often it is killed (default 200)
  --submits <n>        submits in each round (default 12)
  --seed <n>           of moments (default: by the clock)
  --database <engine>  sqlite (default) or postgres
  --help               this text`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    submits: { type: 'string', default: '12' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    database: { type: 'string', default: 'sqlite' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) say(help);
else {
  const [rounds, submits, seed] = [Number(values.rounds), Number(values.submits), Number(values.seed)];
  process.env.HALLEY_TEST_DATABASE = values.database;
  say(`seed ${seed}, on ${testEngine()}`);
  const onRound = (round: number) => round % 10 === 0 && say(`round ${round}`);
  const { faults, ...figures } = await runJobsCampaign({ rounds, submits, seed, onRound });
  for (const [name, figure] of Object.entries(figures)) say(`${name}: ${figure}`);
  for (const fault of faults) say(`  ${fault}`);
  say(faults.length === 0 ? 'Each job is charged once, or held.' : `${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
