/** What must hold in every state of the modelled world. */
import { servesNow } from './node.ts';
import type { World } from './world.ts';

/** Whether the watched key was taken away for good or for now, somebody was told so, and it was not given back. */
export function isWithdrawn({ changes, configuration, db }: World): boolean {
  return changes.some(({ stage, seq }, at) => {
    const what = configuration.wishes[at]?.what;
    const takes = what === 'off' || what === 'delete' || what === 'repeat';
    return takes && stage === 'answered' && seq > db.givenBackAt;
  });
}

/** @returns what is wrong in this state */
export function violation(world: World): string | undefined {
  if (world.broken) return world.broken;
  if (!isWithdrawn(world) || world.hasLost) return undefined;
  for (const [at, node] of world.nodes.entries()) {
    if (!servesNow(node)) continue;
    if (node.memory) return `P1: node ${at + 1} admits a request although the withdrawal was answered`;
    if (node.isRunning)
      return `P2: a request still runs on node ${at + 1} although the withdrawal was answered`;
  }
  return undefined;
}

/** Whether nothing can go wrong any more: the key is off for good, and no node has or gets anything that says else. */
export function isOver({ changes, db, nodes, hasLost, budget, configuration }: World): boolean {
  if (configuration.isSettling || db.isOn || hasLost || budget.failovers > 0) return false;
  if (!changes.every(({ stage }) => stage === 'answered' || stage === 'broken off')) return false;
  return nodes.every((node) => !node.memory && !node.isRunning && node.fills.every(({ found }) => !found));
}
