/** Keeps the figures of each run as JSON in bench/results/, in one file for each commit. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Figure, verdict } from './figures.ts';
import type { Options } from './options.ts';
import { hashOf, isDirty } from './revision.ts';

const directory = fileURLToPath(new URL('results/', import.meta.url));

/** What is known before the first measurement. */
interface Start {
  readonly at: string;
  readonly commit: string;
  /** The commit of `--against`. */
  readonly against?: string;
  /** Whether the tree differed from its commit. */
  readonly dirty: boolean;
  readonly node: string;
  readonly machine: {
    readonly cpu: string;
    readonly cpus: number;
    readonly memoryMb: number;
    readonly kernel: string;
    /** Of the last minute, the last five and the last fifteen, before the run. */
    readonly load: readonly number[];
  };
}

/** Describes the run that begins now. */
export function describeStart({ against }: Options): Start {
  const all = cpus();
  return {
    at: new Date().toISOString(),
    commit: hashOf('HEAD'),
    ...(against !== undefined && { against: hashOf(against) }),
    dirty: isDirty(),
    node: process.version,
    machine: {
      cpu: all[0]?.model ?? 'unknown',
      cpus: all.length,
      memoryMb: Math.round(totalmem() / 1024 / 1024),
      kernel: release(),
      load: loadavg().map((load) => Math.round(load * 100) / 100),
    },
  };
}

const written = z.object({ runs: z.array(z.unknown()) });

/**
 * Adds a run to the file of its commit, since a run may measure only some scenarios.
 * @returns the run as JSON
 */
export function keepRun(start: Start, options: Options, figures: readonly Figure[]): string {
  const { commit, against, ...described } = start;
  const { quick, noise, rounds, only } = options;
  const judged = figures.map((figure) => ({ ...figure, verdict: verdict(figure) }));
  const run = { ...described, options: { quick, noise, rounds, only }, figures: judged };
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${commit}${against === undefined ? '' : `-against-${against}`}.json`);
  const earlier = existsSync(file) ? written.parse(JSON.parse(readFileSync(file, 'utf8'))).runs : [];
  const result = { commit, ...(against !== undefined && { against }), runs: [...earlier, run] };
  writeFileSync(file, `${JSON.stringify(result, undefined, 2)}\n`);
  return JSON.stringify({ commit, ...(against !== undefined && { against }), ...run }, undefined, 2);
}
