/**
 * An in-memory PostgreSQL: the effects of the statements of `src/store/postgres` on keys, accounts, nodes, the
 * clock of changes and the log. Each statement is atomic.
 */

import {
  type NodeRow as FleetNode,
  type LogEntry,
  type LoggedChange,
  type LogMark,
  type LogRead,
  type NodeIdentity,
  otherLease,
} from '../../src/store/coordination.ts';
import type { KeyReport } from '../../src/store/receipt-store.ts';
import type { AccessChange, KeyWithAccount } from '../../src/store/store.ts';
import { rowOf, simulatedKeys } from './keys.ts';

/** Numbers rights: the right of key k to model m is `k * modelCount + m`. */
export const modelCount = 2;

export type Right = number;

export type Operation =
  | { readonly do: 'delete' | 'disable' | 'enable' | 'narrow' | 'widen'; readonly key: number }
  | { readonly do: 'disable account' | 'enable account'; readonly account: number };

export interface Committed {
  /** Sequences in the log; empty when there was nothing to change. */
  readonly seqs: readonly number[];
  readonly change: AccessChange;
  /** The number of this commit among all commits. */
  readonly commit: number;
}

interface KeyRow {
  exists: boolean;
  enabled: boolean;
  wide: boolean;
}

interface NodeRow extends NodeIdentity {
  readonly incarnation: number;
  readonly startedAt: number;
  state: 'active' | 'expelled' | 'left';
  acked: number;
  renewals: number;
  renewedAt: number;
}

interface LogRow extends LogEntry {
  readonly key: number | undefined;
  /** The sequence of the last entry of the same transaction. */
  lastSeq: number;
  confirmed: boolean;
}

interface Contents {
  keys: KeyRow[];
  accounts: { enabled: boolean }[];
  nodes: NodeRow[];
  /** The last number assigned to a registration. */
  clock: LogMark;
  /** The lease of the registered nodes; 0 before the first registration. */
  leaseMs: number;
  log: LogRow[];
  /** For each right: the commit that revoked it, or undefined while it exists. */
  goneSince: (number | undefined)[];
}

export class Database {
  /** Counts the events that ended the open connections. */
  connection = 0;
  isDown = false;
  /** Number of commits so far. */
  commits = 0;
  /** Called for each right that a commit gave. */
  onGiven: (right: Right) => void = () => undefined;
  /** Called when an entry was added to the log. */
  onLogged: () => void = () => undefined;
  onAcknowledged: (incarnation: number, seq: number) => void = () => undefined;
  /** Called with what a process stores about deleted keys. */
  onReported: (processId: string, reports: readonly KeyReport[]) => void = () => undefined;
  readonly accountOf: readonly number[];
  readonly #rowsAtATime: number;
  readonly #now: () => number;
  #contents: Contents;
  #nonces = 0;
  /** Number of starts. */
  #runs = 1;
  /** Neither number is used again, even after a loss of commits. */
  #incarnations = 0;
  #renewals = 0;

