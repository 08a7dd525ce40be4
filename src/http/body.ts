/** Reads a request's body into memory, with every limit that this needs. */

import type { Clock, Timer } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import type { Exchange } from './server.ts';

/** The client closed the connection before its request was whole; there is nobody to answer. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection while its request arrived');
    this.name = 'ClientGone';
  }
}

/** Ends a reading from outside, before or while it runs. */
export class BodyCancel {
  #error: HalleyError | undefined;
  #listener: ((error: HalleyError) => void) | undefined;

  /** What it was cancelled with. */
  get error(): HalleyError | undefined {
    return this.#error;
  }

  /** The reading rejects with `error` at once. Later calls, and calls after it ended, change nothing. */
  cancel(error: HalleyError): void {
    if (this.#error) return;
    this.#error = error;
    this.#listener?.(error);
  }

  /** For the reader: what to call, or undefined for nothing any more. */
  listen(listener: ((error: HalleyError) => void) | undefined): void {
    this.#listener = listener;
  }
}

export interface BodyOptions {
  /** Most bytes taken. */
  readonly bytesMax: number;
  /** Longest silence between two pieces, in milliseconds. */
  readonly idleMs: number;
  readonly clock: Clock;
  readonly cancel?: BodyCancel;
}

/**
 * Asks a client that waits for `100 Continue` to send, so it must be called only for requests that are
 * welcome. To be called once, in the turn in which the request was handed over or any later one.
 * @returns the body, empty when there is none
 * @throws HalleyError('unsupported_encoding'), `body_too_large` (as soon as it is known), `request_timeout`,
 * or what it was cancelled with; ClientGone
 */
export async function readBody(exchange: Exchange, options: BodyOptions): Promise<Buffer> {
  const { req, res } = exchange;
  const { bytesMax, cancel } = options;
  const { 'content-encoding': encoding, 'content-length': length, expect } = req.headers;
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HalleyError('unsupported_encoding');
  }
  const declared = req.headers['transfer-encoding'] === undefined ? Number(length ?? 0) : undefined;
  if (declared !== undefined && declared > bytesMax) throw tooLarge(bytesMax);
  if (cancel?.error) throw cancel.error;
  if (declared === 0) return Buffer.alloc(0);
  if (expect !== undefined && req.httpVersion === '1.1' && !req.complete && !res.headersSent) {
    res.writeContinue();
  }
  // Lets the parser hand over what has arrived, which for most requests is all of it.
  await undefined;
  if (cancel?.error) throw cancel.error;
  if (req.destroyed || res.closed || res.destroyed) throw new ClientGone();
  if (!req.complete && req.readableLength !== declared) return new ArrivingBody(exchange, options).whole;
  const body: Buffer = req.read() ?? Buffer.alloc(0);
  if (body.length > bytesMax) throw tooLarge(bytesMax);
  return body;
}

function tooLarge(bytesMax: number): HalleyError {
  return new HalleyError('body_too_large', {
    message: `The request body is larger than the ${bytesMax} bytes that this gateway accepts.`,
  });
}

/** A body that comes in several pieces. */
class ArrivingBody {
  readonly whole: Promise<Buffer>;
  readonly #exchange: Exchange;
  readonly #options: BodyOptions;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #lastPieceAt: number;
  #idle: Timer;
  #resolve: (body: Buffer) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(exchange: Exchange, options: BodyOptions) {
    this.#exchange = exchange;
    this.#options = options;
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#lastPieceAt = options.clock.monotonic();
    this.#idle = options.clock.after(options.idleMs, this.#checkIdle);
    options.cancel?.listen(this.#fail);
    exchange.req.on('data', this.#onData);
    exchange.req.once('end', this.#onEnd);
    exchange.req.once('close', this.#onGone);
    // The response closes too when somebody else has answered in the meantime.
    exchange.res.once('close', this.#onGone);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#lastPieceAt = this.#options.clock.monotonic();
    this.#bytes += chunk.length;
    if (this.#bytes > this.#options.bytesMax) this.#fail(tooLarge(this.#options.bytesMax));
    else this.#chunks.push(chunk);
  };

  readonly #onEnd = (): void => {
    this.#stop();
    const [only] = this.#chunks;
    this.#resolve(this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#bytes));
  };

  readonly #onGone = (): void => this.#fail(new ClientGone());

  /** One timer for the whole body: when it finds that bytes came since, it waits for the rest of the time. */
  readonly #checkIdle = (): void => {
    const { clock, idleMs } = this.#options;
    const silentMs = clock.monotonic() - this.#lastPieceAt;
    if (silentMs < idleMs) {
      this.#idle = clock.after(idleMs - silentMs, this.#checkIdle);
      return;
    }
    this.#fail(
      new HalleyError('request_timeout', {
        message: `No byte of the request body arrived for ${idleMs} ms.`,
        headers: { connection: 'close' },
      }),
    );
  };

  readonly #fail = (error: Error): void => {
    this.#stop();
    this.#reject(error);
  };

  /** What still arrives is thrown away from here on. */
  #stop(): void {
    const { req, res } = this.#exchange;
    this.#idle.cancel();
    this.#options.cancel?.listen(undefined);
    req.removeListener('data', this.#onData);
    req.removeListener('end', this.#onEnd);
    req.removeListener('close', this.#onGone);
    res.removeListener('close', this.#onGone);
  }
}
