/** Accepts connections on one socket, and passes each to the worker that has waited longest for one. */
import { BoundSocket, createServer, type Server, type Socket } from 'node:net';
import { listeningAt } from '../../http/listener.ts';
import { quietTurn } from '../../http/quiet-turn.ts';
import type { Clock } from '../../platform/clock.ts';
import { limits } from '../../platform/limits.ts';
import type { SocketName } from '../../platform/parent-messages.ts';

/** What takes connections: a worker. */
export interface Taker {
  pass(name: SocketName, connection: Socket): void;
}

export interface AcceptorOptions {
  readonly name: SocketName;
  /** A bound socket, or the file descriptor of one that a service manager holds. */
  readonly place: BoundSocket | number;
  readonly clock: Clock;
}

export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #server: Server;
  #opening: Promise<string> | undefined;
  #closing: Promise<void> | undefined;
  readonly #passedOn = Promise.withResolvers<void>();
  #accepted = 0;
  /** Connections for which no worker is free. */
  readonly #waiting: Socket[] = [];
  /** Workers that have taken what was passed to them, the one that waits longest first. */
  readonly #free: Taker[] = [];
  readonly #takers = new Set<Taker>();

  constructor(options: AcceptorOptions) {
    this.#options = options;
    // Half-open and without delay, as the HTTP server of a worker would accept them.
    this.#server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true });
    this.#server.on('connection', (connection) => this.#onConnection(connection));
  }

  /**
   * Passes connections to a worker from now on. Listens only from the first worker on: before that, connections wait
   * where a service manager keeps them, and are refused elsewhere.
   * @returns the address that clients connect to
   */
  async join(taker: Taker): Promise<string> {
    this.#opening ??= this.#open();
    const hostPort = await this.#opening;
    this.#takers.add(taker);
    this.#free.push(taker);
    this.#passOn();
    return hostPort;
  }

  #open(): Promise<string> {
    const { place } = this.#options;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.once('listening', () => {
        const bound = this.#server.address();
        if (bound !== null && typeof bound === 'object') resolve(listeningAt(bound).hostPort);
        else reject(new Error('the socket that was passed is none of TCP (ListenStream= must be a port)'));
      });
      if (place instanceof BoundSocket) this.#server.listen(place, limits.listen_backlog);
      else this.#server.listen({ fd: place, backlog: limits.listen_backlog });
    });
  }

  #onConnection(connection: Socket): void {
    this.#accepted += 1;
    connection.on('error', () => connection.destroy());
    if (this.#waiting.length >= limits.listen_backlog) connection.destroy();
    else this.#waiting.push(connection);
    this.#passOn();
  }

  #passOn(): void {
    while (this.#waiting.length > 0) {
      const taker = this.#free.shift();
      if (!taker) break;
      const connection = this.#waiting.shift();
      if (connection) taker.pass(this.#options.name, connection);
    }
    this.#noteEnd();
  }

  /** After the end of listening, the last connections go to the workers that are left. */
  #noteEnd(): void {
    if (!this.#closing || this.#server.listening) return;
    if (this.#waiting.length === 0 || this.#takers.size === 0) this.#passedOn.resolve();
  }

  /** A worker has taken what was passed to it last. */
  onTaken(taker: Taker): void {
    if (!this.#takers.has(taker)) return;
    this.#free.push(taker);
    this.#passOn();
  }

  /** Passes nothing more to a worker. */
  leave(taker: Taker): void {
    this.#takers.delete(taker);
    const at = this.#free.indexOf(taker);
    if (at !== -1) this.#free.splice(at, 1);
    this.#noteEnd();
  }

  /**
   * Accepts nothing more. Connections in the queue of a socket that a service manager holds stay there.
   * @returns resolves when all that were accepted have been passed on
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { place, clock } = this.#options;
    if (this.#server.listening) {
      if (typeof place !== 'number') await quietTurn(() => this.#accepted, clock);
      this.#server.close();
    } else if (typeof place !== 'number') place.close();
    if (this.#waiting.length > 0 && this.#takers.size > 0) await this.#passedOn.promise;
  }
}
