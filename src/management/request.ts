/** One management request, as the endpoints see it. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { type JsonValue, parseStrictJson } from '../http/strict-json.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

export interface RequestContext {
  readonly requestId: string;
  readonly clientAddress: string;
}

export class ManagementRequest {
  readonly id: string;
  readonly clientAddress: string;
  readonly method: string;
  /** As it was sent: never decoded or normalised, so that no two spellings mean one id. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage, context: RequestContext) {
    const target = (incoming.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
    const mark = target.indexOf('?');
    this.id = context.requestId;
    this.clientAddress = context.clientAddress;
    this.method = incoming.method === 'HEAD' ? 'GET' : (incoming.method ?? 'GET');
    this.rawPath = mark === -1 ? target : target.slice(0, mark);
    this.query = new URLSearchParams(mark === -1 ? '' : target.slice(mark));
    this.headers = incoming.headers;
    this.#incoming = incoming;
  }

  /** Whether the client has gone before its request was whole. */
  get aborted(): boolean {
    return this.#incoming.destroyed && !this.#incoming.complete;
  }

  /**
   * Reads the body as strict JSON, whatever Content-Type says.
   * @throws HalleyError('body_too_large'), `unsupported_encoding`, `invalid_body`
   */
  async readJson(): Promise<JsonValue> {
    const encoding = this.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw new HalleyError('unsupported_encoding');
    return parseStrictJson(await this.#readBody(), limits.json_depth_max);
  }

  async #readBody(): Promise<Buffer> {
    const bytesMax = limits.management_body_bytes_max;
    const tooLarge = () => {
      // The rest is read and thrown away: closing the connection now could cost the client the answer.
      this.#incoming.resume();
      return new HalleyError('body_too_large', {
        message: `The request body is larger than ${bytesMax} bytes.`,
      });
    };
    if (Number(this.headers['content-length'] ?? 0) > bytesMax) throw tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    // Leaving the loop must not destroy the connection: the answer still has to go out on it.
    for await (const chunk of this.#incoming.iterator({ destroyOnReturn: false })) {
      size += chunk.length;
      if (size > bytesMax) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}
