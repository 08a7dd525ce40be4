/**
 * Encodes what can still matter in a state: clocks only as ages, registrations by their index among those in use,
 * epochs only as current or earlier. States with equal codes have equal futures.
 */
import type { Instant } from '../../src/revocation/lease.ts';
import type { NodeState } from '../../src/revocation/node-core.ts';
import type { LogMark } from '../../src/store/coordination.ts';
import type { Row } from './database.ts';
import type { Asked, Change, Clocks, Enforcing, Node, World } from './world.ts';

/** Fails to compile unless the code covers every part of a node's state. */
type Encoded =
  | 'epoch' // By what was asked in it.
  | 'leaseMs'
  | 'incarnation'
  | 'givenUp'
  | 'applied'
  | 'known'
  | 'server'
  | 'enforcing'
  | 'acked'
  | 'acking'
  | 'ackFailed'
  | 'lease'
  | 'renewals'
  | 'stating'
  | 'sentAt'
  | 'extended'
  | 'reading'
  | 'readAgain'
  | 'fenced'
  | 'ending'
  | 'lost'
  | 'deletions';
const isWhole: [Exclude<keyof NodeState, Encoded>] extends [never] ? true : never = true;

const statings = [undefined, 'register', 'extend', 'reassert'] as const;
const statements = ['register', 'extend', 'read', 'acknowledge', 'reassert', 'retire'] as const;
const stages = ['to come', 'committed', 'learned', 'answered', 'broken off'] as const;
const lives = ['up', 'down', 'starting'] as const;

const out = new Int32Array(4096);
let length = isWhole ? 0 : 0;

function put(value: number): void {
  out[length] = value;
  length += 1;
}

const flag = (value: boolean | undefined) => (value === undefined ? 2 : value ? 1 : 0);

interface Context {
  readonly world: World;
  readonly hasWalls: boolean;
  readonly hasFailovers: boolean;
}

/** The returned array is valid until the next call. */
export function encode(world: World): Int32Array {
  const { budget, db, changes, nodes, configuration } = world;
  const { suspends = 0, wallSteps = 0, failovers = 0 } = configuration.budget;
  const context = { world, hasWalls: suspends + wallSteps > 0, hasFailovers: failovers > 0 };
  length = 0;
  for (const left of Object.values(budget)) put(left);
  putMark(context, db.clock);
  put(flag(db.isOn));
  putSome(db.confirmed);
  put(db.rows.length);
  for (const row of db.rows) {
    put(row.node * 2 + flag(nodes[row.node]?.process === row.process));
    for (const { stage, seq } of changes) {
      if (stage === 'committed' || stage === 'learned')
        put(flag(row.acked >= seq) + 2 * flag(row.told >= seq));
    }
  }
  if (context.hasFailovers) putHistory(context);
  for (const change of changes) putChange(context, change, configuration.wishes[changes.indexOf(change)]?.by);
  for (const node of nodes) putNode(context, node);
  return out.subarray(0, length);
}

function putMark({ hasFailovers }: Context, { seq, nonce }: LogMark): void {
  put(seq);
  if (hasFailovers) put(Number(nonce));
}

function putHistory(context: Context): void {
  const { db, standby, hasLost, nodes } = context.world;
  put(flag(hasLost));
  for (const each of [db, standby]) {
    put(each ? 1 : 0);
    if (!each) continue;
    put(each.log.length);
    putMark(context, each.clock);
    put(each.server);
    put(flag(each.isOn));
    for (const mark of each.log) putMark(context, mark);
    for (const row of each.rows) {
      put(place(context, row.incarnation));
      put(row.acked);
      put(flag(nodes[row.node]?.state.incarnation === row.incarnation));
    }
  }
  // Numbers that may be assigned again.
  if (standby) put(Math.min(db.incarnations - standby.incarnations, 2));
}

/** Returns the index of a registration among those in use. A registration that ended is never used again. */
function place({ world: { db } }: Context, incarnation: number | undefined): number {
  if (incarnation === undefined) return -1;
  return db.rows.findIndex((row) => row.isActive && row.incarnation === incarnation);
}

function putRegistration(context: Context, incarnation: number | undefined): void {
  put(incarnation === undefined ? -2 : place(context, incarnation));
}

/** Encodes whether an observed registration has been renewed since. */
function putSeen(context: Context, { incarnation, renewals }: Pick<Row, 'incarnation' | 'renewals'>): void {
  const index = place(context, incarnation);
  put(index);
  put(flag(context.world.db.rows[index]?.renewals === renewals));
}

function putChange(context: Context, change: Change, by: number | undefined): void {
  const { stage, seq, barrier, look, own, isExpelling, isConfirming } = change;
  const { nodes, clocks, configuration } = context.world;
  put(stages.indexOf(stage));
  if (stage === 'to come' || stage === 'broken off') return;
  put(seq);
  put(flag(isExpelling) + 2 * flag(isConfirming));
  const isLast = context.world.changes.every((each) => each.stage !== 'to come');
  if (!barrier || (stage === 'answered' && (!isExpelling || isLast))) return;
  const now = ((by === undefined ? undefined : nodes[by]?.clocks) ?? clocks).monotonic;
  const age = (time: number) => Math.min(now - time, configuration.leaseMs * 1.01);
  put(age(barrier.learnedAt));
  putSome(barrier.acknowledged.map((incarnation) => place(context, incarnation)).sort());
  if (stage !== 'answered') {
    put(flag(barrier.waitingFor === undefined));
    putSome((barrier.waitingFor ?? []).map((incarnation) => place(context, incarnation)));
    putEnforcing(own, 0);
  }
  put(look === 'to come' ? 0 : look === 'done' ? 1 : 2);
  if (look === 'to come') return;
  if (look === 'done') {
    put(age(barrier.seenAt));
    for (const seen of barrier.seen) putSeen(context, seen);
    put(-3);
    return;
  }
  for (const row of look) {
    putSeen(context, row);
    put(flag(row.acked >= seq));
  }
  put(-3);
}

