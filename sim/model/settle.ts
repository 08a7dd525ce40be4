/** Checks that the system recovers from a state when no further faults happen. */
import { type Move, movesOf } from './moves.ts';
import { servesNow } from './node.ts';
import { copyWorld, type World } from './world.ts';

/** Steps of time for recovery: a lease, and one renewal. */
const stepsMax = 4;

/** Upper bound of moves between two steps of time. */
const movesMax = 200;

/** @returns what has not recovered */
export function whatDoesNotSettle(world: World): string | undefined {
  const later = copyWorld(world);
  for (let step = 0; step < stepsMax; step += 1) {
    if (!comeToRest(later)) return 'nodes go on and on without coming to rest';
    if (step < stepsMax - 1) only(later, 'time')[0]?.make(later);
  }
  for (const { stage } of later.changes) {
    if (stage === 'committed' || stage === 'learned') return 'a change is never answered';
  }
  for (const [index, node] of later.nodes.entries()) {
    if (!servesNow(node)) return `node ${index + 1} never serves again`;
    if (node.memory !== undefined && node.memory !== later.db.isOn)
      return `the memory of node ${index + 1} stays wrong`;
  }
  return undefined;
}

function only(world: World, kind: Move['kind']): Move[] {
  return movesOf(world).filter((move) => move.kind === kind);
}

/**
 * Performs due moves until none is left.
 * @returns whether that happens
 */
export function comeToRest(world: World): boolean {
  let made = 0;
  for (let round = 0; round < 2; round += 1) {
    // A move that changes nothing need not be repeated.
    for (let index = 0; ; index += 1) {
      const look = only(world, 'look')[index];
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
