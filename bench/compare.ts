/** Compares the CPU time per request of two sides, and with another revision, in rounds that alternate. */
import type { Bench } from './bench.ts';
import type { Child } from './child.ts';
import { type Figure, median } from './figures.ts';
import type { LoadOrder } from './load-order.ts';
import { type Cost, costOf, interleave, relative } from './measure.ts';
import { combinedTimes, threadText } from './threads.ts';

export interface Side {
  readonly child: Child;
  /** @param ms how long requests are sent */
  readonly order: (ms: number) => LoadOrder;
}

interface Sides {
  readonly side: Side;
  /** What the figure is relative to. */
  readonly other: Side;
}

export interface Comparison extends Sides {
  readonly name: string;
  readonly bound: number;
  /** Of `other`, in words. */
  readonly otherName: string;
  /** The same for the other revision. `other` is usually the same bare relay. */
  readonly before?: Sides | undefined;
}

/** Returns `113 us (main 91, ledger 22)`: the medians of the rounds. */
function costText(costs: readonly Cost[]): string {
  const threads = combinedTimes(
    costs.map((cost) => cost.threads),
    median,
  );
  return `${median(costs.map(({ us }) => us)).toFixed(0)} us (${threadText(threads)})`;
}

/** All sides run until the engine has compiled the hot code, so that the figures are those of a long run. */
export async function compareCosts(bench: Bench, comparison: Comparison): Promise<Figure> {
  const { name, bound, side, other, otherName, before } = comparison;
  const sides = new Set([side, other, ...(before ? [before.side, before.other] : [])]);
  for (const { order } of sides) await bench.load.run(order(bench.quick ? 3000 : 6000));
  const cost = ({ child, order }: Side) => costOf(bench.load, child, order(bench.quick ? 1000 : 1500));
  const costs = await interleave(bench.rounds, sides, cost);
  const text = (one: Side) => costText(costs(one));
  const revisions = {
    now: side,
    base: other,
    before: before && { now: before.side, base: before.other },
  };
  return {
    name,
    ...relative((one: Side) => costs(one).map(({ us }) => us), revisions),
    unit: 'x',
    bound,
    detail: `CPU per request ${text(side)}, ${before ? `before ${text(before.side)}, ` : ''}${otherName} ${text(other)}`,
  };
}
