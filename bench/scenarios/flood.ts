/** Measures a flood of unknown keys: the cost of each refusal, and the growth of memory. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKeyValue } from '../../src/domain/format.ts';
import { systemRandom } from '../../src/platform/random.ts';
import { type Bench, chatOrder, chatRequest, type Scenario } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import type { LoadOrder } from '../load-order.ts';
import { alternate, costOf } from '../measure.ts';

/** Used in turn. There are far more than the gateway caches, so that each is new to it. */
const unknownKeys = 200_000;
const connections = 32;

async function flood(bench: Bench): Promise<Figure[]> {
  const { load, quick } = bench;
  const subject = await bench.startSubject();
  const unknown = Array.from({ length: unknownKeys }, () => makeKeyValue(systemRandom).value);
  const unknownFile = join(bench.scratch, 'unknown.txt');
  writeFileSync(unknownFile, unknown.join('\n'));
  const malformedFile = join(bench.scratch, 'malformed.txt');
  // One character is changed, so that the checksum is wrong.
  writeFileSync(
    malformedFile,
    unknown.map((value) => value.slice(0, 10) + (value[10] === 'x' ? 'y' : 'x') + value.slice(11)).join('\n'),
  );
  const refused = (valuesFile: string, mode: LoadOrder['mode']): LoadOrder => ({
    port: subject.port,
    connections,
    request: chatRequest('bench-json', '{}'),
    valuesFile,
    status: 401,
    mode,
  });

  const ms = quick ? 1500 : 3000;
  const admitted = () => costOf(load, subject.child, chatOrder(subject, 'bench-json', connections, ms));
  const figureOf = async (name: string, file: string): Promise<Figure> => {
    const refusal = () => costOf(load, subject.child, refused(file, { kind: 'closed', ms }));
    const pairs = await alternate(quick ? 3 : 5, refusal, admitted);
    const us = (side: 'a' | 'b') => median(pairs.map((pair) => pair[side].us)).toFixed(0);
    return {
      name,
      ...overRounds(pairs.map(({ a, b }) => a.us / b.us)),
      unit: 'x',
      bound: 1 / 3,
      detail: `CPU per refusal ${us('a')} us, per admitted request ${us('b')} us`,
    };
  };
  const wellFormed = await figureOf('refusal of an unknown key', unknownFile);
  const malformed = await figureOf('refusal of a malformed key', malformedFile);

  const many = quick ? 100_000 : 300_000;
  const send = (requestsMax: number) =>
    load.run(refused(unknownFile, { kind: 'closed', ms: 180_000, requestsMax }));
  await send(50_000);
  const before = subject.child.rssBytes();
  await send(many);
  const after = subject.child.rssBytes();
  await subject.child.stop();
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);
  const memory: Figure = {
    name: 'memory in a flood of unknown keys',
    value: after / before,
    unit: 'x',
    bound: 1.1,
    detail: `${megabytes(before)} MB after 50,000 refusals, ${megabytes(after)} MB after ${many} more`,
  };
  return [wellFormed, malformed, memory];
}

export const floodScenario: Scenario = { name: 'flood', anyRelay: false, run: flood };
