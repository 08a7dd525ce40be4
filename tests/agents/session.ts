/** Runs one agent with one model: in a home of its own, with no way to anywhere but the gateway. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeUpstream } from '../support/fake-upstream.ts';
import type { Gateway } from '../support/gateway.ts';
import { type Agent, type ModelName, models } from './agents.ts';
import { snippetOf } from './snippets.ts';

export interface World {
  /** The directory of the agents' programs. */
  readonly bin: string;
  readonly gateway: Gateway;
  readonly key: string;
  readonly upstream: FakeUpstream;
}

/** Milliseconds, for all steps of an agent. */
const patience = 120_000;

/** @returns undefined when the loop was complete, otherwise what was wrong */
export async function runAgent(world: World, agent: Agent, model: ModelName): Promise<string | undefined> {
  const home = await mkdtemp(join(tmpdir(), 'halley-agent-'));
  try {
    const work = join(home, 'work');
    await mkdir(work);
    const secret = randomBytes(8).toString('hex');
    await writeFile(join(work, 'notes.txt'), `The word is ${secret}.\n`);
    const before = world.upstream.requests.length;
    const { code, output } = await execute(world, agent, model, home);
    const bodies = world.upstream.requests.slice(before).map((request) => request.body().toString());
    if (code !== 0) return `ended with ${code}:\n${output}`;
    if (!bodies.some((body) => body.includes(secret))) return `the tool's result did not arrive:\n${output}`;
    const said = output.slice(output.lastIndexOf('It is '));
    return said.includes(secret) ? undefined : `it did not say what the tool printed:\n${output}`;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

interface Ended {
  readonly code: number | null;
  /** Both streams as they came. */
  readonly output: string;
}

async function execute(world: World, agent: Agent, model: ModelName, home: string): Promise<Ended> {
  const child = spawn('sh', ['-e', '-c', await snippetOf(agent.title)], {
    cwd: join(home, 'work'),
    env: {
      ...agent.env,
      HALLEY: world.gateway.url,
      KEY: world.key,
      MODEL: model,
      HOME: home,
      PATH: `${world.bin}:${process.env.PATH}`,
      // Nothing listens there: whatever calls elsewhere fails.
      HTTPS_PROXY: 'http://127.0.0.1:9',
      HTTP_PROXY: 'http://127.0.0.1:9',
      NO_PROXY: '127.0.0.1,localhost',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: patience,
    killSignal: 'SIGKILL',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

/** The channels of a gateway, one for each protocol of upstreams. */
export async function createChannels(gateway: Gateway, upstream: FakeUpstream): Promise<void> {
  for (const [model, { name, protocol, options }] of Object.entries(models)) {
    await gateway.createChannel(upstream.origin, { name, protocols: [protocol], options, models: [model] });
  }
}
