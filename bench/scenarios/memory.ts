/** Measures resident memory: of a relay that has just started, under load, and after the load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, chatOrder, type Scenario, type Subject, startsOf } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import { interleave, relative } from '../measure.ts';

const connections = 32;
/** Until a process has given back what it needed only for its start, or only under load. */
const calmMs = 3000;

interface Sizes {
  readonly started: number;
  /** The highest size while requests were sent. */
  readonly peak: number;
  readonly after: number;
}

async function sizesOf(bench: Bench, relay: Subject): Promise<Sizes> {
  const { child } = relay;
  await sleep(calmMs);
  const started = child.rssBytes();
  child.resetPeak();
  await bench.load.run(chatOrder(relay, 'bench-json', connections, bench.quick ? 5000 : 10_000));
  const peak = child.peakBytes();
  await sleep(calmMs);
  const after = child.rssBytes();
  await child.stop();
  return { started, peak, after };
}

async function memory(bench: Bench): Promise<Figure[]> {
  const starts = startsOf(bench);
  const { now, bare, before } = starts;
  // Each round starts processes anew, which takes long.
  const rounds = before ? Math.min(bench.rounds, 7) : 3;
  const sizes = await interleave(rounds, starts.all, async (start) => sizesOf(bench, await start()), 0);
  const figure = (name: string, of: keyof Sizes, bound?: number): Figure => {
    const bytes = (start: typeof now) => sizes(start).map((each) => each[of]);
    const text = (start: typeof now) => `${(median(bytes(start)) / 1024 / 1024).toFixed(0)} MB`;
    return {
      name,
      ...relative(bytes, { now, base: bare, before: before && { now: before, base: bare } }),
      unit: 'x',
      ...(bound !== undefined && { bound }),
      detail: `${text(now)}${before ? `, before ${text(before)}` : ''}, bare relay ${text(bare)}`,
    };
  };
  return [
    figure('memory after the start', 'started'),
    figure('memory under load, at its peak', 'peak', 1.6),
    figure('memory after the load', 'after'),
  ];
}

export const memoryScenario: Scenario = {
  name: 'memory',
  anyRelay: true,
  againstRevision: true,
  run: memory,
};