  /**
   * @param accountOf account of each key
   * @param rowsAtATime number of log entries that one statement reads
   */
  constructor(accountOf: readonly number[], rowsAtATime: number, now: () => number) {
    this.accountOf = accountOf;
    this.#rowsAtATime = rowsAtATime;
    this.#now = now;
    this.#contents = {
      keys: accountOf.map(() => ({ exists: true, enabled: true, wide: true })),
      accounts: Array.from({ length: Math.max(...accountOf) + 1 }, () => ({ enabled: true })),
      nodes: [],
      clock: { seq: 0, nonce: 'first' },
      leaseMs: 0,
      log: [],
      goneSince: accountOf.flatMap(() => Array.from({ length: modelCount }, () => undefined)),
    };
  }

  // Statements of nodes.

  /** @throws HalleyError('store_unavailable') when nodes with another lease are registered */
  register(node: NodeIdentity, replaces: number | undefined, leaseMs: number): number {
    const { nodes, clock } = this.#contents;
    const isOther = (row: NodeRow) => row.state === 'active' && row.incarnation !== replaces;
    if (this.#contents.leaseMs !== leaseMs && nodes.some(isOther)) {
      throw otherLease(leaseMs, this.#contents.leaseMs);
    }
    this.#contents.leaseMs = leaseMs;
    // Mutated by tests: a registration replaces one
    if (replaces !== undefined) this.leave(replaces);
    this.#incarnations += 1;
    const incarnation = this.#incarnations;
    const times = { startedAt: this.#now(), renewedAt: this.#now() };
    nodes.push({ ...node, incarnation, state: 'active', acked: clock.seq, renewals: 0, ...times });
    return incarnation;
  }

  /** Returns registrations of earlier processes of a node. */
  earlier({ nodeId, processId }: NodeIdentity): number[] {
    return this.#contents.nodes
      .filter((row) => row.nodeId === nodeId && row.processId !== processId && row.state === 'active')
      .map(({ incarnation }) => incarnation);
  }

  extend(incarnation: number, processId: string): boolean {
    const row = this.#active(incarnation);
    if (row?.processId !== processId) return false;
    this.#renewals += 1;
    row.renewals = this.#renewals;
    row.renewedAt = this.#now();
    return true;
  }

  #active(incarnation: number): NodeRow | undefined {
    return this.#contents.nodes.find((row) => row.incarnation === incarnation && row.state === 'active');
  }

  readLog(from: number | undefined): LogRead {
    const { clock, log } = this.#contents;
    const all = from === undefined ? [] : log.filter(({ seq }) => seq >= from);
    const entries = all.slice(0, this.#rowsAtATime);
    return { head: clock, entries, server: `run ${this.#runs}` };
  }

  acknowledge(incarnation: number, seq: number, processId: string, reports: readonly KeyReport[]): boolean {
    const row = this.#active(incarnation);
    if (row?.processId !== processId) return false;
    this.onReported(processId, reports);
    row.acked = Math.max(row.acked, seq);
    this.onAcknowledged(incarnation, seq);
    return true;
  }

  listNodes(): FleetNode[] {
    const { nodes, leaseMs } = this.#contents;
    const now = this.#now();
    return nodes
      .filter(({ state }) => state === 'active')
      .map(({ state: _, startedAt, renewedAt, ...row }) => {
        return { ...row, leaseMs, startedMsAgo: now - startedAt, renewedMsAgo: now - renewedAt };
      });
  }

  expel(unresponsive: readonly Pick<FleetNode, 'incarnation' | 'renewals'>[]): void {
    for (const { incarnation, renewals } of unresponsive) {
      const row = this.#active(incarnation);
      // Mutated by tests: only who does not renew is expelled
      if (row?.renewals === renewals) row.state = 'expelled';
    }
  }

  leave(incarnation: number): void {
    const row = this.#active(incarnation);
    if (row) row.state = 'left';
  }

  confirm(seq: number, server: string): void {
    if (server !== `run ${this.#runs}`) return;
    for (const row of this.#contents.log) if (row.deleted && row.lastSeq === seq) row.confirmed = true;
  }

  reassert(deletions: readonly LogEntry[], seq: number): LogMark {
    const { clock, keys } = this.#contents;
    for (const { change } of deletions) {
      const row = change.kind === 'key' ? keys[change.keyId] : undefined;
      if (row) row.exists = false;
    }
    const isBehind = clock.seq < seq;
    if (isBehind) this.#contents.clock = { ...clock, seq };
    for (const { change } of deletions) this.#append(change, true);
    if (isBehind && deletions.length === 0) this.#append({ kind: 'channels' }, false);
    const { log, clock: head } = this.#contents;
    for (const row of log.slice(log.length - deletions.length)) row.lastSeq = head.seq;
    this.#committed();
    return this.#contents.clock;
  }

  prune(keep: number): void {
    const { clock, nodes } = this.#contents;
    const acked = nodes.filter(({ state }) => state === 'active').map((row) => row.acked);
    const ackedByAll = acked.length === 0 ? 0 : Math.min(...acked);
    const below = Math.min(clock.seq - Math.max(1, keep) + 1, ackedByAll);
    this.#contents.log = this.#contents.log.filter(({ seq }) => seq >= below);
  }

  // Keys.

  findKey(key: number): KeyWithAccount | undefined {
    const { keys, accounts } = this.#contents;
    const row = keys[key];
    const account = this.accountOf[key] ?? -1;
    if (!row?.exists) return undefined;
    const { enabled, wide } = row;
    return rowOf(key, account, { enabled, wide, accountEnabled: accounts[account]?.enabled === true });
  }

  permits(key: number, model: number): boolean {
    const { keys, accounts } = this.#contents;
    const row = keys[key];
    const account = accounts[this.accountOf[key] ?? -1];
    return (row?.exists && row.enabled && account?.enabled && (row.wide || model === 0)) === true;
  }

  exists(key: number): boolean {
    return this.#contents.keys[key]?.exists === true;
  }

  /** Returns the rights that an operation changes. */
  rightsOf(operation: Operation): Right[] {
    const keys =
      'key' in operation
        ? [operation.key]
        : this.accountOf.flatMap((account, key) => (account === operation.account ? [key] : []));
    return keys.flatMap((key) => Array.from({ length: modelCount }, (_, model) => key * modelCount + model));
  }

  /** @returns the commit that revoked the right; undefined while it exists */
  goneSince(right: Right): number | undefined {
    return this.#contents.goneSince[right];
  }

  /**
   * One transaction of an administrator.
   * @param confirming sequences that the process knows to be confirmed
   */
  change(operation: Operation, confirming: readonly number[]): Committed {
    const change = changeOf(operation);
    const row = 'key' in operation ? this.#contents.keys[operation.key] : undefined;
    if (row && !row.exists) {
      const seqs = operation.do === 'delete' ? this.#unconfirmed(change, confirming) : [];
      return { seqs, change, commit: this.commits };
    }
    if ('account' in operation) {
      const account = this.#contents.accounts[operation.account];
      if (account) account.enabled = operation.do === 'enable account';
    } else if (row) {
      if (operation.do === 'delete') row.exists = false;
      else if (operation.do === 'narrow' || operation.do === 'widen') row.wide = operation.do === 'widen';
      else row.enabled = operation.do === 'enable';
    }
    const seq = this.#append(change, operation.do === 'delete');
    this.#committed();
    return { seqs: [seq], change, commit: this.commits };
  }

  #unconfirmed(change: AccessChange, confirming: readonly number[]): number[] {
    const key = change.kind === 'key' ? change.keyId : undefined;
    return this.#contents.log
      .filter((row) => row.key === key && row.deleted && !row.confirmed && !confirming.includes(row.lastSeq))
      .map(({ lastSeq }) => lastSeq);
  }

  /**
   * One transaction that only adds to the log.
   * @returns the sequence of each entry
   */
  append(entries: readonly { readonly change: LoggedChange; readonly deleted?: boolean }[]): number[] {
    return entries.map(({ change, deleted = false }) => this.#append(change, deleted));
  }

  #append(change: LoggedChange, deleted: boolean): number {
    this.#nonces += 1;
    const { clock, log } = this.#contents;
    const mark = { seq: clock.seq + 1, nonce: `nonce ${this.#nonces}` };
    const key = change.kind === 'key' ? change.keyId : undefined;
    log.push({ ...mark, change, deleted, key, lastSeq: mark.seq, confirmed: false });
    this.#contents.clock = mark;
    return mark.seq;
  }

  #committed(): void {
    this.commits += 1;
    this.#noteRights();
    this.onLogged();
  }

  #noteRights(): void {
    const { goneSince } = this.#contents;
    for (let right = 0; right < goneSince.length; right += 1) {
      const isThere = this.permits(Math.floor(right / modelCount), right % modelCount);
      if (isThere === (goneSince[right] === undefined)) continue;
      goneSince[right] = isThere ? undefined : this.commits;
      if (isThere) this.onGiven(right);
    }
  }

  // Faults of the database.

  goDown(): void {
    this.isDown = true;
    this.connection += 1;
  }

  /** @param isAnotherRun whether it was restarted or replaced by its standby */
  comeUp(isAnotherRun: boolean): void {
    this.isDown = false;
    if (isAnotherRun) this.#runs += 1;
  }

  /** Returns the contents that a standby has now. */
  copy(): Contents {
    const { keys, accounts, nodes, clock, leaseMs, log, goneSince } = this.#contents;
    return {
      keys: keys.map((row) => ({ ...row })),
      accounts: accounts.map((row) => ({ ...row })),
      nodes: nodes.map((row) => ({ ...row })),
      clock,
      leaseMs,
      log: log.map((row) => ({ ...row })),
      goneSince: [...goneSince],
    };
  }

  /** Restores the contents of a standby. Nonces and numbers of registrations are never reused. */
  restore(contents: Contents): void {
    const { goneSince: were } = this.#contents;
    this.#contents = contents;
    contents.goneSince.forEach((gone, right) => {
      if (gone === undefined && were[right] !== undefined) this.onGiven(right);
    });
  }
}

const changes: AccessChange[] = [];
const accountChanges: AccessChange[] = [];

/** Returns the same object each time. */
function changeOf(operation: Operation): AccessChange {
  if ('account' in operation) {
    const { account } = operation;
    accountChanges[account] ??= { kind: 'account', accountId: account };
    return accountChanges[account];
  }
  const { key } = operation;
  changes[key] ??= { kind: 'key', keyId: key, digest: simulatedKeys[key]?.digest ?? new Uint8Array() };
  return changes[key];
}
