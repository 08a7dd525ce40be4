/** `npm run test:agents`: coding agents from npm in tool loops with models of other protocols. Prints a table. */
import { parseArgs } from 'node:util';
import { startGateway } from '../support/gateway.ts';
import { startMocks } from '../translation/mocks/upstream.ts';
import { agents, models } from './agents.ts';
import { installAgents } from './install.ts';
import { callShell } from './script.ts';
import { createChannels, runAgent } from './session.ts';

const help = `Usage: npm run test:agents -- [options]

Installs pinned versions of coding agents into node_modules/.cache (1.3 GB), and lets each run one command over models of
other protocols: the snippets of docs/guides/coding-agents.md against mock providers. The exit code says whether all did.

  --only <text>  of an agent's name
  --help         this text`;

const say = (text: string) => void process.stdout.write(`${text}\n`);

async function run(only: string): Promise<void> {
  const bin = await installAgents();
  const upstream = await startMocks(callShell);
  const gateway = await startGateway();
  await createChannels(gateway, upstream);
  const { value: key } = await gateway.createKey();
  const faults: string[] = [];
  say('| agent | upstream | result | seconds |\n|---|---|---|---|');
  for (const agent of agents.filter(({ title }) => title.includes(only))) {
    for (const model of agent.models) {
      const start = performance.now();
      const fault = await runAgent({ bin, gateway, key, upstream }, agent, model);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const sdk = agent.env.SDK ? ` (${agent.env.SDK})` : '';
      const name = `${agent.title} ${agent.version}${sdk} | ${models[model].name}`;
      say(`| ${name} | ${fault === undefined ? 'ok' : 'FAILED'} | ${seconds} |`);
      if (fault !== undefined) faults.push(`${name}: ${fault}`);
    }
  }
  for (const fault of faults) say(`\n${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  await gateway.stop();
  await upstream.close();
}

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, help: { type: 'boolean', default: false } },
});
if (values.help) say(help);
else await run(values.only);
