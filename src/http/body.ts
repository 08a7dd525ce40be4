/** Reads a request's body, into memory or elsewhere, within every limit. */

import type { Clock, Timer } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { BodyShare } from './body-budget.ts';
import { type Body, BodyPieces } from './body-pieces.ts';
import type { Exchange } from './exchange.ts';

/** The client closed the connection before its request was complete; nobody can be answered. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection while its request arrived');
    this.name = 'ClientGone';
  }
}

/** Cancels the reading of a body, before or while it runs. */
export class BodyCancel {
  #error: HalleyError | undefined;
  #listener: ((error: HalleyError) => void) | undefined;

  /** The error it was cancelled with. */
  get error(): HalleyError | undefined {
    return this.#error;
  }

  /** Makes the reading reject with `error` at once. Later calls, and calls after the reading ended, do nothing. */
  cancel(error: HalleyError): void {
    if (this.#error) return;
    this.#error = error;
    this.#listener?.(error);
  }

  /** For the reader: what to call on cancellation; undefined = nothing any more. */
  listen(listener: ((error: HalleyError) => void) | undefined): void {
    this.#listener = listener;
  }
}

/** The slowest pace at which a body may arrive. */
export interface BodyPace {
  /** Longest silence between two chunks, in milliseconds. */
  readonly idleMs: number;
  /** Average bytes a second, once the body has had `limits.body_grace_ms`. */
  readonly bytesPerSecondMin: number;
}

export interface ReadOptions {
  /** The maximum of bytes. */
  readonly bytesMax: number;
  readonly pace: BodyPace;
  readonly clock: Clock;
  readonly cancel?: BodyCancel;
}

export interface BodyOptions extends ReadOptions {
  /** Room for the bytes. The caller releases it with the body; the reader does when there is no body. */
  readonly share: BodyShare;
  /** Sees each chunk as it arrives; what it throws ends the reading. */
  readonly inspect?: (piece: Buffer) => void;
}

/** Where the chunks of a body go. What it throws or rejects with ends the reading. */
export interface BodySink {
  /** @returns a promise while it takes no more; undefined = it takes the next one at once */
  push(chunk: Buffer): Promise<void> | undefined;
}

/**
 * Asks a client that waits for `100 Continue` to send, so call it only for welcome requests. Call it once, in the
 * turn in which the request was handed over or later.
 * @returns the body, empty when there is none
 * @throws HalleyError('unsupported_encoding'), `body_too_large` (as soon as it is known), `request_timeout`,
 * `bodies_full`, `sender_bodies_full`, what `inspect` throws, or what it was cancelled with; ClientGone
 */
export async function readBody(exchange: Exchange, options: BodyOptions): Promise<Body> {
  const { req } = exchange;
  const { bytesMax, share, inspect } = options;
  try {
    const declared = declaredLength(exchange, options);
    if (declared === 0) return { segments: [], length: 0 };
    await undefined;
    requireThere(exchange, options);
    if (!req.complete && req.readableLength !== declared) return await readArriving(exchange, options);
    // Without a size, `read` would return one buffer of several.
    const body: Buffer<ArrayBuffer> = req.read(req.readableLength) ?? Buffer.alloc(0);
    if (body.length > bytesMax) throw tooLarge(bytesMax);
    share.take(body.length);
    inspect?.(body);
    return { segments: [body], length: body.length };
  } catch (error) {
    share.release();
    throw error;
  }
}

/**
 * Passes a body on as it arrives. Call it as `readBody`.
 * @throws as `readBody` does, without the errors about room; what the sink throws
 */
export async function pipeBody(exchange: Exchange, options: ReadOptions, sink: BodySink): Promise<void> {
  if (declaredLength(exchange, options) === 0) return;
  await undefined;
  requireThere(exchange, options);
  await new ArrivingBody(exchange, options, sink).whole;
}

/**
 * Checks what a request says of its body, and asks for it. When it is not 0, the caller waits for one turn of promises:
 * then the parser has handed over what has arrived, which for most requests is the whole body.
 * @returns its length in bytes; infinite = not known
 */
function declaredLength({ req, res }: Exchange, { bytesMax, cancel }: ReadOptions): number {
  const { 'content-encoding': encoding, 'content-length': length, expect } = req.headers;
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HalleyError('unsupported_encoding');
  }
  const isChunked = req.headers['transfer-encoding'] !== undefined;
  const declared = isChunked ? Number.POSITIVE_INFINITY : Number(length ?? 0);
  if (!isChunked && declared > bytesMax) throw tooLarge(bytesMax);
  if (cancel?.error) throw cancel.error;
  if (
    declared > 0 &&
    expect !== undefined &&
    req.httpVersion === '1.1' &&
    !req.complete &&
    !res.headersSent
  ) {
    res.writeContinue();
  }
  return declared;
}

