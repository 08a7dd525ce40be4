/** Sends a complete response to a request. */
import type { Exchange } from './exchange.ts';

/** A body up to this size is read to its end after an early response, to keep the connection. */
const unread_body_bytes_max = 65_536;

/** As `sendText`, with `application/json`. */
export function sendJson(
  exchange: Exchange,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendText(exchange, status, 'application/json; charset=utf-8', text, headers);
}

/**
 * Does nothing when the response has begun or the client is gone. If the request's body is still arriving and
 * may be long, the connection is closed after the response, in a way that lets the client read it.
 * @param text or its bytes; left out, but counted, in the response to HEAD
 * @param headers besides content-type, content-length and x-request-id
 */
export function sendText(
  exchange: Exchange,
  status: number,
  contentType: string,
  text: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  const { req, res } = exchange;
  if (res.headersSent || res.destroyed) return;
  const head = ['content-type', contentType, 'content-length', String(Buffer.byteLength(text))];
  for (const [name, value] of Object.entries(headers)) head.push(name, value);
  if (!req.complete && !willEndSoon(exchange)) res.shouldKeepAlive = false;
  res.writeHead(status, head);
  res.end(text);
}

/**
 * As `sendText`, with headers alone.
 * @param status one whose responses need no content
 * @param headers name, value, name, value
 */
export function sendNoContent(exchange: Exchange, status: 204 | 302 | 304, headers: readonly string[]): void {
  const { req, res } = exchange;
  if (res.headersSent || res.destroyed) return;
  if (!req.complete && !willEndSoon(exchange)) res.shouldKeepAlive = false;
  res.writeHead(status, [...headers]);
  res.end();
}

function willEndSoon({ req }: Exchange): boolean {
  if (req.headers['transfer-encoding'] !== undefined) return false;
  return Number(req.headers['content-length'] ?? 0) <= unread_body_bytes_max;
}
