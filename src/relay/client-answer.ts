/**
 * The client's side of one relayed answer: begun late, written with back-pressure, ended exactly once. A
 * client that stops reading is waited for only so long; one that is gone is noticed at once.
 */
import { sendJson } from '../http/answer.ts';
import type { Exchange } from '../http/server.ts';
import type { Clock, Timer } from '../platform/clock.ts';

export interface ClientAnswerEvents {
  /** The client took what was waiting; the upstream may go on. */
  onDrain(): void;
  /** The connection closed before the answer was finished. */
  onGone(): void;
  /** Nothing was read for too long; the connection has been closed. */
  onStalled(): void;
  /** Nothing more can reach the client, however the answer ended. Called once, last. */
  onClosed(): void;
}

/** How long the last words of a cut answer may take to leave this process, in milliseconds. */
const lastWordsMs = 250;

/** Up to here joining head and body in one text is cheaper than writing two buffers. */
const joinedBytesMax = 16_384;

export class ClientAnswer {
  readonly #exchange: Exchange;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #events: ClientAnswerEvents;
  #stall: Timer | undefined;
  #status = 0;
  #headers: string[] = [];
  #over = false;
  #bytes = 0;

  constructor(exchange: Exchange, clock: Clock, stallMs: number, events: ClientAnswerEvents) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#stallMs = stallMs;
    this.#events = events;
    // Emitted once; `once` would wrap it, which costs on every request.
    exchange.res.on('close', () => {
      this.#stall?.cancel();
      if (!this.#over) {
        this.#over = true;
        events.onGone();
      }
      events.onClosed();
    });
  }

  /** Whether anything of the answer, its head included, may have reached the client. */
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
    const { res } = this.#exchange;
    if (!res.headersSent) res.writeHead(this.#status, this.#headers);
  }

  /** A short answer that is all there goes out as one text with its head, in one write. */
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
    this.#bytes += chunk.length;
    const { res } = this.#exchange;
    if (res.write(chunk)) return true;
    if (!this.#stall) this.#waitForReader();
    return false;
  }

  #waitForReader(): void {
    const { res } = this.#exchange;
    this.#stall = this.#clock.after(this.#stallMs, () => {
      if (this.#over) return;
      this.#over = true;
      res.destroy();
      this.#events.onStalled();
    });
    res.once('drain', () => {
      this.#stall?.cancel();
      this.#stall = undefined;
      if (!this.#over) this.#events.onDrain();
    });
  }

  /** Answers with one JSON text in place of what was prepared; only before anything has begun. */
  replace(status: number, body: string, headers: Readonly<Record<string, string>>): void {
    if (this.#over) return;
    this.#over = true;
    sendJson(this.#exchange, status, body, headers);
  }

  /** Finishes the answer, with its last chunk if there is one. */
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
    // A client that leaves the last bytes unread must not hold its connection for ever.
    if (res.writableLength > 0) this.#stall = this.#clock.after(this.#stallMs, () => res.destroy());
  }

  /**
   * Ends a begun answer that cannot be completed: with `lastWords` in the form of the answer, or, when that
   * is empty or the client is not reading, by closing the connection so that it cannot pass for complete.
   * @returns resolves when nothing more can reach the client
   */
  break(lastWords: string): Promise<void> {
    const { res } = this.#exchange;
    if (this.#over) return Promise.resolve();
    this.#over = true;
    this.#stall?.cancel();
    if (lastWords === '' || res.writableNeedDrain) {
      res.destroy();
      return Promise.resolve();
    }
    res.end(lastWords);
    return this.settled();
  }

  /** Resolves when what was written has left this process or cannot any more; never takes long. */
  settled(): Promise<void> {
    const { res } = this.#exchange;
    if (res.writableFinished || res.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const late = this.#clock.after(lastWordsMs, () => res.destroy());
      const done = () => {
        late.cancel();
        resolve();
      };
      res.once('finish', done);
      res.once('close', done);
    });
  }
}
