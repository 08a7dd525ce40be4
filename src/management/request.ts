/** A management request as endpoint handlers see it. */
import type { IncomingHttpHeaders } from 'node:http';
import { readBody } from '../http/body.ts';
import { joined } from '../http/body-pieces.ts';
import { networkOf } from '../http/client-address.ts';
import type { Exchange } from '../http/exchange.ts';
import { type JsonValue, parseStrictJson } from '../http/strict-json.ts';
import type { BodyBounds } from './body-bounds.ts';
import type { Services } from './services.ts';

/** A call of another endpoint, by the same caller, that a call of a tool comes to. */
export interface ToolCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Of a body that was parsed already. */
  readonly body?: unknown;
}

export class ManagementRequest {
  readonly requestId: string;
  readonly clientAddress: string;
  /** X-Forwarded-For from a peer that is not configured as a proxy. */
  readonly undeclaredForwarding: string | undefined;
  readonly method: string;
  /** The path as sent: never decoded or normalised, so that no two spellings name the same id. */
  readonly rawPath: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Whether a tool of the MCP server makes it. */
  readonly isOfTool: boolean;
  readonly #exchange: Exchange;
  readonly #call: ToolCall | undefined;

  constructor(exchange: Exchange, call?: ToolCall) {
    const { method = 'GET', headers } = exchange.req;
    this.requestId = exchange.id;
    this.clientAddress = exchange.clientAddress;
    this.undeclaredForwarding = exchange.isTrustedPeer ? undefined : headers['x-forwarded-for']?.toString();
    this.method = call?.method ?? method;
    this.rawPath = call?.path ?? exchange.path;
    this.query = new URLSearchParams(call ? call.query : exchange.query);
    this.headers = headers;
    this.isOfTool = call !== undefined;
    this.#exchange = exchange;
    this.#call = call;
  }

  /** Whether nobody waits for the response any more. */
  get isGone(): boolean {
    return this.#exchange.res.destroyed;
  }

  /** Where it came from, as a sender of bodies and a reader. */
  get network(): string {
    return `network ${networkOf(this.clientAddress)}`;
  }

  /** This request as if it had come to another path; its body must not have been read. */
  sentTo(path: string, query: string): Exchange {
    return { ...this.#exchange, path, query };
  }

  /** The request that a call of a tool comes to, with the credentials and the id of this one. */
  forTool(call: ToolCall): ManagementRequest {
    return new ManagementRequest(this.#exchange, call);
  }

  /**
   * Reads the body as strict JSON and ignores Content-Type.
   * @throws HalleyError as `readBody` and `parseStrictJson` do; ClientGone
   */
  async readJson(
    { clock, settings, bodies }: Pick<Services, 'clock' | 'settings' | 'bodies'>,
    bounds: BodyBounds,
  ): Promise<JsonValue> {
    if (this.#call) return this.#call.body as JsonValue;
    const { body_idle_ms: idleMs, body_bytes_per_s_min: bytesPerSecondMin } = settings.http;
    const share = bodies.share([this.network]);
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
