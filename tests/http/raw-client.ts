/** A TCP client that sends exactly the given bytes and returns exactly the received ones. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '../support/until.ts';

export class RawClient {
  readonly socket: Socket;
  #received = '';
  /** Whether the server ended or reset the connection. */
  ended = false;
  /** For example `ECONNRESET`. */
  error: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error = error.code;
    });
    for (const event of ['end', 'close']) {
      socket.once(event, () => {
        this.ended = true;
      });
    }
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    // A failed test must not keep the process alive.
    socket.unref();
    return new RawClient(socket);
  }

  get received(): string {
    return this.#received;
  }

  /** The status codes of the final responses so far. */
  get statuses(): number[] {
    return [...this.#received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map((match) => Number(match[1]));
  }

  /** @param bytes a string is sent as Latin-1 */
  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Waits until the server has ended the connection, then closes it. */
  async untilEnded(): Promise<string> {
    await until(() => this.ended);
    this.socket.destroy();
    return this.#received;
  }

  async untilReceived(text: string): Promise<void> {
    await until(() => {
      if (!this.#received.includes(text) && this.ended) throw new Error(`ended after: ${this.#received}`);
      return this.#received.includes(text);
    });
  }
}

/** Sends `bytes` on a new connection and returns all that arrives until the server ends it. */
export async function exchangeBytes(port: number, bytes: string | Buffer): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send(bytes);
  await client.untilEnded();
  return client;
}
