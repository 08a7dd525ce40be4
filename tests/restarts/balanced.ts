/** Restarts the nodes of a cluster one after another, and stops one, behind a load balancer under load. */
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

export interface StoppedNode {
  readonly sent: number;
  /** Requests with an error response. */
  readonly failed: number;
  /** Requests without a response for longer than `hangingMs` at the end, and when the last of them was sent. */
  readonly hanging: number;
  readonly lastHangingMs: number;
  /** Longest wait for a response in milliseconds. */
  readonly longestMs: number;
}

const hangingMs = 4000;

/** Sends requests from each client, while one of three nodes is stopped (SIGSTOP) for `ms` milliseconds. */
function stoppedBehindBalancer(balancer: Balancer, program: string, ms: number): Promise<StoppedNode> {
  return withBalancer(balancer, program, async (fleet, { url }) => {
    const { value } = await fleet.createKey();
    const seen = { sent: 0, failed: 0, longestMs: 0 };
    const waiting = new Set<number>();
    const ask = async () => {
      const beganAt = performance.now();
      seen.sent += 1;
      waiting.add(beganAt);
      const body = JSON.stringify({ model: 'test-model', messages: [{ role: 'user', content: 'hi' }] });
      const headers = { authorization: `Bearer ${value}`, 'content-type': 'application/json' };
      const sent = fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body });
      const isOk = await sent.then(
        ({ ok }) => ok,
        () => false,
      );
      waiting.delete(beganAt);
      if (!isOk) seen.failed += 1;
      seen.longestMs = Math.max(seen.longestMs, performance.now() - beganAt);
    };
    const beganAt = performance.now();
    fleet.node(1).pause();
    const asked: Promise<void>[] = [];
    const end = performance.now() + ms;
    while (performance.now() < end) {
      asked.push(ask());
      await sleep(50);
    }
    const now = performance.now();
    const hanging = [...waiting].filter((at) => now - at > hangingMs);
    const picture = { ...seen, hanging: hanging.length, lastHangingMs: Math.max(0, ...hanging) };
    if (hanging.length > 0) picture.lastHangingMs -= beganAt;
    fleet.node(1).resume();
    await Promise.all(asked);
    return picture;
  });
}
