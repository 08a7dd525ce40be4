/** A member of a fleet with its voice: what it says to the log and to the metrics. */
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
  /** Asked for when there is something to count, which is after it joined. */
  readonly metrics: () => FleetMetrics | undefined;
}

/** This node's place in the fleet; it has not joined yet. */
export function createNode({ shared, clock, leaseMs, log, metrics }: NodeOptions): ClusterNode {
  return new ClusterNode({
    ...shared,
    clock,
    leaseMs,
    events: {
      onPassed: ({ waitedMs, unresponsive }) => metrics()?.acknowledged(waitedMs / 1000, unresponsive),
      onEnding: () => log.warn({}, 'the lease could not be renewed: running requests are ended'),
      onFenced: () => log.warn({}, 'the lease has lapsed: nothing is served until there is a new one'),
      onServing: (ms) => log.info({ fenced_ms: Math.round(ms) }, 'this node has a lease and serves'),
      onFailure: (what, error) => log.warn({ error: asHalleyError(error).log }, `not possible yet: ${what}`),
    },
  });
}

/** What the metrics of a node tell of its place in the fleet. */
export function fleetFigures(
  { coordination, statements }: Pick<SharedDatabase, 'coordination' | 'statements'>,
  member: ClusterNode,
): FleetFigures {
  return {
    leaseAgeMs: () => member.status.leaseAgeMs,
    isServing: () => member.status.isServing,
    logLag: () => member.status.logLag,
    fences: () => member.status.fences,
    fencedMs: () => member.status.fencedMs,
    databaseStatements: statements,
    nodes: async () => (await coordination.listNodes()).length,
  };
}
