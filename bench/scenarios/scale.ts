/** Measures what the number of keys costs at start, in memory and per call: a million keys against a thousand. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type Bench, chatRequest, type Scenario } from '../bench.ts';
import { type Figure, median, overRounds } from '../figures.ts';
import { type Gateway, launchGateway, makeChannels, whenAnswered, whenReady } from '../gateway.ts';
import type { LoadOrder } from '../load-order.ts';
import { alternate, type Cost, costOf, type Pair } from '../measure.ts';
import { type Seeded, seed, seedSecret, seedToken } from '../seed-order.ts';

const keysPerAccount = 100;
/** Keys that remain in every account from which keys are deleted. */
const keysKept = 10;
const env = { HALLEY_SERVER_SECRET: seedSecret };

interface Fleet extends Seeded {
  readonly dataDir: string;
  /** The value of one key, for the first request after a start. */
  readonly anyKey: string;
  /** The values of a thousand keys, which any cache holds. */
  readonly hotFile: string;
}

async function prepare(bench: Bench, accounts: number, wideKeys: number): Promise<Fleet> {
  const gateway = await launchGateway(bench.scratch, { env });
  await whenReady(gateway);
  await makeChannels(gateway, bench.upstreamPort);
  await gateway.child.stop();
  const seeded = await seed({ dataDir: gateway.dataDir, accounts, keysPerAccount, wideKeys });
  const values = (await readFile(seeded.valuesFile, 'latin1')).split('\n');
  const hotFile = `${gateway.dataDir}-hot.txt`;
  writeFileSync(hotFile, values.slice(0, 1000).join('\n'));
  return { ...seeded, dataDir: gateway.dataDir, anyKey: values[0] ?? '', hotFile };
}

/**
 * Starts a gateway on the database.
 * @returns the gateway and the milliseconds to its first response
 */
async function start(bench: Bench, fleet: Fleet, more: Readonly<Record<string, string>> = {}) {
  const began = performance.now();
  const gateway = await launchGateway(bench.scratch, { dataDir: fleet.dataDir, env: { ...env, ...more } });
  const { method, path, headers, body } = chatRequest('bench-json', fleet.anyKey);
  const url = `http://127.0.0.1:${gateway.port}${path}`;
  await whenAnswered(gateway, async () => (await fetch(url, { method, headers, body })).ok, 5);
  return { gateway, ms: performance.now() - began };
}

const chats = (gateway: Gateway, valuesFile: string, ms: number): LoadOrder => ({
  port: gateway.port,
  connections: 32,
  request: chatRequest('bench-json', '{}'),
  valuesFile,
  status: 200,
  answer: 'bench-json',
  mode: { kind: 'closed', ms },
});

const call = (gateway: Gateway, method: string, path: string, token: string) => ({
  port: gateway.port,
  connections: 4,
  request: { method, path, headers: { Authorization: token }, body: '' },
  status: 200,
  holds: '"success":true',
});

function costFigure(
  name: string,
  bound: number,
  sides: readonly [string, string],
  pairs: Pair<Cost>[],
): Figure {
  const us = (side: 'a' | 'b') => median(pairs.map((pair) => pair[side].us)).toFixed(0);
  return {
    name,
    ...overRounds(pairs.map(({ a, b }) => a.us / b.us)),
    unit: 'x',
    bound,
    detail: `CPU per request: ${sides[0]} ${us('a')} us, ${sides[1]} ${us('b')} us`,
  };
}

type Side = readonly [Fleet, Gateway];

/** Measures the calls that are compared between the two databases. */
async function callFigures(bench: Bench, many: Side, few: Side, sides: readonly [string, string]) {
  const { load, quick } = bench;
  const ms = quick ? 1500 : 3000;
  const rounds = quick ? 3 : 5;
  const compare = async (order: (side: Side) => LoadOrder) => {
    const cost = (side: Side) => () => costOf(load, side[1].child, order(side));
    return alternate(rounds, cost(many), cost(few));
  };
  const hot = await compare(([fleet, gateway]) => chats(gateway, fleet.hotFile, ms));
  const list = await compare(([fleet, gateway]) => ({
    ...call(gateway, 'GET', '/api/token/?p=1&page_size=20', '{}'),
    valuesFile: fleet.tokensFile,
    mode: { kind: 'closed', ms },
  }));
  // Each round deletes the keys of another account, so that every round finds the same number.
  const emptied = new Map<Fleet, number>();
  const deletion = await compare(([fleet, gateway]) => {
    const index = emptied.get(fleet) ?? 0;
    emptied.set(fleet, index + 1);
    const firstId = fleet.firstKeyId + index * keysPerAccount;
    const ids = Array.from({ length: keysPerAccount - keysKept }, (_, offset) => firstId + offset);
    const valuesFile = `${fleet.dataDir}-doomed.txt`;
    writeFileSync(valuesFile, ids.join('\n'));
    return {
      ...call(gateway, 'DELETE', '/api/token/{}', seedToken(fleet.firstAccountId + index)),
      connections: 1,
      valuesFile,
      mode: { kind: 'closed', ms: 60_000, requestsMax: ids.length },
    };
  });
  return [
    costFigure('admission, key in memory', 1.3, sides, hot),
    costFigure('list, page 1', 1.3, sides, list),
    costFigure('DELETE', 1.3, sides, deletion),
  ];
}

