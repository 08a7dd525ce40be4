/** Management's port to the cluster that this node belongs to. */
import type { NodeIdentity, NodeRow } from '../../store/coordination.ts';
import type { SharedDatabase } from '../../store/open-store.ts';

export interface ClusterPort {
  /** The identity of this node. */
  readonly identity: Pick<NodeIdentity, 'processId'>;
  readonly leaseMs: number;
  listNodes(): Promise<readonly NodeRow[]>;
  /** Sequence of the last change in the log that all nodes follow. */
  logHead(): Promise<number>;
}

export function clusterPort(
  { identity, coordination }: Pick<SharedDatabase, 'identity' | 'coordination'>,
  leaseMs: number,
): ClusterPort {
  return {
    identity,
    leaseMs,
    listNodes: () => coordination.listNodes(),
    logHead: async () => (await coordination.readLog(undefined)).head.seq,
  };
}
