/** Measures the memory of an open, idle stream. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, chatRequest, type Scenario, type Subject, startsOf } from '../bench.ts';
import { type Figure, median } from '../figures.ts';
import { interleave, relative } from '../measure.ts';

async function bytesPerStream(bench: Bench, relay: Subject, streams: number): Promise<number> {
  const order = (connections: number) => ({
    port: relay.port,
    connections,
    request: chatRequest('bench-idle', relay.key),
    status: 200,
    mode: { kind: 'hold' as const },
  });
  // Open a few streams first, so that compiled code and pools do not count.
  await bench.load.run(order(100));
  await bench.load.release(relay.port);
  await sleep(1000);
  const before = relay.child.rssBytes();
  await bench.load.run(order(streams));
  await sleep(1000);
  const held = relay.child.rssBytes() - before;
  await bench.load.release(relay.port);
  await relay.child.stop();
  return held / streams;
}

async function idleStreams(bench: Bench): Promise<Figure[]> {
  const streams = bench.quick ? 2000 : 5000;
  const starts = startsOf(bench, { HALLEY_UPSTREAMS_CONNECTIONS_MAX: '10000' });
  const { now, bare, before } = starts;
  const measure = async (start: typeof now) => bytesPerStream(bench, await start(), streams);
  const bytes = await interleave(bench.quick ? 1 : 3, starts.all, measure, 0);
  const text = (start: typeof now) => `${(median(bytes(start)) / 1024).toFixed(1)} kB`;
  return [
    {
      name: 'memory of an idle open stream',
      ...relative(bytes, { now, base: bare, before: before && { now: before, base: bare } }),
      unit: 'x',
      bound: 1.2,
      detail: `${streams} streams of ${text(now)}${before ? `, before ${text(before)}` : ''}, bare relay ${text(bare)}`,
    },
  ];
}

export const idleScenario: Scenario = {
  name: 'idle',
  anyRelay: true,
  againstRevision: true,
  run: idleStreams,
};
