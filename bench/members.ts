/**
 * Simulated nodes of a fleet: each has the coordination of a real node, and nothing to serve. Started by the scenario
 * `members` with the url of the database, the number of nodes and the lease.
 */
import { randomUUID } from 'node:crypto';
import { systemClock as clock } from '../src/platform/clock.ts';
import { ClusterNode } from '../src/revocation/cluster-node.ts';
import { NodeHandlers } from '../src/revocation/node-handlers.ts';
import { PostgresCoordination } from '../src/store/postgres/coordination.ts';

const nothing = { found: 0, ended: 0 };
const ignore = () => undefined;

/** A node that holds no key and no request. */
function idleHandlers(): NodeHandlers {
  return new NodeHandlers({
    access: {
      evict: ignore,
      enforce: async () => nothing,
      forget: ignore,
      endAll: async () => undefined,
      lastAdmission: () => ({ at: null, knownSince: 0 }),
      running: () => ({ running: 0, sockets: 0 }),
    },
    ledger: { flush: async () => undefined },
    channels: { ask: ignore },
    prices: { ask: ignore },
    restores: { ask: ignore },
    protection: { noteChange: ignore },
  });
}

export interface SimulatedNode {
  readonly node: ClusterNode;
  stop(): Promise<void>;
}

/** Joins the fleet. */
export async function joinNode(url: string, leaseMs: number, name: string): Promise<SimulatedNode> {
  const coordinationMs = Math.floor(leaseMs / 4);
  const coordination = new PostgresCoordination(
    {
      url,
      poolMax: 3,
      statementMs: coordinationMs / 2,
      answerMs: coordinationMs / 2,
      connectMs: 10_000,
      applicationName: 'simulated node',
    },
    clock,
  );
  let fences = 0;
  const node = new ClusterNode({
    coordination,
    clock,
    identity: { nodeId: name, processId: randomUUID(), name, version: 'simulated' },
    leaseMs,
    events: {
      onPassed: ignore,
      onEnding: ignore,
      onFenced: () => {
        fences += 1;
        process.send?.({ fences });
      },
      onServing: ignore,
      onFailure: ignore,
    },
  });
  await node.start(idleHandlers());
  return {
    node,
    async stop() {
      await node.stop();
      await coordination.close();
    },
  };
}

async function main([url = '', count = '0', leaseMs = '0']: readonly string[]): Promise<void> {
  const members: SimulatedNode[] = [];
  for (let index = 0; index < Number(count); index += 1) {
    members.push(await joinNode(url, Number(leaseMs), `member ${process.pid}-${index}`));
  }
  process.send?.({ joined: members.length });
  process.once('SIGTERM', async () => {
    await Promise.all(members.map((member) => member.stop()));
    process.exit();
  });
}

if (process.argv[1] === import.meta.filename) await main(process.argv.slice(2));
