/** Invariants of every state of the model. */
import { watchedKey } from './database.ts';
import { servesNow } from './node.ts';
import type { World } from './world.ts';

/** Whether the watched key was revoked, the revocation was confirmed, and the key was not enabled again. */
function isRevoked({ changes, configuration, db }: World): boolean {
  return changes.some(({ stage, seq }, at) => {
    const what = configuration.wishes[at]?.what;
    const takes = what === 'off' || what === 'delete' || what === 'repeat';
    return takes && stage === 'answered' && seq > db.givenBackAt;
  });
}

/** @returns the violation in this state */
export function violation(world: World): string | undefined {
  if (world.broken) return world.broken;
  if (world.hasLost) return afterLoss(world);
  if (!isRevoked(world)) return undefined;
  for (const [at, node] of world.nodes.entries()) {
    if (!servesNow(node)) continue;
    if (node.memory) return `P1: node ${at + 1} admits a request although the revocation was answered`;
    if (node.isRunning)
      return `P2: a request still runs on node ${at + 1} although the revocation was answered`;
  }
  return undefined;
}

/** After commits were lost, a node that knows a lost deletion must not serve by its cache. */
function afterLoss({ nodes, db }: World): string | undefined {
  for (const [at, node] of nodes.entries()) {
    const { server, deletions } = node.state;
    const knows = deletions.some(({ change }) => change.kind === 'key' && change.keyId === watchedKey);
    const hasLooked = server === String(db.server);
    if (knows && hasLooked && node.memory && servesNow(node)) {
      return `node ${at + 1} admits a key that it knows to be deleted, by a database that has lost it`;
    }
  }
  return undefined;
}

/**
 * Whether no violation is possible any more: the key is revoked for good, and no node has or gets a policy that
 * says otherwise.
 */
export function isOver({ changes, db, nodes, hasLost, budget, configuration }: World): boolean {
  if (configuration.isSettling || db.isOn || hasLost || budget.failovers > 0) return false;
  if (!changes.every(({ stage }) => stage === 'answered' || stage === 'broken off')) return false;
  return nodes.every((node) => !node.memory && !node.isRunning && node.fills.every(({ found }) => !found));
}
