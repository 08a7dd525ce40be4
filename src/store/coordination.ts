/**
 * What nodes of a fleet keep in their database to agree on: who is there, and the log of changes that each of
 * them must follow. Every method is one statement or one transaction, and throws
 * `HalleyError('store_unavailable')` when the database cannot answer. See docs/revocation.md.
 */
import { HalleyError } from '../platform/errors.ts';
import type { AccessChange } from './store.ts';

/** Everything that nodes hold in memory of the database. */
export type LoggedChange = AccessChange | { readonly kind: 'channels' } | { readonly kind: 'prices' };

/** A place in the log. Two histories of a database may have the same `seq`, never the same `nonce` with it. */
export interface LogMark {
  readonly seq: number;
  readonly nonce: string;
}

/** One change. The order of `seq` is the order of the commits. */
export interface LogEntry extends LogMark {
  readonly change: LoggedChange;
  /** Whether the key of the change was deleted. */
  readonly deleted: boolean;
}

/** The log as one statement saw it. */
export interface LogRead {
  /** The last entry there is. */
  readonly head: LogMark;
  /**
   * From the asked-for `seq` on, that one included unless it was pruned; rising, without gaps. Not always up to the
   * head: the rest is read by asking again.
   */
  readonly entries: readonly LogEntry[];
  /** What answered: another text after each restart of the database, and after a fail-over. */
  readonly server: string;
}

export interface NodeIdentity {
  /** Of the node's data directory: the same after a restart, and no two processes have it at a time. */
  readonly nodeId: string;
  /** Of this process. */
  readonly processId: string;
  /** For people. */
  readonly name: string;
  readonly version: string;
}

export interface NodeRow extends NodeIdentity {
  /** No two registrations ever have the same. */
  readonly incarnation: number;
  /** The node has applied all entries up to this one. */
  readonly acked: number;
  /** Another number after each extension of the registration, larger than before. */
  readonly renewals: number;
  /** How long its lease lasts: the same for all that are registered. */
  readonly leaseMs: number;
  /** Milliseconds ago, by the clock of the database. */
  readonly startedMsAgo: number;
  readonly renewedMsAgo: number;
}

export interface CoordinationListener {
  /** There may be something new in the log. */
  onHint(): void;
  onAcknowledged(incarnation: number, seq: number): void;
  /** Hints may be lost from now on, until `onHint` is called again. */
  onLost(error: unknown): void;
}

export interface Coordination {
  /**
   * Makes the node known (again). Always a new registration, that touches none but `replaces`: one that is carried
   * out after its sender gave it up must not end, or speak for, one that is in use.
   * @param replaces the node's own earlier incarnation, which it has given up
   * @returns its incarnation, acknowledged up to the head of the log: nothing is held yet
   * @throws HalleyError('store_unavailable') also when nodes with another `leaseMs` are registered
   */
  register(node: NodeIdentity, replaces: number | undefined, leaseMs: number): Promise<number>;
  /**
   * Ends registrations of earlier processes on the node's data directory. For a process that has its lock, which
   * says that they are dead, before it registers.
   */
  retireEarlier(node: NodeIdentity): Promise<void>;
  /** Commits before it resolves. @returns whether the incarnation is (still) registered */
  extend(incarnation: number): Promise<boolean>;
  /** One statement of its own, never part of one that began before. @param from undefined = only the head */
  readLog(from: number | undefined): Promise<LogRead>;
  /** @returns whether the incarnation is (still) registered */
  acknowledge(incarnation: number, seq: number): Promise<boolean>;
  /** Those registered now. */
  listNodes(): Promise<readonly NodeRow[]>;
  /**
   * Ends registrations that have not been extended since they were seen with so many `renewals`. To be called when a
   * lease has passed since that was learned: then a node that has not renewed has none any more. One that still renews
   * stays, however long it takes to acknowledge: its lease is alive, and later changes must wait for it.
   */
  expel(nodes: readonly Pick<NodeRow, 'incarnation' | 'renewals'>[]): Promise<void>;
  /** Ends its own registration for good, when the process ends in order. */
  leave(incarnation: number): Promise<void>;
  /**
   * Notes that a change is applied everywhere, for a caller that asks for the same once more.
   * @param server the run of the database that it was read from; another one may have another change in its place
   */
  confirm(seq: number, server: string): Promise<void>;
  /**
   * For a database that has lost commits: deletes the keys of these deletions again, and begins the log anew
   * above `seq`, so that every node notices.
   * @returns the head of the log with that
   */
  reassert(deletions: readonly LogEntry[], seq: number): Promise<LogMark>;
  /** Removes old entries that every node has acknowledged, keeping the newest `keep`. */
  pruneLog(keep: number): Promise<void>;
  /** Listens for hints until the returned function is called. Reconnects by itself. */
  follow(listener: CoordinationListener): Promise<() => Promise<void>>;
}

/** Why `register` refuses: who waits for a lease to end goes by its own, which may be shorter than another node's. */
export function otherLease(own: number, others: number): HalleyError {
  const message = `fleet.lease_ms is ${own} here and ${others} on the nodes that run. It must be the same on all: to change it, stop all nodes first.`;
  return new HalleyError('store_unavailable', { message, log: message });
}
