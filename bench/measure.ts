/** Measures CPU time per request of one process, comparing two processes in alternation. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from './child.ts';
import type { LoadGenerator } from './load-generator.ts';
import type { LoadOrder, LoadReport } from './load-order.ts';

/** Time for a process to finish deferred work after an order, such as writing records. */
const settleMs = 300;

export interface Cost {
  /** CPU time of the process per request, in microseconds. */
  readonly us: number;
  readonly report: LoadReport;
}

/** Runs the order and measures its cost for the process. */
export async function costOf(load: LoadGenerator, child: Child, order: LoadOrder): Promise<Cost> {
  const before = child.cpuMs();
  const report = await load.run(order);
  await sleep(settleMs);
  return { us: ((child.cpuMs() - before) * 1000) / report.requests, report };
}

/** One result of each side, measured one after the other. */
export interface Pair<Result> {
  readonly a: Result;
  readonly b: Result;
}

/**
 * Measures A B, B A, A B, …, so that drift of the machine affects both sides equally. The first round does not
 * count.
 */
export async function alternate<Result>(
  rounds: number,
  a: () => Promise<Result>,
  b: () => Promise<Result>,
): Promise<Pair<Result>[]> {
  const pairs: Pair<Result>[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const aFirst = round % 2 === 0;
    const first = await (aFirst ? a : b)();
    const second = await (aFirst ? b : a)();
    if (round >= 0) pairs.push(aFirst ? { a: first, b: second } : { a: second, b: first });
  }
  return pairs;
}
