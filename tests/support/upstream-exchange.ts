/** One request to the fake upstream, and how the upstream treats it. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** One request as it reached the upstream. It lives: fields change while the request runs. */
export interface RecordedRequest {
  readonly method: string;
  /** Path with query, as sent. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value, as sent. */
  readonly rawHeaders: readonly string[];
  /** The body bytes that have arrived so far. */
  body(): Buffer;
  bodyComplete: boolean;
  /** `aborted` = the connection closed before the answer was wholly sent. */
  state: 'running' | 'answered' | 'aborted';
  /** Bytes of the answer (headers included) that the operating system has taken from us. */
  bytesTaken(): number;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly recorded: RecordedRequest;
  /** Resolves when the whole body has arrived; never resolves when it does not. */
  readonly wholeBody: Promise<Buffer>;
  /** Aborts when the connection closes or the answer was wholly sent; behaviours that wait must watch it. */
  readonly over: AbortSignal;
}

/** How the upstream treats one request. It may answer, stay silent, or write what it likes to the socket. */
export type Behaviour = (exchange: Exchange) => void | Promise<void>;
