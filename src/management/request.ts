/** One management request, as the endpoints see it. */
import type { IncomingHttpHeaders } from 'node:http';
import { readBody } from '../http/body.ts';
import type { Exchange } from '../http/server.ts';
import { type JsonValue, parseStrictJson } from '../http/strict-json.ts';
import { limits } from '../platform/limits.ts';
import type { Services } from './services.ts';

export class ManagementRequest {
  readonly clientAddress: string;
  readonly method: string;
  /** As it was sent: never decoded or normalised, so that no two spellings mean one id. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    const { method = 'GET', headers } = exchange.req;
    this.clientAddress = exchange.clientAddress;
    this.method = method;
    this.rawPath = exchange.path;
    this.query = new URLSearchParams(exchange.query);
    this.headers = headers;
    this.#exchange = exchange;
  }

  /**
   * Reads the body as strict JSON, whatever Content-Type says.
   * @throws HalleyError as `readBody` and `parseStrictJson` do; ClientGone
   */
  async readJson({ clock, settings }: Pick<Services, 'clock' | 'settings'>): Promise<JsonValue> {
    const body = await readBody(this.#exchange, {
      bytesMax: limits.management_body_bytes_max,
      idleMs: settings.http.body_idle_ms,
      clock,
    });
    return parseStrictJson(body, limits.json_depth_max);
  }
}
