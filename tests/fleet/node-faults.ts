/**
 * Faults of one node, or of its connection to the database: each is a row of the table of failures in
 * docs/explanation/revocation.md.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { maybeEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import type { Way } from './proxy.ts';
import { type RaceResult, race } from './race.ts';

/** A fault for the race. */
export interface Fault {
  readonly name: string;
  /** @throws AssertionError when a promise was broken */
  run(fleet: Fleet): Promise<RaceResult>;
}

/** Change of the wall clock in milliseconds: longer than any lease. */
const stepMs = 600_000;

const pollMs = 100;

/** Safety margin of the lease for clock drift, between its holder and a node that waits for its end. */
const drift = 1.01;

/** Asserts that every node acknowledged, so that no lease had to expire. */
function requireAcknowledged(result: RaceResult): RaceResult {
  if (result.stalled) return result;
  for (const { silent } of maybeEmpty(result.waited)) assert.equal(silent, 0, JSON.stringify(result.waited));
  return result;
}

/**
 * Asserts that one node did not acknowledge: success came when its lease had expired, not earlier and not much
 * later. The node that waits longest expels it, which may end the waits of others. They count it among the nodes
 * that left.
 */
function requireWaited(result: RaceResult, { leaseMs }: Fleet): RaceResult {
  if (result.stalled) return result;
  const shown = JSON.stringify(result.waited);
  for (const { silent, waitedMs } of maybeEmpty(result.waited)) {
    const least = silent === 1 ? leaseMs * drift : leaseMs / 4;
    assert.ok(waitedMs >= least, `confirmed early: ${shown}`);
    assert.ok(waitedMs <= leaseMs * drift + pollMs + 1000, `confirmed late: ${shown}`);
  }
  assert.ok(
    result.waited.some(({ silent }) => silent === 1),
    `nobody waited: ${shown}`,
  );
  assert.ok(result.servedMeanwhile > 0, 'nobody was served meanwhile');
  return result;
}

/** The fault hits the last node; the first and the second one receive the revocations. */
async function afflicted(
  fleet: Fleet,
  afflict: (node: FleetNode) => Promise<unknown> | unknown,
  heal: (node: FleetNode) => Promise<unknown> | unknown = () => undefined,
): Promise<RaceResult> {
  const node = fleet.node(fleet.nodes.length - 1);
  return race(fleet, {
    through: fleet.node(0),
    otherwise: fleet.node(1),
    healthy: fleet.nodes.filter((each) => each !== node),
    afflict: () => afflict(node),
    heal: () => heal(node),
  });
}

async function onTheWay(fleet: Fleet, way: Way): Promise<RaceResult> {
  return requireWaited(await afflicted(fleet, (node) => node.proxy.set(way)), fleet);
}

async function withoutHints(fleet: Fleet, way: Way): Promise<RaceResult> {
  const afflict = () => {
    for (const { proxy } of fleet.nodes) proxy.setListening(way);
  };
  const [through, otherwise] = [fleet.node(0), fleet.node(1)];
  return requireAcknowledged(await race(fleet, { through, otherwise, healthy: fleet.nodes, afflict }));
}

/** The machine sleeps: no time passes for the process, but its wall clock is different afterwards. */
async function suspended(fleet: Fleet): Promise<RaceResult> {
  const lagFile = (node: FleetNode) => join(node.dir, 'lag');
  let sleptAt = 0;
  const result = await afflicted(
    fleet,
    async (node) => {
      writeFileSync(lagFile(node), '0');
      await node.order({ monotonicLagFile: lagFile(node) });
      sleptAt = performance.now();
      node.pause();
    },
    (node) => {
      writeFileSync(lagFile(node), String(performance.now() - sleptAt));
      node.resume();
    },
  );
  await fleet.node(fleet.nodes.length - 1).kill();
  return requireWaited(result, fleet);
}

async function stalled(fleet: Fleet): Promise<RaceResult> {
  let stall: Promise<unknown> | undefined;
  const afflict = async (node: FleetNode) => {
    stall = node.order({ stall: 2 * fleet.leaseMs });
    await sleep(50);
  };
  return requireWaited(await afflicted(fleet, afflict, () => stall), fleet);
}

