/**
 * One attempt at one upstream: the handler that undici calls. It reports to its owner what the upstream does, and
 * decides nothing about charges or the client.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { chunksOf } from '../http/multipart/form.ts';
import { type BodyPiece, bytesOf } from '../http/multipart/form-writer.ts';
import type { Clock } from '../platform/clock.ts';
import type { ResponseDecoder, UpstreamHttpRequest } from '../upstreams/request-style.ts';
import type { UpstreamConnections, UpstreamTarget } from '../upstreams/upstreams.ts';
import type { RequestTimeline } from './request-timeline.ts';
import { isStaleConnection } from './stale-connection.ts';
import { contentEncodingOf } from './unpack.ts';
import { Unpacker } from './unpacker.ts';

export interface AttemptOwner {
  /** Asked before a request is sent that took time to be made. */
  mayContinue(): boolean;
  /** @returns `forward` to go on with this response, `discard` to drop it unread */
  onHead(status: number, headers: IncomingHttpHeaders): 'forward' | 'discard';
  onChunk(chunk: Buffer): void;
  onEnd(): void;
  /** The attempt failed by itself. Not called after `abort`. */
  onFailure(error: Error): void;
}

/** Where an attempt notes when its steps happened. */
export type TryTimeline = Pick<RequestTimeline, 'sent' | 'responded' | 'byteCame'>;

export interface AttemptOptions {
  readonly target: Pick<UpstreamTarget, 'connections' | 'style'>;
  /** By default on any of the pool's connections. `new`: on a connection made for this attempt. */
  readonly connection?: 'any' | 'new';
  /** Whether a successful response is decoded, so that its owner sees no content encoding. */
  readonly unpacks: boolean;
  readonly timeline: TryTimeline;
}

/**
 * The attempt reads an unwanted response up to this size, to keep its connection. Beyond it, it drops the
 * connection.
 */
const discardedBytesMax = 65_536;

/**
 * undici keeps a body given as bytes until the response has ended. It releases a longer one, given as a stream,
 * once sent.
 */
const keptBodyBytesMax = 65_536;

/** @param left emptied as it is read, so that what was sent is freed */
async function* chunksOfAll(left: BodyPiece[]): AsyncGenerator<Buffer, void> {
  for (let piece = left.shift(); piece; piece = left.shift()) yield* chunksOf(piece);
}

function passing(pieces: readonly BodyPiece[]): Readable {
  // The attempt itself reports the failure.
  return Readable.from(chunksOfAll([...pieces]), { objectMode: false }).on('error', () => {});
}

function ignore(): void {}

function joinedPieces(pieces: readonly Buffer[]): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only ? only : Buffer.concat(pieces);
}

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

export class Attempt implements Dispatcher.DispatchHandler {
  readonly #owner: AttemptOwner;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #connections: UpstreamConnections;
  readonly #style: UpstreamTarget['style'];
  readonly #needsNew: boolean;
  readonly #timeline: TryTimeline;
  /**
   * When the attempt got a reused connection, in monotonic milliseconds; undefined = it has none yet, or a new one.
   */
  #reusedAt: number | undefined;
  #responded = false;
  /** The dispatch options, while the attempt waits for a connection. */
  #waiting: Dispatcher.DispatchOptions | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #over = false;
  #discarded = 0;
  #discarding = false;
  /** How many more bytes of the response are read; undefined = all. */
  #bytesLeft: number | undefined;
  #onMore = ignore;
  readonly #unpacks: boolean;
  #unpacker: Unpacker | undefined;
  /** Undefined = the response has the form of its protocol. */
  #decoder: ResponseDecoder | undefined;

  constructor(owner: AttemptOwner, clock: Pick<Clock, 'monotonic'>, options: AttemptOptions) {
    this.#owner = owner;
    this.#clock = clock;
    this.#connections = options.target.connections;
    this.#style = options.target.style;
    this.#needsNew = options.connection === 'new';
    this.#unpacks = options.unpacks;
    this.#timeline = options.timeline;
  }

  /** Call once. */
  send(request: UpstreamHttpRequest | Promise<UpstreamHttpRequest>): void {
    if (request instanceof Promise) void this.#sendWhenReady(request);
    else this.#dispatch(request);
  }

  async #sendWhenReady(request: Promise<UpstreamHttpRequest>): Promise<void> {
    try {
      const ready = await request;
      if (!this.#over && this.#owner.mayContinue()) this.#dispatch(ready);
    } catch (thrown) {
      this.#fail(asError(thrown));
    }
  }

  #dispatch({ headers, body, ...options }: UpstreamHttpRequest): void {
    const isLong = body.reduce((sum, { length }) => sum + length, 0) > keptBodyBytesMax;
    const sent = isLong ? passing(body) : joinedPieces(bytesOf(body));
    const waiting = { ...options, headers: [...headers], body: sent };
    this.#waiting = waiting;
    if (this.#needsNew) this.#connections.withNewConnection((client) => client.dispatch(waiting, this));
    else this.#connections.dispatcher.dispatch(waiting, this);
  }

