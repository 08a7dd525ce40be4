/** `Coordination` on the simulated database; `PostgresCoordination` fulfils the same contract suite. */

import type {
  Coordination,
  CoordinationListener,
  LogEntry,
  LogMark,
  LogRead,
  NodeIdentity,
  NodeRow,
} from '../../src/store/coordination.ts';
import type { KeyReport } from '../../src/store/receipt-store.ts';
import type { Database } from './database.ts';

/** Executes something at the database and returns the response. */
export type Send = <Answer>(what: string, execute: () => Answer) => Promise<Answer>;

export class SimulatedCoordination implements Coordination {
  readonly #database: Database;
  readonly #send: Send;
  /** Maps each registration to its process. */
  readonly #processes = new Map<number, string>();
  /** Sequences that are being recorded as confirmed. */
  readonly confirming: number[] = [];
  /** Undefined without a listener. */
  listener: CoordinationListener | undefined;

  constructor(database: Database, send: Send) {
    this.#database = database;
    this.#send = send;
  }

  async register(node: NodeIdentity, replaces: number | undefined, leaseMs: number): Promise<number> {
    const incarnation = await this.#send('register', () => this.#database.register(node, replaces, leaseMs));
    this.#processes.set(incarnation, node.processId);
    return incarnation;
  }

  async retireEarlier(node: NodeIdentity): Promise<void> {
    const earlier = await this.#send('earlier', () => this.#database.earlier(node));
    if (earlier.length === 0) return;
    await this.#send('retire', () => {
      for (const incarnation of earlier) this.#database.leave(incarnation);
    });
  }

  #processOf(incarnation: number): string {
    return this.#processes.get(incarnation) ?? '';
  }

  extend(incarnation: number): Promise<boolean> {
    return this.#send('extend', () => this.#database.extend(incarnation, this.#processOf(incarnation)));
  }

  readLog(from: number | undefined): Promise<LogRead> {
    return this.#send('read', () => this.#database.readLog(from));
  }

  acknowledge(incarnation: number, seq: number, reports: readonly KeyReport[] = []): Promise<boolean> {
    const processId = this.#processOf(incarnation);
    return this.#send('acknowledge', () => this.#database.acknowledge(incarnation, seq, processId, reports));
  }

  listNodes(): Promise<readonly NodeRow[]> {
    return this.#send('list', () => this.#database.listNodes());
  }

  expel(nodes: readonly Pick<NodeRow, 'incarnation' | 'renewals'>[]): Promise<void> {
    return this.#send('expel', () => this.#database.expel(nodes));
  }

  leave(incarnation: number): Promise<void> {
    return this.#send('leave', () => this.#database.leave(incarnation));
  }

  async confirm(seq: number, server: string): Promise<void> {
    this.confirming.push(seq);
    try {
      await this.#send('confirm', () => this.#database.confirm(seq, server));
    } finally {
      this.confirming.splice(this.confirming.indexOf(seq), 1);
    }
  }

  reassert(deletions: readonly LogEntry[], seq: number): Promise<LogMark> {
    return this.#send('reassert', () => this.#database.reassert(deletions, seq));
  }

  pruneLog(keep: number): Promise<void> {
    return this.#send('prune', () => this.#database.prune(keep));
  }

  /** Nobody asks for running requests: nothing is decided by the answers. */
  async ask(): Promise<void> {}

  async answer(): Promise<void> {}

  async follow(listener: CoordinationListener): Promise<() => Promise<void>> {
    this.listener = listener;
    return async () => {
      this.listener = undefined;
    };
  }
}
