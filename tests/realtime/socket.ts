/** A realtime client that sees every event. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { until } from '../support/until.ts';

export type Event = Readonly<Record<string, unknown>> & { readonly type: string };

export interface OpenOptions {
  readonly protocols?: readonly string[];
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

export class RealtimeSocket {
  readonly socket: WebSocket;
  readonly events: Event[] = [];
  #closed: { readonly code: number } | undefined;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.events.push(JSON.parse(String(data)) as Event));
    socket.on('error', () => {});
    socket.on('close', (code) => {
      this.#closed = { code };
    });
  }

  /** Opens a session and waits until it has begun. */
  static async open(
    url: string,
    key: string | undefined,
    options: OpenOptions = {},
  ): Promise<RealtimeSocket> {
    const opened = new RealtimeSocket(connectTo(url, key, options));
    await once(opened.socket, 'open');
    await opened.sees('session.created');
    return opened;
  }

  send(event: object | string | Buffer): void {
    const isRaw = typeof event === 'string' || Buffer.isBuffer(event);
    this.socket.send(isRaw ? event : JSON.stringify(event));
  }

  all(type: string): readonly Event[] {
    return this.events.filter((event) => event.type === type);
  }

  /** Waits for the event of this type with this number among its kind, from 1. */
  async sees(type: string, number = 1): Promise<Event> {
    await until(() => {
      const enough = this.all(type).length >= number;
      if (!enough && this.#closed) {
        throw new Error(
          `closed (${this.#closed.code}) before ${type}: ${JSON.stringify(this.events.slice(-3))}`,
        );
      }
      return enough;
    });
    const found = this.all(type)[number - 1];
    assert.ok(found);
    return found;
  }

  /** Waits for the end. @returns the code of the close frame; 1006 = there was none */
  async closed(): Promise<number> {
    await until(() => this.#closed !== undefined);
    return this.#closed?.code ?? 0;
  }

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  close(): void {
    this.socket.close();
  }
}

function connectTo(url: string, key: string | undefined, options: OpenOptions): WebSocket {
  const { protocols = [], query = 'model=demo-realtime', headers = {}, path = '/v1/realtime' } = options;
  const auth = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const given: ClientOptions = { headers: { ...auth, ...headers }, perMessageDeflate: false };
  return new WebSocket(`${url.replace(/^http/, 'ws')}${path}${query && `?${query}`}`, [...protocols], given);
}

/** Offers a socket that is refused. @returns the response */
export async function refusal(
  url: string,
  key: string | undefined,
  options: OpenOptions = {},
): Promise<{ readonly status: number; readonly code: string; readonly text: string }> {
  const socket = connectTo(url, key, options);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const { error } = JSON.parse(text);
  return { status: response.statusCode, code: error.code, text };
}

/** Sound in 16 bits at 24,000 Hz, in Base64. */
export function sound(ms: number, isLoud = true): string {
  const bytes = Buffer.alloc(ms * 48);
  if (isLoud)
    for (let at = 0; at < bytes.length; at += 2) bytes.writeInt16LE(at % 4 === 0 ? 9000 : -9000, at);
  return bytes.toString('base64');
}

/** An update without detection of voices. */
export const manual = {
  type: 'session.update',
  session: { type: 'realtime', audio: { input: { turn_detection: null } } },
};

export const says = (text: string) => ({
  type: 'conversation.item.create',
  item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
});
