/** Replaces all nodes one by one behind a load balancer without a failed request. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { chatText, nextAttempt } from './clients.ts';
import { Connection, type Reply } from './connection.ts';
import type { Fleet, FleetNode } from './fleet.ts';

const clients = 8;
const triesMax = 8;

/** Sends each request to the next node that is ready, and to another one if that node refuses it. */
class Balancer {
  readonly #fleet: Fleet;
  #ready: readonly FleetNode[];
  #turn = 0;
  readonly #looking: Promise<void>;
  #stopped = false;
  retries = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#ready = fleet.nodes;
    this.#looking = this.#look();
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      const looks = this.#fleet.nodes.map(async (node) =>
        (await node.isReady().catch(() => false)) ? [node] : [],
      );
      this.#ready = (await Promise.all(looks)).flat();
      await sleep(100);
    }
  }

  /** @param connections of one client */
  async send(text: string, connections: Map<string, Connection>): Promise<Reply> {
    for (let tries = 1; ; tries += 1) {
      this.#turn += 1;
      const node = this.#ready[this.#turn % this.#ready.length];
      const reply = node?.url === undefined ? undefined : await this.#ask(node.url, text, connections);
      // A request without a status was not processed. After a broken response, a request must not be repeated.
      const wasTaken = reply && reply.status !== 0 && reply.status !== 503;
      if (wasTaken || (reply && tries >= triesMax)) return reply;
      this.retries += 1;
      await sleep(20);
    }
  }

  #ask(url: string, text: string, connections: Map<string, Connection>): Promise<Reply> {
    const known = connections.get(url);
    const connection = known?.isOpen ? known : new Connection(url);
    connections.set(url, connection);
    return connection.ask(text);
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return this.#looking;
  }
}

export interface Replacement {
  /** Settings of the new processes, beside those of the old ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs after each node is back, while requests go on. */
  readonly afterEach?: (node: FleetNode) => Promise<void>;
}

/**
 * @param count number of nodes
 * @returns figures for people
 * @throws AssertionError when a request failed
 */
export async function rollingRestart(
  fleet: Fleet,
  count: number,
  { env, afterEach }: Replacement = {},
): Promise<string> {
  const key = await fleet.createKey();
  const balancer = new Balancer(fleet);
  const failures: Reply[] = [];
  let served = 0;
  let isOver = false;
  const client = async () => {
    const connections = new Map<string, Connection>();
    while (!isOver) {
      const reply = await balancer.send(chatText(key.value, nextAttempt()), connections);
      if (reply.status === 200 && reply.isWhole) served += 1;
      else failures.push(reply);
      await sleep(5);
    }
    for (const connection of connections.values()) connection.close();
  };
  // Ensures that requests are in flight whenever a node stops.
  fleet.upstream.delayMs = 30;
  const running = Array.from({ length: clients }, client);
  try {
    for (const node of fleet.nodes.slice(0, count)) {
      await node.stop();
      await node.start(env);
      await until(() => node.isReady());
      await afterEach?.(node);
    }
  } finally {
    isOver = true;
    fleet.upstream.delayMs = 0;
    await Promise.all(running);
    await balancer.stop();
  }
  assert.deepEqual(failures.slice(0, 3), [], `${failures.length} failed, ${served} did not`);
  assert.ok(served > 100, 'there was no load');
  return `${served} requests served, none failed, ${balancer.retries} sent again`;
}
