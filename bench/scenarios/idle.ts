/** Measures the memory of an open, idle stream. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, chatRequest, type Scenario, type Subject } from '../bench.ts';
import type { Figure } from '../figures.ts';

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
  const subject = await bench.startSubject({ HALLEY_UPSTREAMS_CONNECTIONS_MAX: '10000' });
  const own = await bytesPerStream(bench, subject, streams);
  const bare = await bytesPerStream(bench, await bench.startBare(), streams);
  return [
    {
      name: 'memory of an idle open stream',
      value: own / bare,
      unit: 'x',
      bound: 1.2,
      detail: `${streams} streams: ${(own / 1024).toFixed(1)} kB each, bare relay ${(bare / 1024).toFixed(1)} kB`,
    },
  ];
}

export const idleScenario: Scenario = { name: 'idle', anyRelay: true, run: idleStreams };
