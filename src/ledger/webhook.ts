/**
 * Sends signed messages to one address, by the Standard Webhooks scheme (github.com/standard-webhooks,
 * spec/standard-webhooks.md): the receiver knows who sent it, when, and whether it has it already.
 */
import { createHmac } from 'node:crypto';
import { Agent } from 'undici';
import type { Clock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';

export interface WebhookOptions {
  readonly url: string;
  /** `whsec_` and base64, or the bytes of the text itself. */
  readonly secret: string;
  readonly clock: Clock;
}

/** The bytes that a secret stands for. */
export function secretBytes(secret: string): Buffer {
  const prefix = 'whsec_';
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret);
}

/** The value of `webhook-signature`. */
export function signatureOf(secret: Uint8Array, id: string, timestamp: number, body: string): string {
  return `v1,${createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

export class Webhook {
  readonly #url: URL;
  readonly #secret: Buffer;
  readonly #clock: Clock;
  readonly #agent = new Agent({
    connections: limits.webhook_sends_max,
    connectTimeout: limits.webhook_ms_max,
    maxHeaderSize: limits.upstream_header_bytes_max,
    allowH2: false,
  });

  constructor({ url, secret, clock }: WebhookOptions) {
    this.#url = new URL(url);
    this.#secret = secretBytes(secret);
    this.#clock = clock;
  }

  /**
   * Sends one message. Redirects are not followed: the secret's owner named one address.
   * @param id the same each time the same message is sent again
   * @returns undefined = the receiver has it (any 2xx); else why it has not, in words for the log
   */
  async send(id: string, body: string): Promise<string | undefined> {
    const timestamp = Math.floor(this.#clock.now() / 1000);
    const cancel = new AbortController();
    const timer = this.#clock.after(limits.webhook_ms_max, () => cancel.abort(new Error('it took too long')));
    try {
      const response = await this.#agent.request({
        origin: this.#url.origin,
        path: this.#url.pathname + this.#url.search,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'halley',
          'webhook-id': id,
          'webhook-timestamp': String(timestamp),
          'webhook-signature': signatureOf(this.#secret, id, timestamp, body),
        },
        body,
        signal: cancel.signal,
      });
      // The status says all; a body that breaks off changes nothing.
      await response.body.dump({ limit: limits.webhook_response_bytes_max }).catch(() => undefined);
      const { statusCode } = response;
      return statusCode >= 200 && statusCode < 300 ? undefined : `it was answered with ${statusCode}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      timer.cancel();
    }
  }

  /** Ends what is being sent. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
