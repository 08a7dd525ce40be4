/**
 * The interface of cluster coordination: registered nodes, and the log of changes that each of them follows. Every
 * method is one statement or one transaction, and throws `HalleyError('store_unavailable')` when the database cannot
 * answer. See docs/explanation/revocation.md.
 */
import { HalleyError } from '../platform/errors.ts';
import type { KeyReport } from './receipt-store.ts';
import type { AccessChange } from './store.ts';

/** Every change that nodes must apply to what they cache. */
export type LoggedChange = AccessChange | { readonly kind: 'channels' } | { readonly kind: 'prices' };

/** A position in the log. Two histories of a database may have the same `seq`, never the same `nonce` with it. */
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

/** The log as read by one statement. */
export interface LogRead {
  /** The last entry there is. */
  readonly head: LogMark;
  /**
   * From the asked-for `seq` on, that one included unless it was pruned; rising, without gaps. Not always up to the
   * head: the rest is read by asking again.
   */
  readonly entries: readonly LogEntry[];
  /**
   * Identifies the run of the server that answered: another text after each restart of the database, and after a
   * fail-over.
   */
  readonly server: string;
}

export interface NodeIdentity {
  /** Identifies the data directory of the node: the same after a restart, and unique among processes that run. */
  readonly nodeId: string;
  /** Of this process. */
  readonly processId: string;
  /** For people. */
  readonly name: string;
  readonly version: string;
}

export interface NodeRow extends NodeIdentity {
  /** Unique to one registration. */
  readonly incarnation: number;
  /** The node has applied all entries up to this one. */
  readonly acked: number;
  /** Grows with each extension of the registration. */
  readonly renewals: number;
  /** How long a lease lasts: the same for all registered nodes. */
  readonly leaseMs: number;
  /** Milliseconds ago, by the clock of the database. */
  readonly startedMsAgo: number;
  readonly renewedMsAgo: number;
}

/** Whose requests are counted: those of some keys, so few that they fit into a message of 8 kB, or of an account. */
export type RunningSubject = { readonly keyIds: readonly number[] } | { readonly accountId: number };

/** How many requests run with these keys? */
export interface RunningQuestion {
  /** Unique to the question. */
  readonly id: string;
  readonly subject: RunningSubject;
}

/** What runs on one node. */
export interface RunningCount {
  /** Requests, sockets included. */
  readonly running: number;
  /** Those that are open WebSockets. */
  readonly sockets: number;
}

export interface RunningAnswer extends RunningCount {
  readonly id: string;
  /** Of the node that answers. */
  readonly incarnation: number;
}

/**
 * Nodes that tell each other of acknowledgements. Every message wakes every node, so that in a larger fleet the nodes
 * that wait look for acknowledgements instead.
 */
export const tellingNodesMax = 16;

export interface CoordinationListener {
  /** There may be something new in the log. */
  onHint(): void;
  /** Not called in a fleet of more than `tellingNodesMax` nodes. */
  onAcknowledged(incarnation: number, seq: number): void;
  /** A node, perhaps this one, asks. Questions and answers may be lost. */
  onAsked(question: RunningQuestion): void;
  onAnswered(answer: RunningAnswer): void;
  /** Hints may be lost from now on, until `onHint` is called again. */
  onLost(error: unknown): void;
}

export interface Coordination {
  /**
   * Registers the node, again if necessary. It always makes a new registration and changes none but `replaces`: a
   * statement that is executed late, after its sender gave up, must not end or extend a registration that is in use.
   * @param replaces the node's own earlier incarnation, which it has given up
   * @returns its incarnation, acknowledged up to the head of the log: nothing is cached yet
   * @throws HalleyError('store_unavailable') also when nodes with another `leaseMs` are registered
   */
  register(node: NodeIdentity, replaces: number | undefined, leaseMs: number): Promise<number>;
  /**
   * Ends the registrations of earlier processes on the node's data directory. Only for a process that holds the lock of
   * the directory, which proves that they are dead, and before it registers.
   */
  retireEarlier(node: NodeIdentity): Promise<void>;
  /** Commits before it resolves. @returns whether the incarnation is (still) registered */
  extend(incarnation: number): Promise<boolean>;
  /** One statement of its own, never part of one that began before. @param from undefined = only the head */
  readLog(from: number | undefined): Promise<LogRead>;
  /**
   * @param reports on deleted keys, which are stored in the same statement
   * @returns whether the incarnation is (still) registered; if not, nothing is stored
   */
  acknowledge(incarnation: number, seq: number, reports?: readonly KeyReport[]): Promise<boolean>;
  /** The nodes that are registered now. */
  listNodes(): Promise<readonly NodeRow[]>;
  /**
   * Ends registrations that have not been extended since they had this number of `renewals`. Call it when a lease has
   * passed since the number was read: then a node that has not renewed has no lease any more. A node that still renews
   * stays registered, however long it takes to acknowledge: its lease is valid, and later changes must wait for it.
   */
  expel(nodes: readonly Pick<NodeRow, 'incarnation' | 'renewals'>[]): Promise<void>;
  /** Ends the node's own registration for good, at an orderly shutdown. */
  leave(incarnation: number): Promise<void>;
  /**
   * Marks a change as applied everywhere, for a caller that repeats the same change.
   * @param server the run of the database that the change was read from; in another run the sequence may be that of
   * another change
   */
  confirm(seq: number, server: string): Promise<void>;
  /**
   * For a database that has lost commits: deletes the keys of these deletions again, and continues the log above `seq`,
   * so that every node notices.
   * @returns the new head of the log
   */
  reassert(deletions: readonly LogEntry[], seq: number): Promise<LogMark>;
  /** Removes old entries that every node has acknowledged, keeping the newest `keep`. */
  pruneLog(keep: number): Promise<void>;
  /** Asks all nodes that listen. */
  ask(question: RunningQuestion): Promise<void>;
  answer(answer: RunningAnswer): Promise<void>;
  /** Listens for hints until the returned function is called. Reconnects by itself. */
  follow(listener: CoordinationListener): Promise<() => Promise<void>>;
}

/**
 * The reason why `register` refuses: a node waits for the leases of others by its own lease time, which would be too
 * short.
 */
export function otherLease(own: number, others: number): HalleyError {
  const message = `fleet.lease_ms is ${own} here and ${others} on the nodes that run. It must be the same on all: to change it, stop all nodes first.`;
  return new HalleyError('store_unavailable', { message, log: message });
}
