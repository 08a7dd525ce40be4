/** What a page knows of a deletion that it follows. Pure. */
import type { components } from '../../api/schema.ts';

export type DeletionEvent = components['schemas']['DeletionEvent'];
type NodeEvent = Extract<DeletionEvent, { event: 'node' }>;
export type DoneEvent = Extract<DeletionEvent, { event: 'done' }>;

export interface DeletionProgress {
  /** Keys whose deletion is committed. */
  readonly committed: number;
  /** Other nodes that do not use the keys any more. */
  readonly confirmed: readonly Pick<NodeEvent, 'name' | 'node_id' | 'way' | 'at_ms'>[];
  /** Other nodes in all; undefined until the gateway has listed them. */
  readonly nodes: number | undefined;
  /** Names of the nodes that are waited for. */
  readonly silent: readonly string[];
  /** Then the wait ends in any case, in milliseconds. */
  readonly leaseLeftMs: number | undefined;
  readonly done: DoneEvent | undefined;
  readonly failed: Extract<DeletionEvent, { event: 'failed' }> | undefined;
}

export const notBegun: DeletionProgress = {
  committed: 0,
  confirmed: [],
  nodes: undefined,
  silent: [],
  leaseLeftMs: undefined,
  done: undefined,
  failed: undefined,
};

export function advance(progress: DeletionProgress, event: DeletionEvent): DeletionProgress {
  switch (event.event) {
    case 'committed':
      // Keys of several accounts are deleted one account after the other.
      return { ...notBegun, committed: progress.committed + event.ids.length };
    case 'node':
      return {
        ...progress,
        nodes: event.nodes,
        confirmed: [...progress.confirmed, event],
        silent: progress.silent.filter((name) => name !== event.name),
      };
    case 'waiting':
      return { ...progress, nodes: event.nodes, silent: event.silent, leaseLeftMs: event.lease_left_ms };
    case 'done':
      return { ...progress, done: event, silent: [] };
    case 'failed':
      return { ...progress, failed: event };
  }
}
