/** `npm run test:crash`: see rounds.ts. The exit code says whether nothing was lost. */
import { parseArgs } from 'node:util';
import { runCrashRounds } from './rounds.ts';

const help = `Usage: npm run test:crash -- [options]

  --rounds <n>       how often the gateway is killed (default 200)
  --connections <n>  clients at a time (default 24)
  --seed <n>         of the moments and requests (default: by the clock)
  --help             this text`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    connections: { type: 'string', default: '24' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    help: { type: 'boolean', default: false },
  },
});

const say = (text: string) => void process.stdout.write(`${text}\n`);

if (values.help) say(help);
else {
  const { rounds, connections, seed } = values;
  say(`seed ${seed}`);
  const report = await runCrashRounds({
    rounds: Number(rounds),
    connections: Number(connections),
    seed: Number(seed),
    onRound(round, { requests, wholes }) {
      if (round % 10 === 0) say(`round ${round}: ${requests} requests, ${wholes.length} answers whole`);
    },
  });
  for (const [name, figure] of Object.entries(report)) say(`${name}: ${figure}`);
  say(
    'Each answer that a client had whole has exactly one record, with what it costs; all totals are right.',
  );
}
