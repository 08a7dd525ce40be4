/**
 * The race that every fault is put to: on all nodes, clients use four rights while all four are withdrawn at once,
 * streams run on each, and a fifth right, which nobody withdraws, shows that service goes on.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAccount, type TestAccount } from '../support/accounts.ts';
import { until } from '../support/until.ts';
import { judge, type Verdict, type Withdrawal } from './checker.ts';
import { EndlessStream, Hammer } from './clients.ts';
import { type Asked, askOnce, type Reply } from './connection.ts';
import type { Fleet, FleetNode } from './fleet.ts';

export interface RaceOptions {
  /** The node that is asked for the deletion; the other withdrawals go to `otherwise`, or to it as well. */
  readonly through: FleetNode;
  readonly otherwise?: FleetNode;
  /** Nodes that are to answer as ever, all the time. */
  readonly healthy: readonly FleetNode[];
  /** Brings the fault about, once everything runs. */
  readonly afflict?: (race: Running) => Promise<void> | void;
  /** Ends it, once everything is confirmed. */
  readonly heal?: () => Promise<void> | void;
}

/** What a confirmed withdrawal waited for, by its header. */
export interface Waited {
  readonly nodes: number;
  readonly silent: number;
  readonly waitedMs: number;
}

export interface RaceResult extends Verdict {
  /** Of the deletion first. */
  readonly waited: readonly [Waited, ...Waited[]];
  /** Requests of others that healthy nodes served while the withdrawals waited. */
  readonly servedMeanwhile: number;
  /** Milliseconds from the deletion's first byte to its last. */
  readonly deleteMs: number;
  /** Whether a healthy node lost its lease: the machine stood still, and nothing can be said of how long things took. */
  readonly stalled: boolean;
}

/** What a fault may look at while the race runs. */
export interface Running {
  readonly hammer: Hammer;
  readonly deletedKeyId: number;
}

const control = 'control';

/** Of each fleet, an account to be disabled again and again. */
const accounts = new WeakMap<Fleet, Promise<TestAccount>>();

interface Contest {
  readonly keys: ReadonlyMap<string, string>;
  readonly ids: ReadonlyMap<string, number>;
  readonly account: TestAccount;
}

async function prepare(fleet: Fleet): Promise<Contest> {
  const known = accounts.get(fleet) ?? createAccount(fleet.node(0).gateway, 'somebody');
  accounts.set(fleet, known);
  const account = await known;
  fleet.secret(account.token);
  const keys = new Map<string, string>();
  const ids = new Map<string, number>();
  for (const right of ['deleted', 'disabled', 'narrowed', control]) {
    const { id, value } = await fleet.createKey();
    keys.set(right, value);
    ids.set(right, id);
  }
  const body = { name: 'theirs', unlimited_quota: true };
  const url = fleet.node(0).gateway.url;
  const made = await askOnce(url, { method: 'POST', path: '/api/token/', credential: account.token, body });
  const { data } = JSON.parse(made.body) as { data: { id: number; key: string } };
  fleet.secret(data.key);
  keys.set('account', data.key);
  ids.set('account', data.id);
  return { keys, ids, account };
}

/** The call that withdraws each right, by its name. */
function calls({ ids, account }: Contest, token: string): ReadonlyMap<string, Asked> {
  const put = (right: string, fields: object): Asked => ({
    method: 'PUT',
    path: '/api/token/',
    credential: token,
    body: { id: ids.get(right), ...fields },
  });
  return new Map([
    ['deleted', { method: 'DELETE', path: `/api/token/${ids.get('deleted')}`, credential: token }],
    ['disabled', put('disabled', { status: 2 })],
    ['narrowed', put('narrowed', { model_limits_enabled: true, model_limits: 'other-model' })],
    ['account', manage(account.id, 'disable', token)],
  ]);
}

function manage(id: number, action: 'enable' | 'disable', credential: string): Asked {
  return { method: 'POST', path: '/api/user/manage', credential, body: { id, action } };
}

