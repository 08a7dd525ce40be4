/**
 * The client's side of one relayed response: begun late, written with back-pressure, ended exactly once. It gives
 * up on a client that reads nothing for too long, and notices at once when the client disconnects.
 */

import type { Exchange } from '../http/exchange.ts';
import { joinedBytesMax } from '../http/response.ts';
import { sendJson } from '../http/send.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { Heartbeat } from './heartbeat.ts';

export interface ClientResponseEvents {
  /** The client took the waiting bytes; the upstream may go on. */
  onDrain(): void;
  /** The connection closed before the response was complete. */
  onGone(): void;
  /** The client read nothing for too long; the connection has been closed. */
  onStalled(): void;
  /** The response has been handed to the kernel, or cannot be any more. Called once, last. */
  onClosed(): void;
}

export interface ClientResponseOptions {
  readonly clock: Clock;
  /** How long a client may read nothing while bytes wait for it, in milliseconds. */
  readonly slowClientMs: number;
  /** Silence after which the client of a stream gets a heartbeat, in milliseconds. */
  readonly heartbeatMs: number;
  /** Whether a revocation must be able to discard what the client has not read. */
  readonly isRevocable: boolean;
}

export class ClientResponse {
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #heartbeatMs: number;
  readonly #events: ClientResponseEvents;
  readonly #isRevocable: boolean;
  #stall: Timer | undefined;
  #heartbeat: Heartbeat | undefined;
  #status = 0;
  #headers: string[] = [];
  #over = false;
  #bytes = 0;

  constructor(
    exchange: Exchange,
    { clock, slowClientMs, heartbeatMs, isRevocable }: ClientResponseOptions,
    events: ClientResponseEvents,
  ) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#stallMs = slowClientMs;
    this.#heartbeatMs = heartbeatMs;
    this.#isRevocable = isRevocable;
    this.#events = events;
    // Emitted once. `once` would wrap it, which costs on every request.
    exchange.res.on('close', () => {
      this.#stall?.cancel();
      this.#heartbeat?.stop();
      if (!this.#over) {
        this.#over = true;
        events.onGone();
      }
      events.onClosed();
    });
  }

  /** Whether anything of the response, its head included, may have reached the client. */
  get begun(): boolean {
    return this.#exchange.res.headersSent;
  }

  /** Body bytes handed over so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Keeps status and headers (flat name, value list) for the first write; until then they can be replaced. */
  prepare(status: number, headers: string[]): void {
    this.#status = status;
    this.#headers = headers;
  }

  #begin(): void {
    const { res, connection } = this.#exchange;
    if (res.headersSent) return;
    if (this.#isRevocable) connection.carryOutput();
    res.writeHead(this.#status, this.#headers);
  }

  /** Sends a short complete response as one text with its head, in one write. */
  #endAtOnce(body: Buffer): void {
    if (!this.#headers.includes('content-length')) this.#headers.push('content-length', String(body.length));
    this.#begin();
    this.#exchange.res.end(body.toString('latin1'), 'latin1');
  }

  /** Sends the head alone, so that a client waiting for a stream sees that it has begun. */
  flushHead(): void {
    if (this.#over || this.begun) return;
    this.#begin();
    this.#exchange.res.flushHeaders();
  }

  /** @returns false when the upstream should pause until `onDrain` */
  write(chunk: Buffer): boolean {
    if (this.#over) return true;
    this.#begin();
    this.#heartbeat?.shown();
    this.#bytes += chunk.length;
    const { res } = this.#exchange;
    if (res.writePart(chunk)) return true;
    if (!this.#stall) this.#waitForReader();
    return false;
  }

  /**
   * Writes heartbeats from now on, after each interval in which nothing was written.
   * @param may whether the response may begin, or go on, with one; then it has been prepared
   */
  keepAlive(text: string, may: () => boolean): void {
    this.#heartbeat?.stop();
    // An upstream may begin after its client has left, and nobody would stop the heartbeat.
    if (this.#over) return;
    const beat = () => {
      // A client that reads nothing needs none.
      if (!this.#over && !this.#stall && may()) this.write(Buffer.from(text));
    };
    this.#heartbeat = new Heartbeat({ clock: this.#clock, everyMs: this.#heartbeatMs, beat });
  }

  #waitForReader(): void {
    const { res } = this.#exchange;
    this.#stall = this.#clock.after(this.#stallMs, () => {
      if (this.#over) return;
      this.#over = true;
      this.#exchange.connection.reset();
      this.#events.onStalled();
    });
    res.once('drain', () => {
      this.#stall?.cancel();
      this.#stall = undefined;
      if (!this.#over) this.#events.onDrain();
    });
  }

  /** Replaces what was prepared by one JSON text. Only before anything has begun. */
  replace(status: number, body: string, headers: Readonly<Record<string, string>>): void {
    if (this.#over) return;
    this.#over = true;
    sendJson(this.#exchange, status, body, headers);
  }

  /** Completes the response, with its last chunk if there is one. */
  end(chunk?: Buffer): void {
    if (this.#over) return;
    this.#over = true;
    this.#stall?.cancel();
    this.#bytes += chunk?.length ?? 0;
    const { res } = this.#exchange;
    if (chunk && !this.begun && chunk.length <= joinedBytesMax) {
      this.#endAtOnce(chunk);
    } else {
      this.#begin();
      res.end(chunk);
    }
    this.#boundReading();
  }

  /** Bounds how long a client may leave the last bytes unread, which holds its connection. */
  #boundReading(): void {
    const { res, connection } = this.#exchange;
    if (res.writableLength > 0) this.#stall = this.#clock.after(this.#stallMs, () => connection.reset());
  }

  /**
   * Ends a response that has begun and cannot be completed, with `lastWords` in its form.
   * @returns false when the form has no room for them: then close the connection, so that the response cannot pass
   * for complete
   */
  break(lastWords: string): boolean {
    const { res } = this.#exchange;
    if (this.#over) return res.writableEnded;
    this.#over = true;
    this.#stall?.cancel();
    if (lastWords === '') return false;
    res.end(lastWords);
    this.#boundReading();
    return true;
  }

  /** Discards at once what the client has not read. */
  discard(): void {
    this.#exchange.connection.reset();
  }

  /** Closes the connection, so that the response cannot pass for complete. */
  close(): void {
    void this.#exchange.connection.endInOrder(this.#stallMs);
  }
}
