/** `npm run model`: looks at every state of every configuration. The exit code says whether every promise is kept. */
import { parseArgs } from 'node:util';
import { configurations } from './configurations.ts';
import { explore } from './explore.ts';
import type { Configuration } from './world.ts';

const help = `Usage: npm run model -- [options]

Looks at every state that the protocol of a fleet can come to in small worlds, and checks the promises in each.

  --only <name>  only the configuration of that name; may be given again
  --list         the names
  --help         this text`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

function check(configuration: Configuration): void {
  const before = process.cpuUsage();
  const { states, transitions, depth, isWhole, counterexample } = explore(configuration);
  const { user, system } = process.cpuUsage(before);
  const seconds = ((user + system) / 1e6).toFixed(1);
  const verdict = counterexample
    ? `BROKEN in ${counterexample.moves.length} moves`
    : isWhole
      ? 'holds in every state'
      : 'holds as far as was looked';
  const figures = `${states} states, ${transitions} moves, depth ${depth}, ${seconds} s of processor`;
  say(`${configuration.name}: ${figures}: ${verdict}`);
  if (!isWhole) process.exitCode = 1;
  if (!counterexample) return;
  counterexample.moves.forEach((move, at) => {
    say(`  ${String(at + 1).padStart(3)}  ${move}`);
  });
  say(`       ${counterexample.wrong}`);
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) say(help);
else if (values.list) for (const { name } of configurations) say(name);
else {
  const chosen = configurations.filter(({ name }) => values.only?.includes(name) ?? true);
  if (chosen.length === 0) throw new Error('there is no such configuration');
  for (const configuration of chosen) check(configuration);
}