/** Measures admission when each key must be read from the database, with a nearly empty cache. */
async function coldFigure(bench: Bench, many: Fleet, few: Fleet, sides: readonly [string, string]) {
  const smallest = { HALLEY_KEYS_CACHE_MAX: '100' };
  const started = await Promise.all([start(bench, many, smallest), start(bench, few, smallest)]);
  const cost =
    (fleet: Fleet, { gateway }: { gateway: Gateway }) =>
    () =>
      costOf(bench.load, gateway.child, chats(gateway, fleet.valuesFile, bench.quick ? 1500 : 3000));
  const pairs = await alternate(bench.quick ? 3 : 5, cost(many, started[0]), cost(few, started[1]));
  await Promise.all(started.map(({ gateway }) => gateway.child.stop()));
  return costFigure('admission, key read from the database', 1.3, sides, pairs);
}

async function wideFigure(bench: Bench, [fleet, gateway]: Side): Promise<Figure> {
  const page = (number: number) => () =>
    costOf(bench.load, gateway.child, {
      ...call(gateway, 'GET', `/api/token/?p=${number}&page_size=100`, seedToken(fleet.wideId)),
      mode: { kind: 'closed', ms: 1000 },
    });
  const pairs = await alternate(bench.quick ? 3 : 5, page(100), page(1));
  return costFigure('list of 10,000 keys, page 100 to page 1', 5, ['page 100', 'page 1'], pairs);
}

async function startFigure(bench: Bench, many: Fleet, few: Fleet): Promise<Figure> {
  const once = (fleet: Fleet) => async () => {
    const { gateway, ms } = await start(bench, fleet);
    await gateway.child.stop();
    return ms;
  };
  const pairs = await alternate(bench.quick ? 3 : 5, once(many), once(few));
  const ms = (side: 'a' | 'b') => median(pairs.map((pair) => pair[side])).toFixed(0);
  return {
    name: 'start to first answered request',
    ...overRounds(pairs.map(({ a, b }) => a / b)),
    unit: 'x',
    bound: 2,
    detail: `${ms('a')} ms, ${ms('b')} ms`,
  };
}

async function scale(bench: Bench): Promise<Figure[]> {
  const accounts = bench.quick ? 1000 : 10_000;
  const many = await prepare(bench, accounts, 10_000);
  const few = await prepare(bench, 10, 0);
  const sides = [`${accounts * keysPerAccount} keys`, `${10 * keysPerAccount} keys`] as const;
  const starting = await startFigure(bench, many, few);
  const cold = await coldFigure(bench, many, few, sides);

  const manySide: Side = [many, (await start(bench, many)).gateway];
  const fewSide: Side = [few, (await start(bench, few)).gateway];
  // Use every key of the sample once, so that the cache is full.
  for (const [fleet, gateway] of [manySide, fewSide]) {
    await bench.load.run({
      ...chats(gateway, fleet.valuesFile, 60_000),
      mode: { kind: 'closed', ms: 60_000, requestsMax: 60_000 },
    });
  }
  const calls = await callFigures(bench, manySide, fewSide, sides);
  const wide = await wideFigure(bench, manySide);
  const peaks = [manySide, fewSide].map(([, gateway]) => gateway.child.peakBytes() / 1024 / 1024);
  const [manyPeak = Number.NaN, fewPeak = Number.NaN] = peaks;
  await Promise.all([manySide[1].child.stop(), fewSide[1].child.stop()]);
  const memory: Figure = {
    name: 'peak memory above that with 1,000 keys',
    value: manyPeak - fewPeak,
    unit: 'MB',
    bound: 150,
    detail: `${manyPeak.toFixed(0)} MB, ${fewPeak.toFixed(0)} MB after 60,000 requests`,
  };
  return [starting, memory, cold, ...calls, wide];
}

export const scaleScenario: Scenario = { name: 'scale', anyRelay: false, run: scale };
