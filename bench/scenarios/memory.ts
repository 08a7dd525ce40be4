/** Measures resident memory under the load of `json`, relative to the bare relay. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, chatOrder, type Scenario, type Subject } from '../bench.ts';
import type { Figure } from '../figures.ts';

const settleMs = 1000;

interface Memory {
  readonly idle: number;
  readonly loaded: number;
}

async function memoryOf(bench: Bench, relay: Subject): Promise<Memory> {
  await sleep(settleMs);
  const idle = relay.child.rssBytes();
  await bench.load.run(chatOrder(relay, 'bench-json', 32, bench.quick ? 6000 : 20_000));
  await sleep(settleMs);
  const loaded = relay.child.rssBytes();
  await relay.child.stop();
  return { idle, loaded };
}

const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);

async function residentMemory(bench: Bench): Promise<Figure[]> {
  const own = await memoryOf(bench, await bench.startSubject());
  const bare = await memoryOf(bench, await bench.startBare());
  const detail = `${megabytes(own.loaded)} MB, bare relay ${megabytes(bare.loaded)} MB; idle ${megabytes(own.idle)} and ${megabytes(bare.idle)} MB`;
  return [
    { name: 'resident memory under load', value: own.loaded / bare.loaded, unit: 'x', bound: 1.6, detail },
  ];
}

export const memoryScenario: Scenario = { name: 'memory', anyRelay: true, run: residentMemory };
