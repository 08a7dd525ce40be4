/** Has the gateways write CPU profiles, and lists the functions that used the time of their requests. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { textTable } from './figures.ts';
import type { Served } from './load-generator.ts';
import type { Tree } from './revision.ts';

const shownFunctions = 30;
/** Threads that used less than this for a request are not listed. */
const shownUs = 0.5;

const profileFile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  startTime: z.number(),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
type Profile = z.infer<typeof profileFile>;

/** A gateway that writes profiles when it ends. */
interface Profiled {
  readonly side: 'now' | 'before';
  readonly tree: Tree;
  /** Settings that differ from the default, in words. */
  readonly env: string;
  readonly directory: string;
  readonly pid: number;
  readonly port: number;
}

/** Returns where a function is, without the directories above the tree. */
function placeOf(
  { functionName, url, lineNumber }: Profile['nodes'][number]['callFrame'],
  tree: Tree,
): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const path = url.replace(/^.*\/node_modules\//, '').replace(`${pathToFileURL(tree.root)}/`, '');
  return `${name}  ${path}:${lineNumber + 1}`;
}

/**
 * Adds up the self time of each function while the orders were served.
 * @returns microseconds by function; `(idle)` is the time without work
 */
function selfTimes(profile: Profile, served: readonly Served[], tree: Tree): Map<string, number> {
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame, tree)]));
  const times = new Map<string, number>();
  let time = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    time += profile.timeDeltas[index] ?? 0;
    if (!served.some(({ from, to }) => time >= from && time < to)) continue;
    // A sample stands for the time until the next one.
    const place = places.get(id) ?? '(unknown)';
    times.set(place, (times.get(place) ?? 0) + (profile.timeDeltas[index + 1] ?? 0));
  }
  return times;
}

/** Returns the module that a worker thread runs, from the functions it called. */
function moduleOf(profile: Profile): string {
  const urls = profile.nodes.map(
    ({ callFrame }) => /\/src\/.*\/([\w-]+-worker)\.ts$/.exec(callFrame.url)?.[1],
  );
  return urls.find((name) => name !== undefined) ?? 'worker thread';
}

/** Returns the text for one thread of a gateway; undefined if the thread did next to nothing. */
function threadSummary(gateway: Profiled, thread: string, profile: Profile, served: readonly Served[]) {
  const requests = served.reduce((sum, order) => sum + order.requests, 0);
  const times = selfTimes(profile, served, gateway.tree);
  const idle = times.get('(idle)') ?? 0;
  times.delete('(idle)');
  const busy = [...times.values()].reduce((sum, us) => sum + us, 0);
  if (requests === 0 || busy / requests < shownUs) return undefined;
  const top = [...times].sort(([, a], [, b]) => b - a).slice(0, shownFunctions);
  const share = (us: number) => `${((us / busy) * 100).toFixed(1)} %`;
  const rows = top.map(([place, us]) => [(us / requests).toFixed(2), share(us), place]);
  const name = `${gateway.side}, ${thread}${gateway.env && `, ${gateway.env}`}`;
  const head = `${name}: ${(busy / requests).toFixed(1)} us a request over ${requests} requests, ${(idle / 1e6).toFixed(1)} s idle`;
  return `${head}\n${textTable([['us', 'of it', 'function'], ...rows])}\n`;
}

export class Profiles {
  readonly #root: string;
  #scenario = '';
  #gateways: Profiled[] = [];

  /** @param root the directory for the files */
  constructor(root: string) {
    this.#root = root;
  }

  begin(scenario: string): void {
    this.#scenario = scenario;
    this.#gateways = [];
  }

  /** Where the gateways of a side write their profiles. */
  directoryOf(side: Profiled['side']): string {
    const directory = join(this.#root, `${this.#scenario}-${side}`);
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  add(gateway: Omit<Profiled, 'directory'>): void {
    this.#gateways.push({ ...gateway, directory: this.directoryOf(gateway.side) });
  }

  /**
   * Writes the summary of the scenario, whose gateways have ended, into the directory.
   * @returns the same text
   */
  summarize(served: readonly Served[]): string {
    const parts = this.#gateways.flatMap((gateway) => this.#threadsOf(gateway, served));
    const text = `CPU profile of ${this.#scenario}: functions by self time\n\n${parts.join('\n')}`;
    writeFileSync(join(this.#root, `${this.#scenario}.txt`), text);
    return text;
  }

  #threadsOf(gateway: Profiled, served: readonly Served[]): string[] {
    const own = served.filter(({ port }) => port === gateway.port);
    // CPU.<date>.<time>.<process>.<thread>.<number>.cpuprofile; thread 0 is the main thread.
    const files = readdirSync(gateway.directory).filter((file) => file.split('.')[3] === `${gateway.pid}`);
    const byThread = files.sort((a, b) => Number(a.split('.')[4]) - Number(b.split('.')[4]));
    return byThread.flatMap((file) => {
      const profile = profileFile.parse(JSON.parse(readFileSync(join(gateway.directory, file), 'utf8')));
      const thread = file.split('.')[4] === '0' ? 'main thread' : moduleOf(profile);
      return threadSummary(gateway, thread, profile, own) ?? [];
    });
  }
}
