/** Tests that nodes count money and requests together, exactly, even when a node fails. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf, type TestKey } from '../support/gateway.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { chatText, EndlessStream, nextAttempt } from './clients.ts';
import { askOnce, Connection, type Reply } from './connection.ts';
import type { Fleet, FleetNode } from './fleet.ts';

/** A further promise of a cluster. */
export interface Promised {
  readonly name: string;
  /**
   * @returns figures for people
   * @throws AssertionError when the promise is broken
   */
  run(fleet: Fleet): Promise<string>;
}

/** The price of a request for the model `by-request`. */
const unitsEach = 100;
const fitting = 137;
/** Less than the price of another request. */
const unitsMore = 50;

async function priceByRequest(fleet: Fleet): Promise<void> {
  const models = [{ id: 'by-request', input: '0', output: '0', per_request: '0.0002' }];
  dataOf(await fleet.node(0).gateway.call('PUT', '/api/price', { body: { models } }));
  const pricing = async ({ gateway }: FleetNode) =>
    JSON.stringify(dataOf(await gateway.call('GET', '/api/model/by-request')).pricing);
  const priced = await pricing(fleet.node(0));
  assert.match(priced, /0\.0002/);
  // The other nodes read the prices when they read the log.
  await until(async () => (await Promise.all(fleet.nodes.map(pricing))).every((each) => each === priced));
}

const limitedKey = (fleet: Fleet) =>
  fleet.createKey({ unlimited_quota: false, remain_quota: fitting * unitsEach + unitsMore });

/** Sends this many requests to each node at once, each on a new connection. Repeats after 503. */
async function burst(
  nodes: readonly FleetNode[],
  key: TestKey,
  perNode: number,
  fields: object = { model: 'by-request' },
): Promise<readonly Reply[]> {
  const connections = nodes.flatMap((node) =>
    Array.from({ length: perNode }, () => new Connection(node.gateway.url)),
  );
  // An overloaded node may lose its lease on a small machine. A client then repeats the request.
  const ask = async (connection: Connection, triesLeft = 20): Promise<Reply> => {
    const reply = await connection.ask(chatText(key.value, nextAttempt(), fields));
    if (reply.status !== 503 || triesLeft === 0) return reply;
    await sleep(200);
    return ask(connection, triesLeft - 1);
  };
  const replies = await Promise.all(connections.map((connection) => ask(connection)));
  for (const connection of connections) connection.close();
  return replies;
}

const whole = (replies: readonly Reply[]) =>
  replies.filter(({ status, isWhole }) => status === 200 && isWhole).length;

async function free(fleet: Fleet, key: TestKey) {
  const [row] = await fleet.query(`SELECT remain_quota, reserved FROM keys WHERE id = ${key.id}`);
  return { left: Number(row?.remain_quota), reserved: Number(row?.reserved) };
}

async function records(fleet: Fleet, key: TestKey): Promise<readonly number[]> {
  const rows = await fleet.query(`SELECT units FROM records WHERE key_id = ${key.id}`);
  return rows.map(({ units }) => Number(units));
}

/**
 * Polls a key's balance while `work` runs.
 * @returns the lowest remaining balance
 */
async function leastWhile(fleet: Fleet, key: TestKey, work: Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let isOver = false;
  const over = work.finally(() => {
    isOver = true;
  });
  do {
    const { left, reserved } = await free(fleet, key);
    least = Math.min(least, left - reserved);
    await sleep(10);
  } while (!isOver);
  await over;
  return least;
}

async function quotaShared(fleet: Fleet): Promise<string> {
  await priceByRequest(fleet);
  const key = await limitedKey(fleet);
  const perNode = Math.ceil(1000 / fleet.nodes.length);
  const sending = burst(fleet.nodes, key, perNode);
  const least = await leastWhile(fleet, key, sending);
  const replies = await sending;
  assert.ok(least >= 0, `less than nothing was free: ${least}`);
  const refused = replies.filter(({ status }) => status === 403).length;
  assert.deepEqual([whole(replies), refused], [fitting, replies.length - fitting]);
  assert.deepEqual(await free(fleet, key), { left: unitsMore, reserved: 0 });
  // A request that was reserved and then got 503, because its node lost the lease, has a record without a charge.
  const charged = (await records(fleet, key)).filter((units) => units > 0);
  assert.deepEqual(
    charged,
    Array.from({ length: fitting }, () => unitsEach),
  );
  return `${fitting} of ${replies.length} concurrent requests fitted and were served`;
}

