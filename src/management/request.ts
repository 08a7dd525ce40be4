/** A management request as endpoint handlers see it. */
import type { IncomingHttpHeaders } from 'node:http';
import { readBody } from '../http/body.ts';
import { joined } from '../http/body-pieces.ts';
import { networkOf } from '../http/client-address.ts';
import type { Exchange } from '../http/exchange.ts';
import { type JsonValue, parseStrictJson } from '../http/strict-json.ts';
import type { BodyBounds } from './body-bounds.ts';
import type { Services } from './services.ts';

export class ManagementRequest {
  readonly clientAddress: string;
  /** X-Forwarded-For from a peer that is not configured as a proxy. */
  readonly undeclaredForwarding: string | undefined;
  readonly method: string;
  /** The path as sent: never decoded or normalised, so that no two spellings name the same id. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    const { method = 'GET', headers } = exchange.req;
    this.clientAddress = exchange.clientAddress;
    this.undeclaredForwarding = exchange.isTrustedPeer ? undefined : headers['x-forwarded-for']?.toString();
    this.method = method;
    this.rawPath = exchange.path;
    this.query = new URLSearchParams(exchange.query);
    this.headers = headers;
    this.#exchange = exchange;
  }

  /**
   * Reads the body as strict JSON and ignores Content-Type.
   * @throws HalleyError as `readBody` and `parseStrictJson` do; ClientGone
   */
  async readJson(
    { clock, settings, bodies }: Pick<Services, 'clock' | 'settings' | 'bodies'>,
    bounds: BodyBounds,
  ): Promise<JsonValue> {
    const { body_idle_ms: idleMs, body_bytes_per_s_min: bytesPerSecondMin } = settings.http;
    const share = bodies.share([`network ${networkOf(this.clientAddress)}`]);
    const body = await readBody(this.#exchange, {
      bytesMax: bounds.bytesMax,
      pace: { idleMs, bytesPerSecondMin },
      clock,
      share,
    });
    try {
      return parseStrictJson(joined(body), bounds);
    } finally {
      share.release();
    }
  }
}