/** @throws AssertionError when the answer is not success */
export function waitedOf(reply: Reply): Waited {
  assert.match(reply.body, /^\{"success":true/, `${reply.status} ${reply.body}`);
  const header = /\nx-halley-revocation: nodes=(\d+); silent=(\d+); waited_ms=(\d+)/i.exec(reply.head);
  assert.ok(header, `no x-halley-revocation in ${reply.head}`);
  const [nodes = 0, silent = 0, waitedMs = 0] = header.slice(1).map(Number);
  return { nodes, silent, waitedMs };
}

/** Runs the race. @throws AssertionError when a promise was broken */
export async function race(fleet: Fleet, options: RaceOptions): Promise<RaceResult> {
  const { through, otherwise = through, healthy } = options;
  const contest = await prepare(fleet);
  const hammer = new Hammer(fleet, { keys: contest.keys });
  const streams = fleet.running.map((node) => new EndlessStream(node, contest.keys.get('deleted') ?? ''));
  try {
    await untilAll(fleet.running, hammer, contest.keys.keys(), 200);
    await until(() => streams.every(({ newestPiece }) => newestPiece > 0));
    const lapsesBefore = lapses(healthy);
    await options.afflict?.({ hammer, deletedKeyId: contest.ids.get('deleted') ?? 0 });
    const beganAt = performance.now();
    const replies = await Promise.all(
      [...calls(contest, fleet.token)].map(async ([right, asked]) => {
        const { url } = (right === 'deleted' ? through : otherwise).gateway;
        return [right, await askOnce(url, asked)] as const;
      }),
    );
    const waited = replies.map(([, reply]) => waitedOf(reply)) as [Waited, ...Waited[]];
    const confirmedAt = Math.max(...replies.map(([, reply]) => reply.at));
    await sleep(40);
    await options.heal?.();
    await fleet.settle();
    // Every node must have been asked once it was well again.
    const healedAt = performance.now();
    await untilAll(fleet.nodes, hammer, ['deleted', 'disabled'], 401, healedAt);
    await untilAll(fleet.nodes, hammer, ['narrowed', 'account'], 403, healedAt);
    await untilAll(fleet.nodes, hammer, [control], 200, healedAt);
    const withdrawals = await giveBack(fleet, contest, hammer, replies);
    await hammer.stop();
    checkStreams(streams, replies[0]?.[1].at ?? 0, healthy);
    const verdict = judge(hammer.attempts, withdrawals, fleet.upstream.reached);
    assert.deepEqual(verdict.violations, []);
    const stalled = lapses(healthy) > lapsesBefore;
    const meanwhile = hammer.attempts.filter(
      ({ right, node, invoked, returned }) =>
        right === control &&
        healthy.some(({ index }) => index === node) &&
        invoked >= beganAt &&
        returned <= confirmedAt,
    );
    const unserved = hammer.attempts.filter(
      ({ right, node, status, returned }) =>
        right === control &&
        status !== 200 &&
        Number.isFinite(returned) &&
        healthy.some(({ index }) => index === node),
    );
    if (!stalled)
      assert.deepEqual(
        unserved.slice(0, 3),
        [],
        'a healthy node did not serve what has nothing to do with it',
      );
    return {
      ...verdict,
      waited,
      servedMeanwhile: meanwhile.length,
      stalled,
      deleteMs: (replies[0]?.[1].at ?? 0) - beganAt,
    };
  } finally {
    await hammer.stop();
    for (const stream of streams) stream.close();
  }
}

function lapses(nodes: readonly FleetNode[]): number {
  return nodes.reduce(
    (sum, { gateway }) => sum + gateway.output().split('the lease has lapsed').length - 1,
    0,
  );
}

/** Resolves when on each node an attempt on each right, begun since, has had this answer. */
async function untilAll(
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

/** Enables the disabled key and the account again; both are admitted everywhere after that. */
async function giveBack(
  fleet: Fleet,
  { ids, account }: Contest,
  hammer: Hammer,
  replies: readonly (readonly [right: string, reply: Reply])[],
): Promise<readonly Withdrawal[]> {
  const restored = performance.now();
  const { url } = fleet.node(fleet.nodes.length - 1).gateway;
  const body = { id: ids.get('disabled'), status: 1 };
  const enabling: Asked = { method: 'PUT', path: '/api/token/', credential: fleet.token, body };
  for (const asked of [enabling, manage(account.id, 'enable', fleet.token)])
    waitedOf(await askOnce(url, asked));
  const enabledAt = performance.now();
  await untilAll(fleet.nodes, hammer, ['disabled', 'account'], 200, enabledAt);
  return replies.map(([right, { at: returned }]) => ({
    right,
    returned,
    restored: right === 'disabled' || right === 'account' ? restored : Number.POSITIVE_INFINITY,
  }));
}

/**
 * Of what the upstream sent after the deletion was confirmed, nothing may have come to a client: a gateway can only
 * have passed it on after that. It needs no allowance for what was on its way.
 */
function checkStreams(streams: readonly EndlessStream[], confirmedAt: number, healthy: readonly FleetNode[]) {
  for (const stream of streams) {
    const { node, newestPiece } = stream;
    const late = newestPiece - confirmedAt;
    assert.ok(late <= 0, `node ${node.index} passed on what came ${late.toFixed(2)} ms after the answer`);
    if (!healthy.includes(node)) continue;
    assert.ok(stream.isOver, `the stream on node ${node.index} goes on`);
    assert.equal(stream.ending, 'key_revoked', `the stream on node ${node.index}`);
  }
}
