/** Whether from a state everything comes right by itself, when nothing fails from then on. */
import { type Move, movesOf } from './moves.ts';
import { servesNow } from './node.ts';
import { copyWorld, type World } from './world.ts';

/** Steps of time that this may take: a lease, and one renewal. */
const stepsMax = 4;

/** Moves between two steps of time: far more than there is to do. */
const movesMax = 200;

/** @returns what is not right after that */
export function whatDoesNotSettle(world: World): string | undefined {
  const later = copyWorld(world);
  for (let step = 0; step < stepsMax; step += 1) {
    if (!comeToRest(later)) return 'nodes go on and on without coming to rest';
    if (step < stepsMax - 1) only(later, 'time')[0]?.make(later);
  }
  for (const { stage } of later.changes) {
    if (stage === 'committed' || stage === 'learned') return 'a change is never answered';
  }
  for (const [at, node] of later.nodes.entries()) {
    if (!servesNow(node)) return `node ${at + 1} never serves again`;
    if (node.memory !== undefined && node.memory !== later.db.isOn)
      return `the memory of node ${at + 1} stays wrong`;
  }
  return undefined;
}

function only(world: World, kind: Move['kind']): Move[] {
  return movesOf(world).filter((move) => move.kind === kind);
}

/** Does what is due until nothing is. @returns whether that comes */
export function comeToRest(world: World): boolean {
  let made = 0;
  for (let round = 0; round < 2; round += 1) {
    // What changes nothing is no use twice.
    for (let at = 0; ; at += 1) {
      const look = only(world, 'look')[at];
      if (!look) break;
      look.make(world);
      for (let due = only(world, 'due')[0]; due; due = only(world, 'due')[0]) {
        due.make(world);
        made += 1;
        if (made > movesMax) return false;
      }
    }
  }
  return true;
}
