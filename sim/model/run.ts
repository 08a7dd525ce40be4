/** `npm run model`: explores every state of every configuration. The exit code says whether every promise is kept. */
import { parseArgs } from 'node:util';
import { outputOf } from './child.ts';
import { configurations } from './configurations.ts';
import { explore } from './explore.ts';
import type { Configuration } from './world.ts';

const help = `Usage: npm run model -- [options]

Looks at every state that the protocol of a fleet can come to in small worlds, and checks the promises in each.

  --only <name>  only the configuration of that name
  --workers <n>  processes to share them (default 2)
  --help         this text`;

const holds = 'holds in every state';

const say = (text: string) => void process.stdout.write(`${text}\n`);

function check(configuration: Configuration): void {
  const before = process.cpuUsage();
  const { states, transitions, depth, isWhole, counterexample } = explore(configuration);
  const { user, system } = process.cpuUsage(before);
  const seconds = ((user + system) / 1e6).toFixed(1);
  const verdict = counterexample
    ? `BROKEN in ${counterexample.moves.length} moves`
    : isWhole
      ? holds
      : 'holds as far as was looked';
  const figures = `${states} states, ${transitions} moves, depth ${depth}, ${seconds} s of processor`;
  say(`${configuration.name}: ${figures}: ${verdict}`);
  if (!isWhole) process.exitCode = 1;
  if (!counterexample) return;
  counterexample.moves.forEach((move, index) => {
    say(`  ${String(index + 1).padStart(3)}  ${move}`);
  });
  say(`       ${counterexample.wrong}`);
}

/** Distributes the configurations among worker processes. */
async function checkAll(workers: number): Promise<void> {
  const names = configurations.map(({ name }) => name);
  const work = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const output = await outputOf([import.meta.filename, '--only', name]);
      process.stdout.write(output);
      if (!output.includes(holds)) process.exitCode = 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    workers: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) say(help);
else if (values.only === undefined) await checkAll(Number(values.workers));
else {
  const chosen = configurations.find(({ name }) => name === values.only);
  if (!chosen) throw new Error('there is no such configuration');
  check(chosen);
}
