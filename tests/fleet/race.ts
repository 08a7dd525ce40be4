/**
 * The race that every fault must pass: on all nodes, clients use four rights while all four are revoked at once,
 * and streams run. A fifth right, which is not revoked, shows that service continues.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { type ConfirmedRevocation, judge, type Verdict } from './checker.ts';
import { EndlessStream, Hammer } from './clients.ts';
import { type Asked, askOnce, type Reply } from './connection.ts';
import { type Contest, control, prepareContest, restoring, revoking } from './contest.ts';
import type { Fleet, FleetNode } from './fleet.ts';

export interface RaceOptions {
  /** The node that receives the deletion. The other revocations go to `otherwise` if given, else to the same node. */
  readonly through: FleetNode;
  readonly otherwise?: FleetNode;
  /** Race only the deletion instead of all revocations. */
  readonly deletionAlone?: boolean;
  /** Nodes that must serve requests all the time. */
  readonly healthy: readonly FleetNode[];
  /** Injects the fault after everything is running. */
  readonly afflict?: (race: Running) => Promise<unknown> | unknown;
  /** Ends the fault after everything is confirmed. */
  readonly heal?: () => Promise<unknown> | unknown;
  /** Revocations that are not confirmed are repeated on this node after `relent` has resolved. */
  readonly again?: FleetNode;
  readonly relent?: (race: Running) => Promise<unknown> | unknown;
}

/** What a confirmed revocation waited for, from its response header. */
export interface Waited {
  readonly nodes: number;
  readonly silent: number;
  readonly waitedMs: number;
}

export interface RaceResult extends Verdict {
  /** The deletion first. */
  readonly waited: readonly Waited[];
  /** Requests of other keys that healthy nodes served while the revocations waited. */
  readonly servedMeanwhile: number;
  /** Milliseconds from the first byte of the deletion to the last byte of its response. */
  readonly deleteMs: number;
  /** Responses without a confirmation. */
  readonly unconfirmed: readonly Reply[];
  /** Whether a healthy node stood still, or its database. Durations are meaningless then. */
  readonly stalled: boolean;
}

/** The revoked rights, each with the status of the refusal. */
const refusals: ReadonlyMap<string, number> = new Map([
  ['deleted', 401],
  ['disabled', 401],
  ['narrowed', 403],
  ['account', 403],
]);

/** What a fault may use while the race runs. */
export interface Running {
  readonly hammer: Hammer;
  readonly deletedKeyId: number;
}

