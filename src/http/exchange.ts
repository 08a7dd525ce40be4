/** One request with its response and connection, as handlers get it. */
import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { HalleyError } from '../platform/errors.ts';
import type { IdentifiedResponse } from './response.ts';

/** What a response may do with its connection. */
export interface ResponseConnection {
  /** Marks the connection: from now on a revocation must be able to discard its output. */
  carryOutput(): void;
  /** Bytes written to the connection so far, including those still in this process. */
  readonly bytesWritten: number;
  /** Calls `onClosed` once, when nothing more can reach the client. */
  whenClosed(onClosed: () => void): void;
  /**
   * Waits up to `msMax` milliseconds until the client's system has what was written up to `mark`, as of
   * `bytesWritten`, and else discards the rest by a reset. Where it cannot be known, the connection is ended in order.
   * @param isSmall whether it is so little that it counts as taken where it cannot be known
   * @returns resolves when nothing more of that can reach the client
   */
  deliver(mark: number, msMax: number, isSmall?: boolean): Promise<void>;
  /**
   * Sends FIN after what was written, waits up to `msMax` milliseconds for the client's own, then resets.
   * @returns resolves when nothing more can reach the client
   */
  endInOrder(msMax: number): Promise<void>;
  /** Discards at once what the kernel has not sent yet, and closes. */
  reset(): void;
  /**
   * Bounds the chunk sizes that the body of a request may announce.
   * @param onFault called when it announces more
   * @returns false when it has done so already
   */
  limitBody(exchange: Exchange, bytesMax: number, onFault: (fault: HalleyError) => void): boolean;
}

/** An offer of a request to go on as a WebSocket. */
export interface SocketOffer {
  /**
   * Checks the request without answering it.
   * @throws HalleyError('malformed_request')
   */
  check(): void;
  /**
   * Accepts it in place of a response. The socket is paused. `carryOutput` and `deliver` of the connection hold for it.
   * @param subprotocol one of those offered; undefined = none is chosen
   */
  accept(subprotocol: string | undefined): WebSocket;
}

/** One request that passed the shell, and its response. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: IdentifiedResponse;
  /** The connection that carries the response. */
  readonly connection: ResponseConnection;
  /** Also the response's `x-request-id`, which the shell sets itself. */
  readonly id: string;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** An IP address, IPv4-mapped IPv6 as IPv4. */
  readonly clientAddress: string;
  /** Whether the peer of the connection is declared as a proxy. */
  readonly isTrustedPeer: boolean;
  /** Raw, before the `?`. Begins with a slash, or is `*` (OPTIONS only). */
  readonly path: string;
  /** Raw, after the `?`; empty when there is none. */
  readonly query: string;
  /** Undefined = it is a plain request. A refusal of the offer is a plain response. */
  readonly offer?: SocketOffer;
}
