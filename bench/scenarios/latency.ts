/** Measures added latency at a fifth of the rate that saturates the bare relay, relative to its own latency. */
import { type Bench, chatOrder, type Scenario, type Subject } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import type { LoadOrder } from '../load-order.ts';
import { interleave, relative } from '../measure.ts';

const connections = 64;
/** Requests beyond these connections wait, and their wait counts. */
const openLoopConnections = 500;
const shareOfSaturation = 0.2;

async function addedLatency(bench: Bench): Promise<Figure[]> {
  const subject = await bench.startSubject();
  const before = await bench.startBefore?.();
  const bare = await bench.startBare();
  const relays = [subject, bare, ...(before ? [before] : [])];
  const { load } = bench;
  // The first saturation warms up the bare relay; the second counts.
  for (const relay of relays) await load.run(chatOrder(relay, 'bench-json', connections, 2000));
  const saturated = await load.run(chatOrder(bare, 'bench-json', connections, 2000));
  const perSecond = Math.round((saturated.requests / saturated.ms) * 1000 * shareOfSaturation);

  const ms = bench.quick ? 1500 : 2500;
  const measured = await interleave(bench.rounds, relays, async (relay) => {
    const order: LoadOrder = {
      ...chatOrder(relay, 'bench-json', openLoopConnections, ms),
      mode: { kind: 'open', ms, perSecond },
    };
    const report = await load.run(order);
    if (!report.latency) throw new Error('the load generator reported no latency');
    return report.latency;
  });
  await Promise.all(relays.map(({ child }) => child.stop()));

  const figure = (name: 'p50' | 'p99', bound: number): Figure => {
    const { value, spread, against } = relative(
      (relay: Subject) => measured(relay).map((latency) => latency[name]),
      { now: subject, base: bare, before: before && { now: before, base: bare } },
    );
    const ms = (relay: Subject) => `${median(measured(relay).map((latency) => latency[name])).toFixed(3)} ms`;
    const details = [ms(subject), ...(before ? [`before ${ms(before)}`] : []), `bare relay ${ms(bare)}`];
    return {
      name: `added latency, ${name}`,
      value: value - 1,
      ...(spread && { spread: [spread[0] - 1, spread[1] - 1] }),
      ...(against && { against: { ...against, before: against.before - 1 } }),
      unit: 'x',
      bound,
      detail: `${details.join(', ')}, at ${perSecond} requests a second`,
    };
  };
  return [figure('p50', 0.3), figure('p99', 1)];
}

export const latencyScenario: Scenario = {
  name: 'latency',
  anyRelay: true,
  againstRevision: true,
  run: addedLatency,
};
