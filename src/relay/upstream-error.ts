/** Collects an upstream's error response until its meaning is known. */
import type { IncomingHttpHeaders } from 'node:http';
import { limits } from '../platform/limits.ts';
import type { JsonObject } from '../protocols/protocol.ts';
import { type ErrorFacts, readErrorBody } from '../protocols/upstream/error-facts.ts';
import {
  type ErrorMeaning,
  meaningOf,
  meaningOfStatus,
  saysNoEndpoint,
} from '../protocols/upstream/error-rules.ts';
import type { UpstreamProtocol } from '../protocols/upstream/upstream-protocol.ts';
import { asObject, parseOr } from '../protocols/usage/usage-shape.ts';
import type { RequestStyle } from '../upstreams/request-style.ts';
import { contentEncodingOf, unpacked } from './unpack.ts';

const none: Buffer = Buffer.alloc(0);
const namesUsage = /stream_options|include_usage/;

export class UpstreamError {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly #protocol: UpstreamProtocol;
  readonly #style: RequestStyle;
  readonly #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(
    status: number,
    headers: IncomingHttpHeaders,
    protocol: UpstreamProtocol,
    style: RequestStyle = {},
  ) {
    this.status = status;
    this.headers = headers;
    this.#protocol = protocol;
    this.#style = style;
  }

  /** @returns whether it is longer than what is kept, so that its beginning must decide */
  push(piece: Buffer): boolean {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    return this.#bytes > limits.error_body_bytes_max;
  }

  /** The decoded body so far; empty when it cannot be decoded. */
  #body(): Buffer {
    const all = this.#pieces.length === 1 ? (this.#pieces[0] ?? none) : Buffer.concat(this.#pieces);
    const contentEncoding = contentEncodingOf(this.headers['content-encoding']);
    const body = contentEncoding === undefined ? all : unpacked(all, contentEncoding);
    return this.#style.error?.(this.#protocol, this.status, this.headers, body) ?? body;
  }

  /**
   * The body so far, where it can be read; undefined where nobody can know what is in it.
   * @param whole whether all of it has come
   */
  readable(whole: boolean): Buffer | undefined {
    const body = this.#body();
    const isPlain = contentEncodingOf(this.headers['content-encoding']) === undefined;
    return isPlain || this.#bytes === 0 || (whole && body.length > 0) ? body : undefined;
  }

  #facts(): ErrorFacts {
    return readErrorBody(parseOr(this.#body().toString('utf8')));
  }

  get meaning(): ErrorMeaning {
    return meaningOfStatus(this.status) ?? meaningOf(this.#protocol.name, this.status, this.#facts());
  }

  /** Whether it may be about the path and not about the request. */
  get maySayNoEndpoint(): boolean {
    return (this.status === 404 || this.status === 405) && this.meaning === 'own';
  }

  /** Whether it says that there is no such path, or none for this model. */
  get saysNoEndpoint(): boolean {
    return this.maySayNoEndpoint && saysNoEndpoint(this.status, this.#facts());
  }

  /** Whether it refuses the usage report that the gateway requested in the stream's options. */
  get refusesUsage(): boolean {
    if (this.status !== 400 && this.status !== 422) return false;
    return namesUsage.test(this.#body().toString('latin1'));
  }

  /** The body as JSON; an empty object when it is none. */
  get json(): JsonObject {
    return asObject(parseOr(this.#body().toString('utf8'))) ?? {};
  }

  /** A summary for the log, to be masked. */
  get summary(): string {
    const { type, code, reasons } = this.#facts();
    const names = [type, code, ...reasons].filter((name) => name !== '');
    return `the upstream answered ${this.status} ${names.join(' ')}`.slice(0, 200).trim();
  }
}
