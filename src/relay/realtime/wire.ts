/**
 * One end of a relayed WebSocket: text messages in both directions, with back-pressure. Of a reader that takes nothing
 * it holds a bounded number of bytes.
 */
import type { WebSocket } from 'ws';
import type { Clock, Timer } from '../../platform/clock.ts';
import { limits } from '../../platform/limits.ts';

export interface WireEvents {
  /** @param text UTF-8 */
  onText(text: Buffer): void;
  /** A message that is not text came. */
  onBinary(): void;
  /** The reader takes too little: nothing more should come until `onDrain`. */
  onFull(): void;
  onDrain(): void;
  /** The reader has taken nothing for too long. */
  onStalled(): void;
  /** @param code of the close frame; 1006 = none came */
  onClosed(code: number): void;
}

export class Wire {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #events: WireEvents;
  #isFull = false;
  #stall: Timer | undefined;
  /** Whether anything has come since the last ping. */
  #isAlive = true;
  #pauses = 0;
  #isClosed = false;

  /** @param socket paused; `resume` begins it */
  constructor(socket: WebSocket, clock: Clock, stallMs: number, events: WireEvents) {
    this.#socket = socket;
    this.#clock = clock;
    this.#stallMs = stallMs;
    this.#events = events;
    this.#pauses = 1;
    socket.on('message', (data: Buffer, isBinary) => {
      this.#isAlive = true;
      if (isBinary) events.onBinary();
      else events.onText(data);
    });
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    // The end follows.
    socket.on('error', () => {});
    socket.on('close', (code: number) => {
      this.#isClosed = true;
      this.#stall?.cancel();
      events.onClosed(code);
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  send(text: Buffer | string): void {
    if (!this.isOpen) return;
    this.#socket.send(text, { binary: false }, this.#onWritten);
    if (this.#isFull || this.#socket.bufferedAmount <= limits.socket_waiting_bytes_max) return;
    this.#isFull = true;
    this.#events.onFull();
    this.#stall = this.#clock.after(this.#stallMs, () => this.#events.onStalled());
  }

  readonly #onWritten = (): void => {
    if (!this.#isFull || this.#socket.bufferedAmount > limits.socket_waiting_bytes_max / 2) return;
    this.#isFull = false;
    this.#stall?.cancel();
    if (!this.#isClosed) this.#events.onDrain();
  };

  /** Reads nothing until as many calls of `resume`. */
  pause(): void {
    this.#pauses += 1;
    if (this.#pauses === 1) this.#socket.pause();
  }

  resume(): void {
    if (this.#pauses === 0) return;
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#socket.resume();
  }

  /** Reads on, whatever has paused it. */
  readOn(): void {
    this.#pauses = 0;
    this.#socket.resume();
  }

  /**
   * Asks for a sign of life.
   * @returns false when none came since the last call
   */
  ping(): boolean {
    if (!this.#isAlive && this.#pauses === 0) return false;
    this.#isAlive = false;
    if (this.isOpen) this.#socket.ping();
    return true;
  }

  /** @param code of the close frame */
  close(code: number): void {
    this.#socket.close(code);
  }

  /** Closes the connection at once. */
  terminate(): void {
    this.#socket.terminate();
  }
}
