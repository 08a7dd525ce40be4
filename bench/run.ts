/**
 * `npm run bench`: measures the gateway against a bare relay and prints a table; also writes the figures to
 * bench/results/. The exit code says whether everything could be measured, not how well. See docs/explanation/benchmarks.md.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Bench, Scenario } from './bench.ts';
import { killAll, running, startServer } from './child.ts';
import { type Figure, figureTable, verdict } from './figures.ts';
import { launchGateway, makeChannels, makeKey, whenReady } from './gateway.ts';
import { LoadGenerator } from './load-generator.ts';
import { chatScenarios } from './scenarios/chat.ts';
import { fleetScenario } from './scenarios/fleet.ts';
import { floodScenario } from './scenarios/flood.ts';
import { idleScenario } from './scenarios/idle.ts';
import { latencyScenario } from './scenarios/latency.ts';
import { membersScenario } from './scenarios/members.ts';
import { recordsScenario } from './scenarios/records.ts';
import { scaleScenario } from './scenarios/scale.ts';
import { socketsScenario } from './scenarios/sockets.ts';
import { telemetryScenarios } from './scenarios/telemetry.ts';
import { translatedScenarios } from './scenarios/translated.ts';
import { workersScenario } from './scenarios/workers.ts';

const scenarios: readonly Scenario[] = [
  ...chatScenarios,
  ...translatedScenarios,
  ...telemetryScenarios,
  latencyScenario,
  idleScenario,
  socketsScenario,
  floodScenario,
  scaleScenario,
  recordsScenario,
  fleetScenario,
  workersScenario,
  membersScenario,
];

const help = `Usage: npm run bench -- [options]

  --quick            short rounds and few of them (about four minutes in all)
  --only <scenario>  one of: ${scenarios.map(({ name }) => name).join(', ')}; may be repeated
  --noise            a second bare relay in the gateway's place: shows how exact the figures are
  --profile <dir>    write CPU profiles of the gateway there (chat, latency, idle and flood; costs some time)
  --json             print JSON in place of the table
  --help             this text`;

interface Options {
  readonly quick: boolean;
  readonly noise: boolean;
  readonly json: boolean;
  readonly only: readonly string[];
  readonly profile?: string | undefined;
}

/**
 * @returns undefined when only help was requested
 * @throws Error for unknown options
 */
function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      noise: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.only.find((name) => scenarios.every((scenario) => scenario.name !== name));
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}\n\n${help}`);
  return values.help ? undefined : values;
}

async function prepare(options: Options, scratch: string): Promise<Bench> {
  const upstream = await startServer('upstream.ts', []);
  const startBare = async () => {
    const bare = await startServer('bare-relay.ts', [`http://127.0.0.1:${upstream.port}`]);
    return { ...bare, key: 'bare' };
  };
  const startGateway = async (env: Readonly<Record<string, string>> = {}) => {
    const nodeOptions =
      options.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${resolve(options.profile)}`];
    const gateway = await launchGateway(scratch, { env, nodeOptions });
    await whenReady(gateway);
    await makeChannels(gateway, upstream.port);
    return { child: gateway.child, port: gateway.port, key: await makeKey(gateway) };
  };
  return {
    load: await LoadGenerator.start(),
    upstreamPort: upstream.port,
    quick: options.quick,
    startBare,
    startSubject: options.noise ? startBare : startGateway,
    scratch,
  };
}

async function measure(bench: Bench, { only, noise }: Options): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const scenario of scenarios) {
    if (only.length > 0 ? !only.includes(scenario.name) : noise && !scenario.anyRelay) continue;
    const began = performance.now();
    const kept = running();
    try {
      figures.push(...(await scenario.run(bench)));
      process.stderr.write(`${scenario.name}: ${((performance.now() - began) / 1000).toFixed(0)} s\n`);
    } catch (error) {
      // The other scenarios are still useful.
      process.stderr.write(`${scenario.name} failed: ${error instanceof Error ? error.message : error}\n`);
      process.exitCode = 1;
      killAll(kept);
    }
  }
  return figures;
}

function record(figures: readonly Figure[], options: Options): string {
  const time = new Date().toISOString();
  const judged = figures.map((figure) => ({ ...figure, verdict: verdict(figure) }));
  const machine = { node: process.version, cpus: cpus().map(({ model }) => model) };
  const text = JSON.stringify({ at: time, ...machine, ...options, figures: judged }, undefined, 2);
  const directory = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, `${time.replaceAll(':', '-')}.json`), text);
  return text;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    console.log(help);
    return;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'halley-bench-'));
  process.once('exit', () => {
    killAll();
    rmSync(scratch, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const figures = await measure(await prepare(options, scratch), options);
  const json = record(figures, options);
  console.log(options.json ? json : figureTable(figures));
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