  /** Whether it failed because the upstream had closed an idle connection. */
  failedStale(error: Error): boolean {
    if (this.#reusedAt === undefined || this.#responded) return false;
    return isStaleConnection(error, this.#clock.monotonic() - this.#reusedAt);
  }

  /** Whether undici began to write the request to a connection. */
  get started(): boolean {
    return this.#controller !== undefined;
  }

  /** Ends the attempt and closes its connection. The attempt reports nothing afterwards. */
  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#unpacker?.close();
    this.#controller?.abort(new Error('the request was ended'));
    // The attempt stays in undici's queue until its turn; its body, which may have many megabytes, need not.
    if (this.#waiting) this.#waiting.body = null;
  }

  /** @param onMore called in place of the owner's methods when more bytes than this come from now on */
  readAtMost(bytes: number, onMore: () => void): void {
    this.#bytesLeft = bytes;
    this.#onMore = onMore;
  }

  /** Stops reading from the upstream until `resume`. */
  pause(): void {
    if (!this.#over) (this.#unpacker ?? this.#controller)?.pause();
  }

  resume(): void {
    if (!this.#over) (this.#unpacker ?? this.#controller)?.resume();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#waiting = undefined;
    if (!this.#needsNew && !this.#connections.opening) this.#reusedAt = this.#clock.monotonic();
    if (this.#over) controller.abort(new Error('the request was ended'));
    else this.#timeline.sent();
  }

  /** At the first byte, while `onResponseStart` waits for the whole head. */
  onResponseStarted(): void {
    this.#responded = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.#over || status < 200) return;
    // undici would keep them until the response has ended, and nobody reads them.
    controller.rawHeaders = null;
    this.#timeline.responded(status);
    const unpacked = this.#unpacks && status < 300 ? this.#unpacked(controller, headers) : headers;
    const shown = status < 300 ? this.#decoded(unpacked) : unpacked;
    if (this.#owner.onHead(status, shown) === 'discard') {
      this.#discarding = true;
      this.#over = true;
    }
  }

  /** @returns the headers that describe what the owner gets */
  #unpacked(controller: Dispatcher.DispatchController, headers: IncomingHttpHeaders): IncomingHttpHeaders {
    const { 'content-encoding': header, ...others } = headers;
    const contentEncoding = contentEncodingOf(header);
    if (contentEncoding === undefined) return headers;
    this.#unpacker = Unpacker.for(contentEncoding, {
      onChunk: (chunk) => this.#give(controller, chunk),
      onEnd: () => this.#end(),
      onFault: (error) => this.#refuse(controller, error),
      onDrain: () => controller.resume(),
    });
    return this.#unpacker ? others : headers;
  }

  /** @returns the headers that describe what the owner gets */
  #decoded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
    this.#decoder = this.#style.decoder?.(headers);
    if (!this.#decoder) return headers;
    const { 'content-length': _contentLength, ...others } = headers;
    return { ...others, 'content-type': this.#decoder.contentType };
  }

  #give(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    let bytes: Buffer | undefined = chunk;
    try {
      if (this.#decoder) bytes = this.#decoder.push(chunk);
    } catch (thrown) {
      this.#refuse(controller, asError(thrown));
      return;
    }
    if (!bytes) return;
    this.#timeline.byteCame();
    this.#owner.onChunk(bytes);
  }

  /** Ends the attempt over bytes that cannot be read. */
  #refuse(controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
    controller.abort(error);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#discarding) {
      this.#discarded += chunk.length;
      if (this.#discarded > discardedBytesMax) controller.abort(new Error('an unwanted answer was too long'));
      return;
    }
    if (this.#over) return;
    if (this.#isBeyond(chunk)) this.#onMore();
    else if (!this.#unpacker) this.#give(controller, chunk);
    else if (!this.#unpacker.push(chunk)) controller.pause();
  }

  #isBeyond({ length }: Buffer): boolean {
    if (this.#bytesLeft === undefined) return false;
    this.#bytesLeft -= length;
    return this.#bytesLeft < 0;
  }

  onResponseEnd(): void {
    if (this.#unpacker) this.#unpacker.end();
    else this.#end();
  }

  #end(): void {
    if (this.#over) return;
    try {
      this.#decoder?.end();
    } catch (thrown) {
      this.#fail(asError(thrown));
      return;
    }
    this.#over = true;
    this.#owner.onEnd();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#unpacker) this.#unpacker.flush(() => this.#fail(error));
    else this.#fail(error);
  }

  #fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#unpacker?.close();
    this.#owner.onFailure(error);
  }
}
