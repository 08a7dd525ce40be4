/** Creates the cluster node with logging and metrics attached. */
import type { FleetFigures, FleetMetrics } from '../observe/fleet-metrics.ts';
import type { Clock } from '../platform/clock.ts';
import { asHalleyError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { SharedDatabase } from '../store/open-store.ts';
import { ClusterNode } from './cluster-node.ts';

export interface NodeOptions {
  readonly shared: Pick<SharedDatabase, 'coordination' | 'identity'>;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly log: Log;
  /** Called when there is something to count, which is after the node joined. */
  readonly metrics: () => FleetMetrics | undefined;
}

/** Creates a node that has not joined the cluster yet. */
export function createNode({ shared, clock, leaseMs, log, metrics }: NodeOptions): ClusterNode {
  return new ClusterNode({
    ...shared,
    clock,
    leaseMs,
    events: {
      onPassed: ({ waitedMs, unresponsive }) => metrics()?.acknowledged(waitedMs / 1000, unresponsive),
      onEnding: () => log.warn({}, 'the lease could not be renewed: running requests are ended'),
      onFenced: () => log.warn({}, 'the lease has expired: the node serves nothing until it has a new one'),
      onServing: (ms) => log.info({ fenced_ms: Math.round(ms) }, 'this node has a lease and serves'),
      onFailure: (what, error) => log.warn({ error: asHalleyError(error).log }, `not possible yet: ${what}`),
    },
  });
}

/** Returns the values for the metrics of a cluster node. */
export function fleetFigures(
  { coordination, statements }: Pick<SharedDatabase, 'coordination' | 'statements'>,
  node: ClusterNode,
): FleetFigures {
  return {
    leaseAgeMs: () => node.status.leaseAgeMs,
    isServing: () => node.status.isServing,
    logLag: () => node.status.logLag,
    fences: () => node.status.fences,
    fencedMs: () => node.status.fencedMs,
    databaseStatements: statements,
    nodes: async () => (await coordination.listNodes()).length,
  };
}
