/**
 * One client connection. It serves its requests in order and serves nothing after a refused request. It never leaves
 * model output that the client may not have read to the kernel: it closes such a connection by a reset, which
 * discards unsent bytes.
 */
import { Socket } from 'node:net';
import type { BagMember } from '../platform/bag.ts';
import type { Clock } from '../platform/clock.ts';
import type { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Settings } from '../platform/settings/schema.ts';
import type { Exchange, ResponseConnection } from './exchange.ts';
import { HttpFraming } from './framing.ts';
import { holdInput, lingeringClose } from './linger.ts';
import { isLoopback } from './plain-credentials.ts';
import type { SendQueues } from './send-queues.ts';

/** The pause between checks of what a client has taken. Its kernel may delay an acknowledgement by 40 ms. */
const firstPauseMs = 5;
const longestPauseMs = 80;

/** How long a client may leave our FIN unanswered before we check whether it has taken everything. */
const finAckMs = 1000;

export interface ConnectionSettings
  extends Pick<Settings['http'], 'slow_client_ms' | 'keep_alive_ms' | 'body_bytes_max'> {}

export interface ConnectionOptions {
  readonly socket: Socket;
  /** The TCP connection: `socket` itself, or what is below its TLS. */
  readonly transport: Socket;
  readonly clock: Clock;
  /** The peer's normalized address, and whether its X-Forwarded-For is trusted. */
  readonly peer: { readonly address: string; readonly isTrustedProxy: boolean };
  readonly settings: ConnectionSettings;
  readonly sendQueues: SendQueues;
  /** Called for each request when its turn comes. */
  readonly serve: (exchange: Exchange) => void;
  /** Whether a path may become a WebSocket. */
  readonly isSocketPath: (path: string) => boolean;
  /** Called once when nothing further can be read from the connection. */
  readonly onFault: (fault: HalleyError) => void;
}

export class Connection implements ResponseConnection, BagMember {
  bagIndex = -1;
  /** The peer's normalized address. */
  readonly peer: string;
  readonly isTrustedProxy: boolean;
  /** Whether it crosses a network unencrypted. */
  readonly isExposed: boolean;
  readonly #socket: Socket;
  readonly #transport: Socket;
  readonly #serve: (exchange: Exchange) => void;
  readonly #waiting: Exchange[] = [];
  #current: Exchange | undefined;
  /** The latest request, unless it is complete and answered. */
  #last: Exchange | undefined;
  #refused = false;
  #lastWord: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #slowClientMs: number;
  readonly #keepAliveMs: number;
  readonly #framing: HttpFraming;
  #pass: ((chunk: Buffer) => void) | undefined;
  readonly #onFault: (fault: HalleyError) => void;
  /** Ends the reading of the arriving body. */
  #onBodyFault: ((fault: HalleyError) => void) | undefined;
  /** Since when no request is being served or arriving, in monotonic milliseconds. */
  #idleSince: number;
  readonly #sendQueues: SendQueues;
  /** Whether the client may not have read all output. */
  #hasUnread = false;
  /** Whether the connection closes once the accepted requests are answered. */
  #isLast = false;
  /** Whether reading pauses until fewer requests wait to be served. */
  #isHeld = false;
  /** Set after FIN was sent: only the client's FIN or the timeout closes the connection. */
  #ending: Promise<void> | undefined;
  #mayClose = false;

