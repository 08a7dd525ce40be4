/** Restarts the nodes of a cluster one after another behind a load balancer under load. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Fleet, type FleetNode, startFleet } from '../fleet/fleet.ts';
import { until } from '../support/until.ts';
import { type Balancer, type RunningBalancer, startBalancer } from './balancers.ts';
import { Load } from './load.ts';

export interface RestartPlan {
  readonly restarts: number;
  /** Lower bound of the number of requests. */
  readonly requests: number;
  readonly clients: number;
}

/** Time for a load balancer to notice that a node is back. */
const noticedMs = 3000;

const portOf = (node: FleetNode) => Number(new URL(node.gateway.url).port);

async function withBalancer<T>(
  balancer: Balancer,
  program: string,
  run: (fleet: Fleet, running: RunningBalancer) => Promise<T>,
): Promise<T> {
  // As in compose.yaml.
  const fleet = await startFleet({ nodes: 3, env: { HALLEY_SHUTDOWN_DELAY_MS: '5000' } });
  try {
    const running = await startBalancer(balancer, program, fleet.nodes.map(portOf));
    try {
      return await run(fleet, running);
    } finally {
      await running.stop();
    }
  } finally {
    await fleet.stop();
  }
}

/** @returns the load, which has ended */
export function restartsBehindBalancer(
  balancer: Balancer,
  program: string,
  plan: RestartPlan,
): Promise<Load> {
  return withBalancer(balancer, program, async (fleet, { url }) => {
    const { value } = await fleet.createKey();
    const load = new Load({ url, key: value, clients: plan.clients });
    for (let restart = 0; restart < plan.restarts; restart += 1) {
      const node = fleet.node(restart % fleet.nodes.length);
      const listen = `127.0.0.1:${portOf(node)}`;
      await node.stop();
      await node.start({ HALLEY_LISTEN: listen });
      await until(() => node.isReady());
      await sleep(noticedMs);
    }
    await load.reaches(plan.requests);
    await load.stop();
    return load;
  });
}