function putSome(values: readonly number[]): void {
  for (const value of values) put(value);
  put(-3);
}

function putEnforcing(enforcing: Enforcing | undefined, epoch: number): void {
  if (!enforcing) {
    put(-2);
    return;
  }
  put(flag(enforcing.epoch === epoch) + 2 * flag(enforcing.isAbout) + 4 * flag(enforcing.found));
  put(enforcing.upTo);
}

function putInstant(context: Context, from: Instant | undefined, clocks: Clocks, max: number): void {
  // An expired lease is equivalent to none, unless the other clock could make it valid again.
  if (!from || (!context.hasWalls && clocks.monotonic - from.monotonic >= max)) {
    put(-1);
    return;
  }
  put(Math.min(clocks.monotonic - from.monotonic, max));
  if (context.hasWalls) put(Math.max(-3 * max, Math.min(clocks.wall - from.wall, max)));
}

function putNode(context: Context, node: Node): void {
  const { state, clocks } = node;
  const { leaseMs, stating } = state;
  put(-4 - lives.indexOf(node.life));
  put(flag(node.memory) + 4 * flag(node.isRunning) + 8 * flag(node.isEnding));
  for (const { fill, found } of node.fills) put(flag(fill.stale) + 2 * flag(found));
  put(-5);
  for (const each of node.enforcing) putEnforcing(each, state.epoch);
  put(-5);
  putAllAsked(context, node);
  if (node.life === 'down') return;
  putRegistration(context, state.incarnation);
  putRegistration(context, state.givenUp);
  if (state.applied) putMark(context, state.applied);
  else put(-1);
  for (const { after, upTo } of state.enforcing) put(after * 8 + upTo);
  put(-6);
  put(state.acked);
  put(state.acking ?? -1);
  const flags = flag(state.ackFailed) + 2 * flag(state.readAgain) + 4 * flag(state.fenced);
  put(flags + 8 * flag(state.ending) + 16 * statings.indexOf(stating));
  const isUsed = context.hasWalls || !state.fenced;
  if (state.lease && isUsed) put(Math.min(clocks.monotonic - state.lease.monotonic, leaseMs) + 1);
  putInstant(context, state.lease, clocks, leaseMs);
  for (const { from, needs } of state.renewals) {
    if (!context.hasWalls && clocks.monotonic - from.monotonic >= leaseMs) continue;
    putInstant(context, from, clocks, leaseMs);
    put(needs);
  }
  put(-7);
  // Without a pending statement, it only determines when the next one is due.
  if (stating) putInstant(context, state.sentAt, clocks, leaseMs);
  else put(state.sentAt ? Math.min(clocks.monotonic - state.sentAt.monotonic, leaseMs / 4) : -1);
  if (!stating && context.hasWalls) putInstant(context, state.sentAt, clocks, leaseMs / 4);
  putInstant(context, state.extended, clocks, leaseMs);
  put(state.reading ? 1 : 0);
  if (state.reading) putInstant(context, state.reading.renewal, clocks, leaseMs);
  if (!context.hasFailovers) return;
  put(Number(state.server ?? -1));
  if (state.known) putMark(context, state.known);
  else put(-1);
  putSome(state.deletions.map(({ nonce }) => Number(nonce)));
  put(state.lost?.seq ?? -1);
  putSome((state.lost?.deletions ?? []).map(({ nonce }) => Number(nonce)));
}

/** Encoded in a fixed order, independent of the order of sending. */
function putAllAsked(context: Context, { asked }: Node): void {
  const codes = asked.map((each) => codeOf(context, each));
  if (codes.length > 1) codes.sort(compare);
  for (const code of codes) putSome(code);
  put(-8);
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (let index = 0; index < one.length; index += 1) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

function codeOf(context: Context, asked: Asked): number[] {
  const start = statements.indexOf(asked.what) * 2 + flag(asked.isGivenUp);
  switch (asked.what) {
    case 'register':
      return [start, place(context, asked.replaces), answerCode(context, asked.answer)];
    case 'extend':
      return [start, place(context, asked.incarnation), asked.answer === undefined ? -1 : flag(asked.answer)];
    case 'read': {
      const { answer } = asked;
      // Without fail-overs, the results of a read follow from the statements executed before.
      if (!context.hasFailovers) return [start, answer?.head.seq ?? -1];
      const from = [start, asked.from ?? -1];
      if (!answer) return from;
      return [...from, Number(answer.server), Number(answer.head.nonce), ...marks(context, answer.entries)];
    }
    case 'acknowledge':
      return [
        start,
        place(context, asked.incarnation),
        asked.seq,
        asked.answer === undefined ? -1 : flag(asked.answer),
      ];
    case 'reassert':
      return [
        start,
        Number(asked.answer?.nonce ?? -1),
        asked.lost.seq,
        ...marks(context, asked.lost.deletions),
      ];
    case 'retire':
      return [start, flag(asked.answer), ...asked.incarnations.map((each) => place(context, each))];
  }
}

function answerCode(context: Context, incarnation: number | undefined): number {
  return incarnation === undefined ? -2 : place(context, incarnation);
}

function marks({ hasFailovers }: Context, entries: readonly LogMark[]): number[] {
  return hasFailovers ? entries.map(({ nonce }) => Number(nonce)) : [entries.length];
}