async function quotaAndKill(fleet: Fleet): Promise<string> {
  await priceByRequest(fleet);
  const key = await limitedKey(fleet);
  const victim = fleet.node(fleet.nodes.length - 1);
  const others = fleet.nodes.filter((node) => node !== victim);
  fleet.upstream.delayMs = 100;
  let first: readonly Reply[] = [];
  try {
    const before = fleet.upstream.answered;
    const sending = burst(fleet.nodes, key, 25).then((replies) => {
      first = replies;
    });
    const killing = until(() => fleet.upstream.answered >= before + 20, 1).then(() => victim.kill());
    const least = await leastWhile(fleet, key, Promise.all([sending, killing]));
    assert.ok(least >= 0, `less than nothing was free: ${least}`);
  } finally {
    fleet.upstream.delayMs = 0;
  }
  const broken = first.length - whole(first);
  assert.ok(broken > 0 && whole(first) > 0, `the kill came at no good time: ${whole(first)} whole`);
  assert.ok((await records(fleet, key)).length >= whole(first), 'a whole answer without a record');
  // The restarted node releases the reservations of its requests.
  await fleet.settle();
  const charged = await records(fleet, key);
  const { left, reserved } = await free(fleet, key);
  const spent = charged.reduce((sum, units) => sum + units, 0);
  assert.deepEqual([left, reserved], [fitting * unitsEach + unitsMore - spent, 0]);
  const rest = whole(await burst(others, key, 60));
  assert.equal(rest, Math.floor(left / unitsEach), 'the rest was not served exactly');
  return `${whole(first)} whole answers, ${broken} broken by the kill, ${charged.length} records, then ${rest} more`;
}

async function limitsOfAMinute(fleet: Fleet): Promise<string> {
  const limit = 60;
  const key = await fleet.createKey({ rpm_limit: limit });
  const replies = await burst(fleet.nodes, key, 50, {});
  const refused = replies.filter(({ status }) => status === 429).length;
  assert.deepEqual([whole(replies), refused], [limit, replies.length - limit]);
  return `${limit} of ${replies.length} concurrent requests were within the limit and served`;
}

/** Aborts streams on every node with an error, and charges them, before the deletion is confirmed. */
async function streamsElsewhere(fleet: Fleet): Promise<string> {
  const key = await fleet.createKey();
  const streams = fleet.nodes.flatMap((node) => [1, 2, 3].map(() => new EndlessStream(node, key.value)));
  try {
    await until(() => streams.every(({ newestPiece }) => newestPiece > 0));
    const asked = { method: 'DELETE', path: `/api/token/${key.id}`, credential: fleet.token };
    const reply = await askOnce(fleet.node(0).gateway.url, asked);
    // Already charged, without waiting.
    const charged = await records(fleet, key);
    assert.match(reply.body, /^\{"success":true/);
    assert.equal(charged.length, streams.length);
    assert.ok(
      nonEmpty(charged).every((units) => units > 0),
      'a stream was free',
    );
    await until(() => streams.every(({ isOver }) => isOver));
    for (const { ending, newestPiece } of maybeEmpty(streams)) {
      assert.equal(ending, 'key_revoked');
      assert.ok(newestPiece <= reply.at, 'a piece was passed on after the answer');
    }
    return `${streams.length} streams ended and charged`;
  } finally {
    for (const stream of streams) stream.close();
  }
}

export const promisesOfMoney: readonly Promised[] = [
  { name: 'streams on other nodes are ended and charged before DELETE answers', run: streamsElsewhere },
  { name: 'what fits into a quota is served on all nodes together, exactly', run: quotaShared },
  { name: 'a node killed in the middle costs a quota nothing, and nothing is lost', run: quotaAndKill },
  { name: 'a limit of a minute holds on all nodes together, exactly', run: limitsOfAMinute },
];
