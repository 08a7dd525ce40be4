/** Extends Node's response with the headers of every response. */
import {
  type IncomingMessage,
  type OutgoingHttpHeader,
  type OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http';

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[];

const usualNames: readonly string[] = ['x-request-id'];

/**
 * Name, value, name, value. Upstream content comes from the origin of the gateway's own pages, so a browser must
 * neither sniff a page in it nor let one do anything.
 */
export const protectiveHeaders: readonly string[] = [
  ...['x-content-type-options', 'nosniff'],
  ...['content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox"],
];

/** Up to this size, one text is cheaper to write than several buffers. */
export const joinedBytesMax = 16_384;

export class IdentifiedResponse extends ServerResponse<IncomingMessage> {
  requestId = '';
  #requestIdNames = usualNames;
  #fixed = protectiveHeaders;

  /** Adds another header with the request id. Call before anything is written. */
  alsoNameIdAs(name: string): void {
    this.#requestIdNames = [...this.#requestIdNames, name];
  }

  /** Sends these in place of `protectiveHeaders`: for a page of our own. Call before anything is written. */
  replaceProtectiveHeaders(headers: readonly string[]): void {
    this.#fixed = headers;
  }

  /** Adds headers (name, value, name, value). Call before anything is written. */
  addHeaders(headers: readonly string[]): void {
    this.#fixed = [...this.#fixed, ...headers];
  }

  /**
   * Writes part of the body, as `write` does. Node writes a chunk as four pieces: its length, a line break, its bytes and a
   * line break. For a short one, copying them into one text costs less.
   */
  writePart(chunk: Buffer): boolean {
    if (!this.chunkedEncoding || !this.headersSent || chunk.length === 0 || chunk.length > joinedBytesMax)
      return this.write(chunk);
    this.chunkedEncoding = false;
    try {
      const text = `${chunk.length.toString(16)}\r\n${chunk.toString('latin1')}\r\n`;
      return this.write(text, 'latin1');
    } finally {
      this.chunkedEncoding = true;
    }
  }

  override writeHead(statusCode: number, reason?: string | Headers, headers?: Headers): this {
    const given = typeof reason === 'string' ? headers : (headers ?? reason);
    // Passed with the others: `setHeader` would put Node on its slow path of merging headers.
    const all = Array.isArray(given) ? [...given, ...this.#fixed] : { ...given, ...asObject(this.#fixed) };
    for (const name of this.#requestIdNames) {
      if (Array.isArray(all)) all.push(name, this.requestId);
      else all[name] = this.requestId;
    }
    if (typeof reason === 'string') return super.writeHead(statusCode, reason, all);
    return super.writeHead(statusCode, all);
  }
}

function asObject(headers: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(
    headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : [])),
  );
}
