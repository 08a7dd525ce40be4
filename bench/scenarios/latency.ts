/** Measures added latency at a fifth of the rate that saturates the bare relay, relative to its own latency. */
import { type Bench, chatOrder, type Scenario } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import type { LoadOrder } from '../load-order.ts';
import { alternate } from '../measure.ts';

const connections = 64;
/** Requests beyond these connections wait, and their wait counts. */
const openLoopConnections = 500;
const shareOfSaturation = 0.2;

async function addedLatency(bench: Bench): Promise<Figure[]> {
  const subject = await bench.startSubject();
  const bare = await bench.startBare();
  const { load } = bench;
  // The first saturation warms up the bare relay; the second counts.
  await load.run(chatOrder(bare, 'bench-json', connections, 2000));
  await load.run(chatOrder(subject, 'bench-json', connections, 2000));
  const saturated = await load.run(chatOrder(bare, 'bench-json', connections, 2000));
  const perSecond = Math.round((saturated.requests / saturated.ms) * 1000 * shareOfSaturation);

  const ms = bench.quick ? 1500 : 2500;
  const latency = (relay: typeof bare) => async () => {
    const order: LoadOrder = {
      ...chatOrder(relay, 'bench-json', openLoopConnections, ms),
      mode: { kind: 'open', ms, perSecond },
    };
    const report = await load.run(order);
    if (!report.latency) throw new Error('the load generator reported no latency');
    return report.latency;
  };
  const pairs = await alternate(bench.quick ? 5 : 11, latency(subject), latency(bare));
  await Promise.all([subject.child.stop(), bare.child.stop()]);

  const figure = (name: 'p50' | 'p99', bound: number): Figure => {
    const side = (of: 'a' | 'b') => median(pairs.map((pair) => pair[of][name])).toFixed(3);
    return {
      name: `added latency, ${name}`,
      ...overRounds(pairs.map(({ a, b }) => a[name] / b[name] - 1)),
      unit: 'x',
      bound,
      detail: `${side('a')} ms, bare relay ${side('b')} ms, at ${perSecond} requests a second`,
    };
  };
  return [figure('p50', 0.3), figure('p99', 1)];
}

export const latencyScenario: Scenario = { name: 'latency', anyRelay: true, run: addedLatency };