  constructor(options: ConnectionOptions) {
    const { socket, transport, clock, peer, settings, sendQueues, serve, isSocketPath, onFault } = options;
    this.#socket = socket;
    this.#transport = transport;
    this.isExposed = transport === socket && !isLoopback(peer.address);
    this.peer = peer.address;
    this.isTrustedProxy = peer.isTrustedProxy;
    this.#serve = serve;
    this.#clock = clock;
    this.#slowClientMs = settings.slow_client_ms;
    this.#keepAliveMs = settings.keep_alive_ms;
    this.#framing = new HttpFraming(
      settings.body_bytes_max,
      (target) => !this.#current && isSocketPath(target.split('?', 1)[0] ?? ''),
    );
    this.#onFault = onFault;
    this.#idleSince = clock.monotonic();
    this.#goAheadOfParser();
    this.#sendQueues = sendQueues;
    // Node calls this after the last response of a connection.
    const destroySoon = () => {
      if (this.#hasUnread) void this.endInOrder(this.#slowClientMs);
      else if (this.#mayStillSend()) void this.endInOrder(limits.linger_ms_max);
      else Socket.prototype.destroySoon.call(socket);
    };
    socket.destroySoon = destroySoon;
    // Everything that closes the connection, Node included, goes through here.
    const destroy = (error?: Error) => this.#destroy(error);
    socket.destroy = destroy;
    // A client that closed its side has read what it wanted, or declares that it will not read it.
    socket.prependListener('end', this.#onEnd);
  }

  readonly #onEnd = (): void => {
    if (this.#hasUnread) this.reset();
  };

  /** Puts the framing check between the socket and Node's parser. */
  #goAheadOfParser(): void {
    const parsers = this.#socket.listeners('data') as ((chunk: Buffer) => void)[];
    // One by one: removing all at once makes a slow and large dictionary of the listeners.
    for (const parse of parsers) this.#socket.off('data', parse);
    const pass = (chunk: Buffer) => {
      const passed = this.#framing.push(chunk);
      if (passed.length > 0) for (const parse of parsers) parse(passed);
      else this.#closeIfKeptOpen();
      if (this.#waiting.length > 0) this.#holdWhenFull();
      if (this.#framing.fault) this.#noteFault(this.#framing.fault);
    };
    this.#pass = pass;
    this.#socket.on('data', pass);
  }

  /**
   * Hands the connection over to a WebSocket: nothing that arrives is HTTP from now on.
   * @returns what has come behind the head of the request
   */
  leaveHttp(): Buffer {
    if (this.#pass) this.#socket.off('data', this.#pass);
    // A reset can close a socket with TLS at once, and the WebSocket takes notice of the end first.
    this.#socket.off('end', this.#onEnd);
    this.#socket.on('end', () => this.#clock.soon(this.#onEnd));
    return this.#framing.rest;
  }

  #noteFault(fault: HalleyError): void {
    if (this.#refused) return;
    if (this.#onBodyFault && this.arriving) this.#onBodyFault(fault);
    else this.#onFault(fault);
  }

  /** Pauses reading when many requests wait: their bodies are in no budget yet. */
  #holdWhenFull(): void {
    const bytes = this.#waiting.reduce((sum, { req }) => sum + req.readableLength, 0);
    if (bytes <= limits.pipelined_body_bytes_max) return;
    this.#isHeld = true;
    this.#socket.pause();
  }

  /** Closes a connection kept open by empty lines, which reset Node's own timer. */
  #closeIfKeptOpen(): void {
    if (this.#current || this.#framing.isInside) return;
    if (this.#clock.monotonic() - this.#idleSince >= this.#keepAliveMs) this.#socket.destroySoon();
  }

  limitBody(exchange: Exchange, bytesMax: number, onFault: (fault: HalleyError) => void): boolean {
    if (this.arriving?.req !== exchange.req) return true;
    this.#onBodyFault = onFault;
    return this.#framing.limitBody(bytesMax);
  }

  #destroy(error: Error | undefined): Socket {
    const socket = this.#socket;
    if (this.#mayClose) return Socket.prototype.destroy.call(socket, error);
    if (this.#ending && error === undefined) return socket;
    if (!this.#hasUnread) return Socket.prototype.destroy.call(socket, error);
    this.reset();
    return socket;
  }

  carryOutput(): void {
    this.#hasUnread = true;
    this.#sendQueues.warm();
  }

  get bytesWritten(): number {
    return this.#socket.bytesWritten;
  }

  whenClosed(onClosed: () => void): void {
    if (this.#socket.destroyed) onClosed();
    else this.#socket.once('close', onClosed);
  }

  reset(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#mayClose = true;
    // libuv refuses a reset while FIN is on its way to the system: for one turn, or behind bytes that Node itself
    // has put it after, which it does where output is not followed. A FIN that failed is on no way, and never finished.
    if (!socket.writableEnded || socket.writableFinished || socket.errored) this.#resetTransport();
    else if (socket.writableLength === 0) socket.once('finish', () => this.reset());
    else Socket.prototype.destroy.call(socket);
  }

  #resetTransport(): void {
    // Mutated by tests: a connection is reset
    Socket.prototype.resetAndDestroy.call(this.#transport);
    if (this.#transport !== this.#socket) Socket.prototype.destroy.call(this.#socket);
  }

  async deliver(mark: number, msMax: number, isSmall = false): Promise<void> {
    const beganAt = this.#clock.monotonic();
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const state = await this.#look(mark, beganAt + msMax - this.#clock.monotonic());
      const elapsedMs = this.#clock.monotonic() - beganAt;
      if (this.#socket.destroyed || state === 'taken') return;
      if (state === 'unknown') return isSmall ? undefined : this.endInOrder(Math.max(1, msMax - elapsedMs));
      const patienceMs = state === 'closed' ? Math.min(msMax, limits.last_words_ms_max) : msMax;
      if (elapsedMs >= patienceMs) return this.reset();
      await this.#pause(Math.min(pauseMs, patienceMs - elapsedMs));
    }
  }

  /**
   * Whether the client's system has acknowledged what was written up to `mark`. What was written since does not matter.
   * With TLS the queue is of ciphertext, of which so many bytes carry fewer of what was written: it says too little, and
   * nothing more once the queue is empty.
   * @param msMax how long the response may take
   * @returns `closed` when the client takes nothing at the moment; `unknown` also when it is not known in time
   */
  async #look(mark: number, msMax: number): Promise<'taken' | 'under way' | 'closed' | 'unknown'> {
    const socket = this.#socket;
    // Read before the queue, so that what is written meanwhile counts as not acknowledged.
    const handedOver = socket.bytesWritten - socket.writableLength;
    if (msMax <= 0) return 'under way';
    const queue = await Promise.race([this.#sendQueues.of(socket), this.#pause(msMax)]);
    if (queue === undefined || queue === 'passed') return 'unknown';
    if (handedOver - queue.bytes >= mark) return 'taken';
    return queue.isWindowClosed ? 'closed' : 'under way';
  }

  #pause(ms: number): Promise<'passed'> {
    return new Promise((resolve) => void this.#clock.after(ms, () => resolve('passed')));
  }

  /**
   * Closes the connection once the client has everything. A client with a connection pool may leave our FIN
   * unanswered.
   */
  #closeOnceTaken(): void {
    const timer = this.#clock.after(finAckMs, async () => {
      if ((await this.#look(this.bytesWritten, finAckMs)) !== 'taken') return;
      this.#hasUnread = false;
      this.#close();
    });
    this.#socket.once('close', () => timer.cancel());
  }

  #close(): void {
    if (this.#hasUnread) this.reset();
    else {
      this.#mayClose = true;
      Socket.prototype.destroySoon.call(this.#socket);
    }
  }

  endInOrder(msMax: number): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return Promise.resolve();
    const timer = this.#ending && this.#clock.after(msMax, () => this.reset());
    this.#ending ??= new Promise((resolve) => {
      socket.once('close', () => resolve());
      this.#refused = true;
      this.#waiting.length = 0;
      const onEnded = () => this.#close();
      lingeringClose(socket, { clock: this.#clock, msMax, onEnded, onLate: () => this.reset() });
      if (msMax > finAckMs) this.#closeOnceTaken();
    });
    return this.#ending.then(() => timer?.cancel());
  }

  /** Closes the connection for good, with a moment for the client to read what was written. */
  async leave(): Promise<void> {
    if (this.#hasUnread) await this.deliver(this.bytesWritten, limits.last_words_ms_max);
    this.#mayClose = true;
    this.#socket.destroy();
  }

  /** Closes the connection when no request is being served, letting the client read what was written. */
  closeIfIdle(): void {
    if (!this.#current && !this.#framing.isInside && this.#hasUnread)
      void this.endInOrder(this.#slowClientMs);
  }

  /** Whether a request was refused, so that nothing more is accepted. */
  get refused(): boolean {
    return this.#refused;
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
    this.#last = exchange;
    this.#onBodyFault = undefined;
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
    this.#idleSince = this.#clock.monotonic();
    // An idle connection keeps no request in memory.
    if (this.#last?.req.complete) this.#last = undefined;
    // Nothing can be answered any more: the client is gone, or was notified that the connection closes.
    if (!this.#socket.writable) {
      this.#waiting.length = 0;
      return;
    }
    const exchange = this.#waiting.shift();
    if (this.#isHeld) {
      this.#isHeld = false;
      this.#socket.resume();
    }
    if (exchange) this.#start(exchange);
    else if (this.#isLast) this.#socket.destroySoon();
    else this.#lastWord?.();
  };

  /** Accepts nothing more from this connection. `exchange`, if given, is not served either. */
  refuse(exchange: Exchange | undefined): void {
    this.#refused = true;
    if (exchange) this.#last = exchange;
    const at = exchange ? this.#waiting.indexOf(exchange) : -1;
    if (at !== -1) this.#waiting.splice(at, 1);
    if (this.#current && this.#current !== exchange) holdInput(this.#socket);
  }

  /** Makes the present response the last one of the connection, and says so in its head if it has not begun. */
  closeAfterResponse(): void {
    if (!this.#current) return;
    if (this.#current.res.headersSent) this.#isLast = true;
    else this.#current.res.shouldKeepAlive = false;
  }

  /** Whether nothing is being served and a request may come. */
  get isAwaited(): boolean {
    return !this.#current && !this.#refused && this.#socket.writable && !this.#socket.readableEnded;
  }

  /** Calls `lastWord` when every accepted request has been answered, unless the connection closes. */
  whenIdle(lastWord: () => void): void {
    if (this.#current) this.#lastWord = lastWord;
    else lastWord();
  }
}
