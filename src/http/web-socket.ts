/**
 * Accepts WebSockets (RFC 6455) on connections that Node's HTTP parser has left. No compression: it costs memory for
 * each socket, and sound does not compress.
 */
import { type WebSocket, WebSocketServer } from 'ws';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { Exchange, SocketOffer } from './exchange.ts';

const token = /^[!#$%&'*+.^_`|~\w-]+$/;
const keyForm = /^[+/0-9A-Za-z]{22}==$/;

/** The one that `accept` is about, which runs in one turn. */
let chosen: string | undefined;
const sockets = new WebSocketServer({
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: limits.socket_message_bytes_max,
  handleProtocols: () => chosen ?? false,
});

/** The subprotocols that a client offers, in their order. One of them may be a key. */
export function offeredProtocols(header: string | undefined): readonly string[] {
  return header === undefined ? [] : header.split(',').map((part) => part.trim());
}

/** @param head what came behind the request's head */
export function socketOffer(exchange: Omit<Exchange, 'offer'>, head: Buffer): SocketOffer {
  const { req, id } = exchange;
  return {
    check() {
      const fault = offerFault(req.headers);
      if (fault === undefined) return;
      throw new HalleyError('malformed_request', {
        message: fault,
        headers: { 'sec-websocket-version': '13' },
      });
    },
    accept(subprotocol) {
      chosen = subprotocol;
      let accepted: WebSocket | undefined;
      const addId = (headers: string[]) => headers.push(`x-request-id: ${id}`);
      sockets.on('headers', addId);
      sockets.handleUpgrade(req, req.socket, head, (socket) => {
        accepted = socket;
      });
      sockets.off('headers', addId);
      if (!accepted)
        throw new HalleyError('internal_error', { log: 'an offer that passed its check was refused' });
      accepted.pause();
      return accepted;
    },
  };
}

/** What the library would refuse with a response of its own. */
function offerFault(headers: Exchange['req']['headers']): string | undefined {
  if (headers['sec-websocket-version'] !== '13') return 'The WebSocket version must be 13.';
  if (!keyForm.test(headers['sec-websocket-key'] ?? '')) {
    return 'Sec-WebSocket-Key must be 16 bytes in Base64.';
  }
  const offered = offeredProtocols(headers['sec-websocket-protocol']);
  const areDistinct = new Set(offered).size === offered.length;
  if (!areDistinct || !offered.every((each) => token.test(each))) {
    return 'Sec-WebSocket-Protocol must be a list of different names.';
  }
  return undefined;
}