/** @throws AssertionError when the response is not a success */
export function waitedOf(reply: Reply): Waited {
  assert.match(reply.body, /^\{"success":true/, `${reply.status} ${reply.body}`);
  const header = /\nx-halley-revocation: nodes=(\d+); silent=(\d+); waited_ms=(\d+)/i.exec(reply.head);
  assert.ok(header, `no x-halley-revocation in ${reply.head}`);
  const [nodes = 0, silent = 0, waitedMs = 0] = header.slice(1).map(Number);
  return { nodes, silent, waitedMs };
}

/**
 * Runs the race.
 * @throws AssertionError when a promise was broken
 */
export async function race(fleet: Fleet, options: RaceOptions): Promise<RaceResult> {
  const contest = await prepareContest(fleet);
  const stallsBefore = stalls(options.healthy);
  const { keys, ids } = contest;
  const hammer = new Hammer(fleet, { keys });
  const streams: EndlessStream[] = [];
  try {
    await untilAll(fleet.running, hammer, keys.keys(), 200);
    await openStreams(streams, fleet.running, keys.get('deleted') ?? '');
    const running = { hammer, deletedKeyId: ids.get('deleted') ?? 0 };
    await options.afflict?.(running);
    const beganAt = performance.now();
    const { confirmed, unconfirmed } = await revokeAll(fleet, contest, options, running);
    await sleep(40);
    await options.heal?.();
    await fleet.settle();
    // Every node must have received requests after the fault ended.
    const healedAt = performance.now();
    await untilRefused(fleet, hammer, confirmed.keys(), healedAt);
    await untilAll(fleet.nodes, hammer, [control], 200, healedAt);
    const revocations = await giveBack(fleet, contest, hammer, confirmed);
    await hammer.stop();
    const verdict = judge(hammer.attempts, revocations, fleet.upstream.reached);
    assert.deepEqual(verdict.violations, []);
    const stalled = stalls(options.healthy) > stallsBefore;
    const deletedAt = confirmed.get('deleted')?.at ?? 0;
    checkStreams(streams, deletedAt, stalled ? [] : options.healthy);
    if (!stalled) checkService(hammer, options.healthy);
    return {
      ...verdict,
      waited: [...confirmed.values()].filter(({ body }) => !body.includes('"no_such_record"')).map(waitedOf),
      servedMeanwhile: servedBetween(hammer, options.healthy, beganAt, deletedAt),
      deleteMs: deletedAt - beganAt,
      unconfirmed,
      stalled,
    };
  } finally {
    await hammer.stop();
    for (const stream of streams) stream.close();
  }
}

/** Opens one stream on each node. Retries if the node lost its lease before the first output. */
async function openStreams(
  streams: EndlessStream[],
  nodes: readonly FleetNode[],
  key: string,
): Promise<void> {
  for (const node of nodes) streams.push(new EndlessStream(node, key));
  await until(() => {
    for (const [index, stream] of streams.entries()) {
      if (stream.isOver) streams[index] = new EndlessStream(stream.node, key);
    }
    return streams.every(({ newestPiece, isOver }) => newestPiece > 0 && !isOver);
  });
}

/** Sends all revocations at once, and repeats those that were not confirmed. */
async function revokeAll(
  fleet: Fleet,
  contest: Contest,
  { through, otherwise = through, again, relent, deletionAlone }: RaceOptions,
  running: Running,
) {
  const unconfirmed: Reply[] = [];
  let relenting: Promise<unknown> | undefined;
  const confirm = async (node: FleetNode, asked: Asked): Promise<Reply> => {
    const reply = await askOnce(node.gateway.url, asked);
    if (!again || reply.body.startsWith('{"success":true')) return reply;
    // A later change has confirmed this one as well.
    if (!deletionAlone && node === again && reply.body.includes('"no_such_record"')) return reply;
    unconfirmed.push(reply);
    assert.ok(reply.status === 0 || reply.status === 503, `${reply.status} ${reply.body}`);
    if (reply.status === 503) assert.match(reply.body, /^\{"success":false,.*confirmed/);
    relenting ??= Promise.resolve(relent?.(running));
    await relenting;
    await sleep(50);
    return confirm(again, asked);
  };
  const replies = await Promise.all(
    [...revoking(contest, fleet.token)]
      .slice(0, deletionAlone ? 1 : undefined)
      .map(async ([right, asked]) => {
        const reply = await confirm(right === 'deleted' ? through : otherwise, asked);
        running.hammer.volley(right);
        return [right, reply] as const;
      }),
  );
  return { confirmed: new Map(replies), unconfirmed };
}

function stalls(nodes: readonly FleetNode[]): number {
  return nodes.reduce((sum, node) => sum + node.stalls, 0);
}

/** Resolves when on each node an attempt with each right that began later had this status. */
export async function untilAll(
  nodes: readonly FleetNode[],
  hammer: Hammer,
  rights: Iterable<string>,
  status: number,
  since = 0,
): Promise<void> {
  for (const right of rights) {
    for (const node of nodes) await until(() => hammer.count(node, right, status, since) > 0, 5);
  }
}

/**
 * Resolves when every node has refused every right.
 * @throws AssertionError when a node admits one
 */
async function untilRefused(
  { nodes }: Fleet,
  hammer: Hammer,
  rights: Iterable<string>,
  since: number,
): Promise<void> {
  for (const right of nonEmpty(rights)) {
    for (const node of nonEmpty(nodes)) {
      await until(() => {
        const admitted = hammer.count(node, right, 200, since);
        assert.equal(admitted, 0, `node ${node.index} admits ${right} although its revocation was confirmed`);
        return hammer.count(node, right, refusals.get(right) ?? 0, since) > 0;
      }, 5);
    }
  }
}

/** Enables the disabled key and the account again, and waits until all nodes admit both. */
async function giveBack(
  fleet: Fleet,
  contest: Contest,
  hammer: Hammer,
  confirmed: ReadonlyMap<string, Reply>,
): Promise<readonly ConfirmedRevocation[]> {
  const restored = performance.now();
  const { url } = fleet.node(fleet.nodes.length - 1).gateway;
  const givenBack = restoring(contest, fleet.token);
  for (const asked of givenBack.values()) waitedOf(await askOnce(url, asked));
  await untilAll(fleet.nodes, hammer, givenBack.keys(), 200, performance.now());
  return [...confirmed].map(([right, { at: returned }]) => ({
    right,
    returned,
    restored: givenBack.has(right) ? restored : Number.POSITIVE_INFINITY,
  }));
}

/**
 * No client may receive anything that the upstream sent after the deletion was confirmed: a gateway can only have
 * forwarded it later. So data in transit needs no tolerance.
 */
function checkStreams(
  streams: readonly EndlessStream[],
  confirmedAt: number,
  healthy: readonly FleetNode[],
): void {
  for (const stream of maybeEmpty(streams)) {
    const { node, newestPiece } = stream;
    const late = newestPiece - confirmedAt;
    assert.ok(late <= 0, `node ${node.index} passed on what came ${late.toFixed(2)} ms after the answer`);
    if (!healthy.includes(node)) continue;
    assert.ok(stream.isOver, `the stream on node ${node.index} goes on`);
    assert.equal(stream.ending, 'key_revoked', `the stream on node ${node.index}`);
  }
}

const isOn = (nodes: readonly FleetNode[], node: number) => nodes.some(({ index }) => index === node);

function checkService(hammer: Hammer, healthy: readonly FleetNode[]): void {
  const unserved = hammer.attempts.filter(
    ({ right, node, status, returned }) =>
      right === control && status !== 200 && Number.isFinite(returned) && isOn(healthy, node),
  );
  assert.deepEqual(unserved.slice(0, 3), [], 'a healthy node did not serve what was not concerned');
}

function servedBetween(hammer: Hammer, healthy: readonly FleetNode[], from: number, to: number): number {
  return hammer.attempts.filter(
    ({ right, node, invoked, returned, status }) =>
      right === control && status === 200 && isOn(healthy, node) && invoked >= from && returned <= to,
  ).length;
}