async function pausedShortly(fleet: Fleet): Promise<RaceResult> {
  const node = fleet.node(fleet.nodes.length - 1);
  const [through, otherwise] = [fleet.node(0), fleet.node(1)];
  const afflict = () => {
    node.pause();
    setTimeout(() => node.resume(), fleet.leaseMs / 5);
  };
  return requireAcknowledged(await race(fleet, { through, otherwise, healthy: fleet.nodes, afflict }));
}

async function delayedSlightly(fleet: Fleet): Promise<RaceResult> {
  const [through, otherwise] = [fleet.node(0), fleet.node(1)];
  const afflict = () => fleet.node(fleet.nodes.length - 1).proxy.set(20);
  return requireAcknowledged(await race(fleet, { through, otherwise, healthy: fleet.nodes, afflict }));
}

async function clockBackAndCutOff(fleet: Fleet): Promise<RaceResult> {
  const afflict = async (node: FleetNode) => {
    await node.order({ wall: -stepMs });
    node.proxy.set('swallow');
  };
  return requireWaited(await afflicted(fleet, afflict, (node) => node.order({ wall: 0 })), fleet);
}

async function startedMeanwhile(fleet: Fleet): Promise<RaceResult> {
  const node = fleet.node(fleet.nodes.length - 1);
  await node.stop();
  const registered = async () =>
    (await fleet.query(`SELECT 1 FROM nodes WHERE name = 'node${node.index}' AND state = 'active'`)).length >
    0;
  return race(fleet, {
    through: fleet.node(0),
    otherwise: fleet.node(1),
    healthy: fleet.running,
    async afflict() {
      // The end of the test checks whether it has started.
      node.start().catch(() => undefined);
      await until(registered, 2);
    },
  });
}

export const nodeFaults: readonly Fault[] = [
  {
    name: 'without a fault',
    async run(fleet) {
      const [through, otherwise] = [fleet.node(0), fleet.node(1)];
      return requireAcknowledged(await race(fleet, { through, otherwise, healthy: fleet.nodes }));
    },
  },
  {
    name: 'a node crashed',
    run: async (fleet) => requireWaited(await afflicted(fleet, (node) => node.kill()), fleet),
  },
  { name: 'a node cut off from the database by resets', run: (fleet) => onTheWay(fleet, 'cut') },
  {
    name: 'a node cut off by a network that swallows everything',
    run: (fleet) => onTheWay(fleet, 'swallow'),
  },
  {
    name: 'a node cut off by a network that brings everything later',
    run: (fleet) => onTheWay(fleet, 'hold'),
  },
  { name: 'a node that hears no answers of the database', run: (fleet) => onTheWay(fleet, 'mute') },
  { name: 'a node on a slow way to the database', run: delayedSlightly },
  { name: 'a node on a way too slow for its lease', run: (fleet) => onTheWay(fleet, fleet.leaseMs) },
  { name: 'NOTIFY lost, since nobody can listen', run: (fleet) => withoutHints(fleet, 'cut') },
  { name: 'NOTIFY lost without a word', run: (fleet) => withoutHints(fleet, 'swallow') },
  { name: 'a node stopped (SIGSTOP) for less than the lease', run: pausedShortly },
  {
    name: 'a node stopped (SIGSTOP) for longer than the lease',
    run: async (fleet) =>
      requireWaited(
        await afflicted(
          fleet,
          (node) => node.pause(),
          (node) => node.resume(),
        ),
        fleet,
      ),
  },
  { name: 'a node whose event loop stands still for longer than the lease', run: stalled },
  { name: 'a node whose machine was suspended: only its wall clock tells', run: suspended },
  {
    name: 'the wall clock of a node set forward, and back again',
    run: (fleet) =>
      afflicted(
        fleet,
        (node) => node.order({ wall: stepMs }),
        (node) => node.order({ wall: 0 }),
      ),
  },
  { name: 'the wall clock of a node set back, and the node cut off', run: clockBackAndCutOff },
  { name: 'a node started during the revocation', run: startedMeanwhile },
];
