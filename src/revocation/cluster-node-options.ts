/** What a node of the cluster is made of. */
import type { Clock } from '../platform/clock.ts';
import type { Coordination, NodeIdentity } from '../store/coordination.ts';
import type { Confirmation } from './barriers.ts';

export interface ClusterNodeOptions {
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly identity: NodeIdentity;
  readonly leaseMs: number;
  /** Number of ticks at the start. It shifts the times of the check for unresponsive nodes and of pruning the log. */
  readonly ticks?: number;
  readonly events: {
    onPassed(confirmation: Confirmation): void;
    /** The lease will expire soon unless it is renewed: in-flight requests are aborted. */
    onEnding(): void;
    /** The lease has expired: this node serves nothing until it has a new one. */
    onFenced(): void;
    /** The node serves again. */
    onServing(fencedMs: number): void;
    onFailure(what: string, error: unknown): void;
  };
}
