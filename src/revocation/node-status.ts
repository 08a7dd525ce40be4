/** What a node reports to metrics and readiness. */

/** The state of this node in its cluster. */
export interface NodeStatus {
  /** Time since the last successful lease renewal was sent; undefined without a lease. */
  readonly leaseAgeMs: number | undefined;
  readonly isServing: boolean;
  /** Log entries that this node has read and not acknowledged. */
  readonly logLag: number;
  readonly fences: number;
  /** Total time without a lease, including the time before the first one. */
  readonly fencedMs: number;
}
