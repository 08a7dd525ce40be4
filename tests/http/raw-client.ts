/** A TCP client that sends exactly the bytes it is given and shows exactly those it got. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '../support/until.ts';

export class RawClient {
  readonly socket: Socket;
  #received = '';
  /** Whether the server ended or broke the connection. */
  ended = false;
  /** `ECONNRESET` and the like. */
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
    // So that a failed test does not keep the process alive.
    socket.unref();
    return new RawClient(socket);
  }

  get received(): string {
    return this.#received;
  }

  /** The status codes of the final answers that have begun so far. */
  get statuses(): number[] {
    return [...this.#received.matchAll(/HTTP\/1\.1 ([2-5]\d\d) /g)].map((match) => Number(match[1]));
  }

  /** @param bytes a string stands for its Latin-1 bytes */
  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Waits until the server has ended the connection, then lets go of it. */
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

/** Sends `bytes` on a connection of their own and returns all that comes until the server ends it. */
export async function exchangeBytes(port: number, bytes: string | Buffer): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send(bytes);
  await client.untilEnded();
  return client;
}
