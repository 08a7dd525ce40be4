/**
 * One client connection: its requests are served one after another in the order they came, and once one of
 * them was refused nothing that follows it is served.
 */
import { Socket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { holdInput, lingeringClose } from './linger.ts';
import type { Exchange } from './server.ts';

export class Connection {
  /** The peer's address, normalised, and whether what it says of its clients is believed. */
  readonly peer: string;
  readonly isTrustedProxy: boolean;
  readonly #socket: Socket;
  readonly #serve: (exchange: Exchange) => void;
  readonly #waiting: Exchange[] = [];
  #current: Exchange | undefined;
  /** The request that came last, unless it is complete and answered. */
  #last: Exchange | undefined;
  #isFresh = true;
  #refused = false;
  #lastWord: (() => void) | undefined;

  /** @param serve called for each request when its turn comes */
  constructor(
    socket: Socket,
    clock: Clock,
    peer: { readonly address: string; readonly isTrustedProxy: boolean },
    serve: (exchange: Exchange) => void,
  ) {
    this.#socket = socket;
    this.peer = peer.address;
    this.isTrustedProxy = peer.isTrustedProxy;
    this.#serve = serve;
    // Node calls this when the last answer of a connection is out.
    socket.destroySoon = () => {
      if (this.#mayStillSend()) lingeringClose(socket, clock);
      else Socket.prototype.destroySoon.call(socket);
    };
  }

  /** Whether a request was refused, so that nothing more is taken. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Whether no request has come yet. */
  get isFresh(): boolean {
    return this.#isFresh;
  }

  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /** The request whose body is still arriving. */
  get arriving(): Exchange | undefined {
    return this.#last?.req.complete === false ? this.#last : undefined;
  }

  #mayStillSend(): boolean {
    return !this.#socket.readableEnded && (this.#refused || this.arriving !== undefined);
  }

  /** Serves the request now, or after those before it. */
  add(exchange: Exchange): void {
    this.#isFresh = false;
    this.#last = exchange;
    if (!this.#current) {
      this.#start(exchange);
    } else if (this.#waiting.length < limits.pipelined_requests_max) {
      this.#waiting.push(exchange);
    } else {
      // A client may pipeline only what it is ready to send again (RFC 9112, 9.3.2).
      this.refuse(undefined);
      this.whenIdle(() => this.#socket.destroySoon());
    }
  }

  #start(exchange: Exchange): void {
    this.#current = exchange;
    exchange.res.on('close', this.#next);
    this.#serve(exchange);
  }

  readonly #next = (): void => {
    this.#current = undefined;
    // An idle connection holds on to no request.
    if (this.#last?.req.complete) this.#last = undefined;
    // Nothing can be answered any more: the client is gone, or was told that the connection closes.
    if (!this.#socket.writable) {
      this.#waiting.length = 0;
      return;
    }
    const exchange = this.#waiting.shift();
    if (exchange) this.#start(exchange);
    else this.#lastWord?.();
  };

  /** Takes nothing more from this connection; `exchange`, if given, will not be served either. */
  refuse(exchange: Exchange | undefined): void {
    this.#refused = true;
    if (exchange) this.#last = exchange;
    const at = exchange ? this.#waiting.indexOf(exchange) : -1;
    if (at !== -1) this.#waiting.splice(at, 1);
    if (this.#current && this.#current !== exchange) holdInput(this.#socket);
  }

  /** Makes the answer that has not begun yet the connection's last. */
  closeAfterAnswer(): void {
    if (this.#current && !this.#current.res.headersSent) this.#current.res.shouldKeepAlive = false;
  }

  /** Calls `lastWord` when every request that was taken has been answered, unless the connection closes. */
  whenIdle(lastWord: () => void): void {
    if (this.#current) this.#lastWord = lastWord;
    else lastWord();
  }
}
