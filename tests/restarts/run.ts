/** `npm run test:restarts`: measures how many requests restarts cost, by the component in front of the gateway. */
import { parseArgs } from 'node:util';
import { restartsBehindBalancer } from './balanced.ts';
import { type Balancer, balancers, programOf } from './balancers.ts';
import { restartsWithHeldSocket } from './held.ts';

const help = `Usage: npm run test:restarts -- [options]

Restarts gateways under load and counts requests that failed: one whose socket is held, and fleets of three behind each
balancer whose program is installed. The exit code says whether none was lost where none may be.

  --requests <n>  for each (default 50000)
  --restarts <n>  for each, a balancer's node by node (default 10)
  --only <text>   held, nginx, haproxy or caddy
  --help          this text`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '50000' },
    restarts: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

const plan = { requests: Number(values.requests), restarts: Number(values.restarts), clients: 32 };

async function behind(balancer: Balancer): Promise<void> {
  const { name, mayLose } = balancer;
  const program = programOf(balancer);
  if (program === undefined) {
    say(`${name}: NOT MEASURED, the program is not installed`);
    return;
  }
  const load = await restartsBehindBalancer(balancer, program, plan);
  say(`${name}, ${plan.restarts} restarts: ${load.summary}${mayLose ? ' (it asks no node how it is)' : ''}`);
  if (load.failures.length > 0 && !mayLose) process.exitCode = 1;
}

if (values.help) say(help);
else {
  if ('held'.includes(values.only)) {
    const load = await restartsWithHeldSocket(plan);
    say(`socket held, ${plan.restarts} restarts: ${load.summary}`);
    if (load.failures.length > 0) process.exitCode = 1;
  }
  for (const balancer of balancers) if (balancer.name.includes(values.only)) await behind(balancer);
}
