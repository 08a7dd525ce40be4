/**
 * `npm run bench`: measures the gateway against a bare relay and prints a table; also writes the figures to
 * bench/results/. The exit code says whether everything could be measured, not how well. See docs/explanation/benchmarks.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Bench, Scenario } from './bench.ts';
import { killAll, running, startServer } from './child.ts';
import { type Figure, figureTable } from './figures.ts';
import { launchGateway, makeChannels, makeKey, whenReady } from './gateway.ts';
import { LoadGenerator } from './load-generator.ts';
import { help, type Options, readOptions } from './options.ts';
import { Profiles } from './profiles.ts';
import { describeStart, keepRun } from './results.ts';
import { checkOut, ownTree, type Tree } from './revision.ts';
import { scenarios } from './scenarios.ts';

async function prepare(options: Options, scratch: string, profiles: Profiles | undefined): Promise<Bench> {
  const upstream = await startServer('upstream.ts', []);
  const startBare = async () => {
    const bare = await startServer('bare-relay.ts', [`http://127.0.0.1:${upstream.port}`]);
    return { ...bare, key: 'bare' };
  };
  const startGateway = async (tree: Tree, env: Readonly<Record<string, string>> = {}) => {
    const side = tree === ownTree ? 'now' : 'before';
    const nodeOptions = profiles ? ['--cpu-prof', `--cpu-prof-dir=${profiles.directoryOf(side)}`] : [];
    const first = await launchGateway(scratch, { env, tree });
    await whenReady(first);
    await first.child.stop();
    // As every start but the first: it finds the code that the first has compiled.
    const gateway = await launchGateway(scratch, { dataDir: first.dataDir, env, nodeOptions, tree });
    const { child, port } = gateway;
    profiles?.add({ side, tree, env: Object.values(env).join(' '), pid: child.pid, port });
    await whenReady(gateway);
    await makeChannels(gateway, upstream.port);
    return { child, port, key: await makeKey(gateway), gateway };
  };
  const before = options.against === undefined ? undefined : checkOut(options.against, scratch);
  return {
    load: await LoadGenerator.start(),
    upstreamPort: upstream.port,
    quick: options.quick,
    rounds: options.rounds,
    startBare,
    startSubject: options.noise ? startBare : (env) => startGateway(ownTree, env),
    startBefore: before && ((env) => startGateway(before, env)),
    scratch,
  };
}

/** Without names: everything that the other options allow. */
function isWanted(scenario: Scenario, { only, noise, against }: Options): boolean {
  if (only.length > 0) return only.includes(scenario.name);
  if (noise) return scenario.anyRelay;
  return against === undefined || scenario.againstRevision === true;
}

async function measure(bench: Bench, options: Options, profiles: Profiles | undefined): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const scenario of scenarios) {
    if (!isWanted(scenario, options)) continue;
    const began = performance.now();
    const kept = running();
    try {
      profiles?.begin(scenario.name);
      figures.push(...(await scenario.run(bench)));
      // Profiles belong to the table, so that JSON stays alone.
      if (profiles) (options.json ? console.error : console.log)(profiles.summarize(bench.load.served));
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
  const start = describeStart(options);
  const profiles = options.profile === undefined ? undefined : new Profiles(resolve(options.profile));
  const figures = await measure(await prepare(options, scratch, profiles), options, profiles);
  if (figures.length === 0) throw new Error('nothing could be measured');
  const json = keepRun(start, options, figures);
  console.log(options.json ? json : figureTable(figures));
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
