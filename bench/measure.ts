/** Measures CPU time per request of one process, comparing processes in alternation. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import { against, type Figure, overRounds } from './figures.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { LoadOrder, LoadReport } from './load-order.ts';
import { type ThreadTimes, timesBetween, totalTime } from './threads.ts';

/** Time for a process to finish deferred work after an order, such as writing records. */
const settleMs = 300;

export interface Cost {
  /** CPU time of the process per request, in microseconds. */
  readonly us: number;
  /** The same by thread. */
  readonly threads: ThreadTimes;
  readonly report: LoadReport;
}

/** Runs the order and measures its cost for the process. */
export async function costOf(load: LoadGenerator, child: Child, order: LoadOrder): Promise<Cost> {
  const before = child.cpuMs();
  const report = await load.run(order);
  await sleep(settleMs);
  const threads = timesBetween(before, child.cpuMs(), 1000 / report.requests);
  return { us: totalTime(threads), threads, report };
}

/**
 * Measures every side once in each round. The rounds differ in the order of the sides, so that drift of the machine
 * affects all sides equally.
 * @param sides a side that is there twice counts once
 * @param warmUps how many more rounds come first and do not count
 * @returns a function that returns the results of a side, one for each round
 */
export async function interleave<Side, Result>(
  rounds: number,
  sides: Iterable<Side>,
  measure: (side: Side) => Promise<Result>,
  warmUps = 1,
): Promise<(side: Side) => readonly Result[]> {
  const results = new Map<Side, Result[]>();
  for (const side of sides) results.set(side, []);
  const all = [...results.keys()];
  for (let round = -warmUps; round < rounds; round += 1) {
    // A B C, C B A, B C A, A C B, C A B, B A C: each side is at each place equally often.
    const first = Math.floor((round + warmUps) / 2) % all.length;
    const order = [...all.slice(first), ...all.slice(0, first)];
    if ((round + warmUps) % 2 === 1) order.reverse();
    for (const side of order) {
      const result = await measure(side);
      if (round >= 0) results.get(side)?.push(result);
    }
  }
  return (side) => results.get(side) ?? [];
}

/** One result of each side, measured one after the other. */
export interface Pair<Result> {
  readonly a: Result;
  readonly b: Result;
}

/** Measures two sides like `interleave`. */
export async function alternate<Result>(
  rounds: number,
  a: () => Promise<Result>,
  b: () => Promise<Result>,
): Promise<Pair<Result>[]> {
  const results = await interleave(rounds, [a, b], (measure) => measure());
  return zipped(results(a), results(b), (one, other) => ({ a: one, b: other }));
}

/** Combines two lists, such as the results of two sides, round by round. */
function zipped<A, B, Combined>(
  a: readonly A[],
  b: readonly B[],
  combine: (a: A, b: B) => Combined,
): Combined[] {
  if (a.length !== b.length) throw new Error('the sides have different numbers of rounds');
  // The index is within both lists.
  return a.map((one, index) => combine(one, b[index] as B));
}

export interface Revisions<Side> {
  readonly now: Side;
  /** What the figure is relative to. */
  readonly base: Side;
  /** The same with the other revision, if there is one. Its base is often that of the present one. */
  readonly before?: { readonly now: Side; readonly base: Side } | undefined;
}

/** Relates the quantities of a side to those of its base and of the other revision, round by round. */
export function relative<Side>(
  quantities: (side: Side) => readonly number[],
  { now, base, before }: Revisions<Side>,
): Pick<Figure, 'value' | 'spread' | 'against'> {
  const ratios = (a: Side, b: Side) => zipped(quantities(a), quantities(b), (one, other) => one / other);
  return {
    ...overRounds(ratios(now, base)),
    ...(before && { against: against(ratios(before.now, before.base), ratios(now, before.now)) }),
  };
}
