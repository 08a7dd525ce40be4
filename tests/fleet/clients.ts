/** Runs clients on every node without pause, and records the start, end and result of each attempt. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attempt } from './checker.ts';
import { Connection, requestText } from './connection.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import { attemptMark, stampsIn } from './upstream.ts';

export interface HammerOptions {
  /** Maps the names of rights to the keys that have them. Clients use them in turn. */
  readonly keys: ReadonlyMap<string, string>;
  /** Clients on each node. */
  readonly perNode?: number;
  /** Milliseconds between two attempts of a client, to leave CPU time for other work. */
  readonly pauseMs?: number;
}

/** A client abandons an attempt that takes longer, and starts the next one on a new connection. */
const patienceMs = 150;

/** Unique within the process, so that the upstream can distinguish them. */
let attemptsMade = 0;

export function nextAttempt(): number {
  attemptsMade += 1;
  return attemptsMade;
}

/** Builds the chat request of an attempt. */
export function chatText(key: string, id: number, fields: object = {}): string {
  const body = { model: 'test-model', messages: [{ role: 'user', content: attemptMark(id) }], ...fields };
  return requestText({ method: 'POST', path: '/v1/chat/completions', credential: key, body });
}

export class Hammer {
  /** All started attempts. Those without a response count as not admitted by what their clients saw. */
  readonly attempts: Attempt[] = [];
  readonly #fleet: Fleet;
  readonly #options: HammerOptions;
  /** By node and right, connections that wait for a volley. */
  readonly #reserve = new Map<string, Connection>();
  readonly #connections = new Set<Connection>();
  readonly #clients: Promise<void>[] = [];
  #stopped = false;

  constructor(fleet: Fleet, options: HammerOptions) {
    this.#fleet = fleet;
    this.#options = options;
    const { perNode = 3, keys } = options;
    for (const node of fleet.nodes) {
      for (const right of keys.keys()) {
        if (node.url !== undefined) this.#reserve.set(`${node.index} ${right}`, this.#open(node.url));
      }
      for (let client = 0; client < perNode; client += 1) this.#clients.push(this.#run(node, client));
    }
  }

  async #run(node: FleetNode, first: number): Promise<void> {
    const { keys, pauseMs = 5 } = this.#options;
    const rights = [...keys];
    let connection: Connection | undefined;
    for (let turn = first; !this.#stopped; turn += 1) {
      await sleep(pauseMs);
      if (this.#stopped || node.url === undefined) continue;
      const [right, key] = rights[turn % rights.length] ?? ['', ''];
      if (!connection?.isOpen) connection = this.#open(node.url);
      const attempt = this.#attempt(node, right, key, connection);
      const outcome = await Promise.race([attempt, sleep(patienceMs, 'late' as const)]);
      if (outcome === 'late') connection = undefined;
      // The node is down, so an immediate attempt is useless.
      else if (outcome === 0) await sleep(20);
    }
  }

  /** Makes one attempt on every node at once, on open connections: the first after a confirmation. */
  volley(right: string): void {
    const key = this.#options.keys.get(right) ?? '';
    for (const node of this.#fleet.nodes) {
      if (node.url === undefined) continue;
      const reserved = this.#reserve.get(`${node.index} ${right}`);
      const connection = reserved?.isOpen ? reserved : this.#open(node.url);
      void this.#attempt(node, right, key, connection);
    }
  }

  #open(url: string): Connection {
    for (const connection of this.#connections) if (!connection.isOpen) this.#connections.delete(connection);
    const connection = new Connection(url);
    this.#connections.add(connection);
    return connection;
  }

  async #attempt(node: FleetNode, right: string, key: string, connection: Connection): Promise<number> {
    const id = nextAttempt();
    const index = this.attempts.length;
    const text = chatText(key, id);
    const invoked = performance.now();
    const begun = { id, node: node.index, right, invoked };
    this.attempts.push({ ...begun, returned: Number.POSITIVE_INFINITY, status: 0 });
    const { status, at: returned, body: refusal } = await connection.ask(text);
    if (this.#stopped && status === 0) return status;
    this.attempts[index] = { ...begun, returned, status, ...(status >= 500 && { refusal }) };
    return status;
  }

  /** Counts the attempts on a node that began after a moment, ended, and had this status. */
  count(node: FleetNode, right: string, status: number, since = 0): number {
    let count = 0;
    for (let index = this.attempts.length - 1; index >= 0; index -= 1) {
      const attempt = this.attempts[index] as Attempt;
      if (attempt.invoked < since) break;
      if (attempt.node === node.index && attempt.right === right && attempt.status === status) count += 1;
    }
    return count;
  }

  /** Ends all clients and their pending attempts. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const connection of this.#connections) connection.close();
    await Promise.all(this.#clients);
  }
}

/** A stream that does not end by itself. */
export class EndlessStream {
  readonly node: FleetNode;
  readonly #connection: Connection;
  #text = '';
  #stamp = 0;
  #over: { readonly isWhole: boolean } | undefined;

  constructor(node: FleetNode, key: string) {
    this.node = node;
    this.#connection = new Connection(node.gateway.url, (part) => this.#take(part));
    void this.#connection.ask(chatText(key, nextAttempt(), { stream: true })).then((reply) => {
      this.#over = reply;
    });
  }

  #take(part: string): void {
    // Keep the end: a chunk may arrive in parts, and the error event is last.
    this.#text = (this.#text + part).slice(-2000);
    this.#stamp = Math.max(this.#stamp, ...stampsIn(this.#text));
  }

  /** When the newest received chunk left the upstream; 0 when nothing was received. */
  get newestPiece(): number {
    return this.#stamp;
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** How the stream ended: the code of an error event, `broken` in the middle, or `whole`. */
  get ending(): string {
    const code = /"error":\{[^\n]*"code":"(\w+)"[^\n]*\}\n\n$/.exec(this.#text)?.[1];
    if (code !== undefined) return code;
    return this.#over?.isWhole ? 'whole' : 'broken';
  }

  close(): void {
    this.#connection.close();
  }
}
