/** Compares the CPU time per request of two sides, in rounds that alternate. */
import type { Bench } from './bench.ts';
import type { Child } from './child.ts';
import { type Figure, median, overRounds } from './figures.ts';
import type { LoadOrder } from './load-order.ts';
import { alternate, costOf } from './measure.ts';

export interface Side {
  readonly child: Child;
  /** @param ms how long requests are sent */
  readonly order: (ms: number) => LoadOrder;
}

export interface Comparison {
  readonly name: string;
  readonly bound: number;
  readonly side: Side;
  /** What the figure is relative to. */
  readonly other: Side;
  /** Of `other`, in words. */
  readonly otherName: string;
}

/** Both sides run until the engine has compiled the hot code, so that the figures are those of a long run. */
export async function compareCosts(
  bench: Bench,
  { name, bound, side, other, otherName }: Comparison,
): Promise<Figure> {
  for (const { order } of [side, other]) await bench.load.run(order(bench.quick ? 3000 : 6000));
  const cost =
    ({ child, order }: Side) =>
    () =>
      costOf(bench.load, child, order(bench.quick ? 1000 : 1500));
  const pairs = await alternate(bench.quick ? 5 : 13, cost(side), cost(other));
  const us = (of: 'a' | 'b') => median(pairs.map((pair) => pair[of].us)).toFixed(0);
  return {
    name,
    ...overRounds(pairs.map(({ a, b }) => a.us / b.us)),
    unit: 'x',
    bound,
    detail: `CPU per request ${us('a')} us, ${otherName} ${us('b')} us`,
  };
}
