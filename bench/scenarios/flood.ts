/** Measures a flood of unknown keys: the cost of each refusal, and the growth of memory. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKeyValue } from '../../src/domain/format.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { type Bench, chatOrder, chatRequest, type Scenario, type Subject } from '../bench.ts';
import { compareCosts, type Side } from '../compare.ts';
import type { Figure } from '../figures.ts';
import type { LoadOrder } from '../load-order.ts';

/** Used in turn. There are far more than the gateway caches, so that each is new to it. */
const unknownKeys = 200_000;
const connections = 32;

async function flood(bench: Bench): Promise<Figure[]> {
  const { load, quick } = bench;
  const subject = await bench.startSubject();
  const before = await bench.startBefore?.();
  const unknown = Array.from({ length: unknownKeys }, () => makeKeyValue(systemRandom).value);
  const unknownFile = join(bench.scratch, 'unknown.txt');
  writeFileSync(unknownFile, unknown.join('\n'));
  const malformedFile = join(bench.scratch, 'malformed.txt');
  // One character is changed, so that the checksum is wrong.
  writeFileSync(
    malformedFile,
    unknown.map((value) => value.slice(0, 10) + (value[10] === 'x' ? 'y' : 'x') + value.slice(11)).join('\n'),
  );
  const refused = (gateway: Subject, valuesFile: string, mode: LoadOrder['mode']): LoadOrder => ({
    port: gateway.port,
    connections,
    request: chatRequest('bench-json', '{}'),
    valuesFile,
    status: 401,
    mode,
  });

  const figureOf = (name: string, file: string): Promise<Figure> => {
    const sidesOf = (gateway: Subject): { side: Side; other: Side } => ({
      side: { child: gateway.child, order: (ms) => refused(gateway, file, { kind: 'closed', ms }) },
      other: { child: gateway.child, order: (ms) => chatOrder(gateway, 'bench-json', connections, ms) },
    });
    return compareCosts(bench, {
      name,
      bound: 1 / 3,
      ...sidesOf(subject),
      otherName: 'of an admitted request',
      before: before && sidesOf(before),
    });
  };
  const wellFormed = await figureOf('refusal of an unknown key', unknownFile);
  const malformed = await figureOf('refusal of a malformed key', malformedFile);
  await before?.child.stop();

  const many = quick ? 100_000 : 300_000;
  const send = (requestsMax: number) =>
    load.run(refused(subject, unknownFile, { kind: 'closed', ms: 180_000, requestsMax }));
  await send(50_000);
  const small = subject.child.rssBytes();
  await send(many);
  const large = subject.child.rssBytes();
  await subject.child.stop();
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);
  const memory: Figure = {
    name: 'memory in a flood of unknown keys',
    value: large / small,
    unit: 'x',
    bound: 1.1,
    detail: `${megabytes(small)} MB after 50,000 refusals, ${megabytes(large)} MB after ${many} more`,
  };
  return [wellFormed, malformed, memory];
}

export const floodScenario: Scenario = { name: 'flood', anyRelay: false, againstRevision: true, run: flood };
