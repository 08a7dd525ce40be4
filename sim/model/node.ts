/** A node of the model: the state machine of production, and its effects as `cluster-node.ts` performs them. */
import { endFill, makeStale } from '../../src/access/fills.ts';
import type { Instant } from '../../src/revocation/lease.ts';
import { mayServe, type NodeEffect, type NodeEvent, step } from '../../src/revocation/node-core.ts';
import type { LoggedChange } from '../../src/store/coordination.ts';
import { watchedKey } from './database.ts';
import type { Asked, Clocks, Node, World } from './world.ts';

function instant({ monotonic, wall }: Clocks): Instant {
  return { monotonic, wall };
}

export function servesNow(node: Node): boolean {
  return node.life === 'up' && mayServe(node.state, instant(node.clocks));
}

/** Passes an event to the state machine and performs its effects. */
export function take(node: Node, event: NodeEvent): void {
  const effects = step(node.state, event, instant(node.clocks));
  const done: NodeEvent[] = [];
  for (const effect of effects) carryOut(node, effect, done);
  dropOld(node);
  for (const each of done) take(node, each);
}

/** Drops pending responses of an earlier registration, which are ignored. */
function dropOld(node: Node): void {
  const { epoch } = node.state;
  for (const each of node.asked) if (each.epoch !== epoch && each.what !== 'retire') each.isGivenUp = true;
  node.asked = node.asked.filter(matters);
}

/** Whether its response is awaited, or it may still change something. */
export function matters(asked: Asked): boolean {
  return !asked.isGivenUp || (asked.answer === undefined && asked.what !== 'read');
}

function isAboutWatched(change: LoggedChange): boolean {
  return change.kind === 'key' && change.keyId === watchedKey;
}

/** Evicts the watched key from the cache and makes pending reads stale. */
export function evictWatched(node: Node): void {
  node.memory = undefined;
  makeStale(new Set(node.fills.map(({ fill }) => fill)), String(watchedKey));
}

function carryOut(node: Node, effect: NodeEffect, done: NodeEvent[]): void {
  const { process } = node;
  const asked = { process, epoch: 'epoch' in effect ? effect.epoch : 0, isGivenUp: false };
  switch (effect.do) {
    case 'evict':
      // Mutated by tests: the model makes reads stale
      if (effect.changes.some(isAboutWatched)) evictWatched(node);
      return;
    case 'forget':
      node.memory = undefined;
      makeStale(new Set(node.fills.map(({ fill }) => fill)), undefined);
      return;
    case 'end':
      node.isEnding = true;
      return;
    case 'enforce': {
      const { epoch, upTo } = effect;
      const isAbout = node.isRunning && effect.changes.some(isAboutWatched);
      if (isAbout) node.enforcing.push({ epoch, upTo, isAbout, found: undefined });
      else done.push({ on: 'enforced', epoch, upTo });
      return;
    }
    case 'register':
      node.asked.push({ ...asked, what: 'register', replaces: effect.replaces });
      return;
    case 'extend':
      node.asked.push({ ...asked, what: 'extend', incarnation: effect.incarnation });
      return;
    case 'read':
      node.asked.push({ ...asked, what: 'read', from: effect.from });
      return;
    case 'acknowledge':
      node.asked.push({ ...asked, what: 'acknowledge', incarnation: effect.incarnation, seq: effect.seq });
      return;
    case 'reassert':
      node.asked.push({ ...asked, what: 'reassert', lost: { deletions: effect.deletions, seq: effect.seq } });
  }
}

/** Drops pending reads whose result would be ignored because they are stale. */
export function dropUseless(world: World): void {
  const canComeBack = world.configuration.wishes.some(({ what }) => what === 'on');
  for (const node of world.nodes) {
    node.fills = node.fills.filter(({ fill, found }) => {
      if (found === false && !canComeBack) return false;
      return endFill(new Set([fill]), { ...fill });
    });
  }
}
