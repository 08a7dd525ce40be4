/** Opens a WebSocket (RFC 6455) at an upstream, through the connections of its channel. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { limits } from '../platform/limits.ts';
import { readStart } from './read-start.ts';
import type { PlainRequest } from './request-style.ts';
import { upstreamRequest } from './upstream-request.ts';
import type { UpstreamTarget } from './upstreams.ts';

/** The upstream answered the offer with a response. */
export interface RefusedSocket {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Its beginning. */
  readonly body: Buffer;
}

/** Whether the upstream was connected to when something failed. */
export class DialFailure extends Error {
  readonly reason: Error;
  readonly connected: boolean;

  constructor(reason: Error, connected: boolean) {
    super(reason.message);
    this.reason = reason;
    this.connected = connected;
  }
}

/** The library sets these, and a request without a body has no length. */
const ownHeaders: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'accept-encoding',
  'accept',
]);

function headersOf(flat: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = (flat[index] ?? '').toLowerCase();
    if (!ownHeaders.has(name) && !name.startsWith('sec-websocket-')) headers[name] = flat[index + 1] ?? '';
  }
  return headers;
}

/**
 * @param plain a GET without a body
 * @param signal gives up, and closes what was opened
 * @returns the socket, paused; or the response of an upstream that does not open one
 * @throws DialFailure; what `upstreamRequest` throws
 */
export async function dialSocket(
  target: UpstreamTarget,
  plain: PlainRequest,
  signal: AbortSignal,
): Promise<WebSocket | RefusedSocket> {
  const { origin, path, headers } = await upstreamRequest(target, plain);
  let connection: Socket;
  try {
    connection = await target.connections.connect();
  } catch (thrown) {
    throw new DialFailure(thrown instanceof Error ? thrown : new Error(String(thrown)), false);
  }
  if (signal.aborted) {
    connection.destroy();
    throw new DialFailure(new Error('the request was ended'), false);
  }
  const socket = new WebSocket(origin.replace(/^http/, 'ws') + path, [], {
    createConnection: () => connection,
    headers: headersOf(headers),
    handshakeTimeout: target.firstByteMs,
    maxPayload: limits.socket_message_bytes_max,
    perMessageDeflate: false,
    followRedirects: false,
  });
  const abort = () => socket.terminate();
  signal.addEventListener('abort', abort);
  try {
    return await opened(socket);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function opened(socket: WebSocket): Promise<WebSocket | RefusedSocket> {
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => reject(new DialFailure(error, true)));
    socket.once('open', () => {
      socket.pause();
      // Of an error the owner learns by the end that follows it.
      socket.on('error', () => {});
      resolve(socket);
    });
    socket.once('unexpected-response', (request, response: IncomingMessage) => {
      const { statusCode: status = 0, headers } = response;
      readStart(response, limits.error_body_bytes_max)
        .then(({ bytes }) => resolve({ status, headers, body: bytes }), reject)
        .finally(() => request.destroy());
    });
  });
}