/** @throws what the reading was cancelled with; ClientGone */
function requireThere({ req, res }: Exchange, { cancel }: ReadOptions): void {
  if (cancel?.error) throw cancel.error;
  if (req.destroyed || res.closed || res.destroyed) throw new ClientGone();
}

async function readArriving(exchange: Exchange, options: BodyOptions): Promise<Body> {
  const { share, inspect } = options;
  const pieces = new BodyPieces((bytes) => share.take(bytes));
  const push = (chunk: Buffer) => {
    inspect?.(chunk);
    pieces.push(chunk);
    return undefined;
  };
  await new ArrivingBody(exchange, options, { push }).whole;
  return pieces.take();
}

function tooLarge(bytesMax: number): HalleyError {
  return new HalleyError('body_too_large', {
    message: `The request body is larger than the ${bytesMax} bytes that this gateway accepts.`,
  });
}

function tooSlow(message: string): HalleyError {
  return new HalleyError('request_timeout', { message, headers: { connection: 'close' } });
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** A body that arrives in several chunks. */
class ArrivingBody {
  readonly whole: Promise<void>;
  readonly #exchange: Exchange;
  readonly #options: ReadOptions;
  readonly #sink: BodySink;
  readonly #beganAt: number;
  #length = 0;
  #lastPieceAt: number;
  /** Time in which the sink took nothing, in milliseconds: it does not count for the client's pace. */
  #heldMs = 0;
  #isHeld = false;
  #paceTimer: Timer;
  #resolve: () => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(exchange: Exchange, options: ReadOptions, sink: BodySink) {
    this.#exchange = exchange;
    this.#options = options;
    this.#sink = sink;
    this.whole = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#beganAt = options.clock.monotonic();
    this.#lastPieceAt = this.#beganAt;
    this.#paceTimer = options.clock.after(this.#firstCheckMs, this.#checkPace);
    options.cancel?.listen(this.#fail);
    exchange.req.on('data', this.#onData);
    exchange.req.once('end', this.#onEnd);
    exchange.req.once('close', this.#onGone);
    // The response also closes when other code has answered meanwhile.
    exchange.res.once('close', this.#onGone);
    const { bytesMax } = options;
    if (!exchange.connection.limitBody(exchange, bytesMax, this.#fail)) this.#fail(tooLarge(bytesMax));
  }

  readonly #onData = (chunk: Buffer): void => {
    const { bytesMax, clock } = this.#options;
    this.#lastPieceAt = clock.monotonic();
    this.#length += chunk.length;
    try {
      if (this.#length > bytesMax) throw tooLarge(bytesMax);
      const taking = this.#sink.push(chunk);
      if (taking) void this.#hold(taking);
    } catch (error) {
      this.#fail(asError(error));
    }
  };

  /** Stops reading while the sink takes nothing. Never rejects. */
  async #hold(taking: Promise<void>): Promise<void> {
    const { req } = this.#exchange;
    const { clock } = this.#options;
    const from = clock.monotonic();
    this.#isHeld = true;
    req.pause();
    try {
      await taking;
    } catch (error) {
      this.#fail(asError(error));
    }
    this.#isHeld = false;
    this.#lastPieceAt = clock.monotonic();
    this.#heldMs += this.#lastPieceAt - from;
    req.resume();
  }

  readonly #onEnd = (): void => {
    this.#stop();
    this.#resolve();
  };

  readonly #onGone = (): void => this.#fail(new ClientGone());

  get #firstCheckMs(): number {
    return Math.min(this.#options.pace.idleMs, limits.body_grace_ms);
  }

  /** One timer for the whole body. When it finds that bytes came since, it waits for the remaining time. */
  readonly #checkPace = (): void => {
    const { clock, pace } = this.#options;
    const now = clock.monotonic();
    const silentMs = this.#isHeld ? 0 : now - this.#lastPieceAt;
    const elapsedMs = now - this.#beganAt - this.#heldMs;
    const isSlow =
      !this.#isHeld &&
      elapsedMs >= limits.body_grace_ms &&
      this.#length < (elapsedMs / 1000) * pace.bytesPerSecondMin;
    if (silentMs >= pace.idleMs)
      this.#fail(tooSlow(`No byte of the request body arrived for ${pace.idleMs} ms.`));
    else if (isSlow) {
      this.#fail(
        tooSlow(`The request body arrived with fewer than ${pace.bytesPerSecondMin} bytes a second.`),
      );
    } else {
      this.#paceTimer = clock.after(Math.min(pace.idleMs - silentMs, limits.body_grace_ms), this.#checkPace);
    }
  };

  readonly #fail = (error: Error): void => {
    this.#stop();
    this.#reject(error);
  };

  /** Discards what still arrives. */
  #stop(): void {
    const { req, res } = this.#exchange;
    this.#paceTimer.cancel();
    this.#options.cancel?.listen(undefined);
    req.removeListener('data', this.#onData);
    req.removeListener('end', this.#onEnd);
    req.removeListener('close', this.#onGone);
    res.removeListener('close', this.#onGone);
  }
}
