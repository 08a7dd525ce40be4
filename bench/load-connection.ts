/**
 * One keep-alive connection of the load generator: sends a prepared request and checks every byte of the response.
 */
import { connect, type Socket } from 'node:net';
import { MessageReader } from './http-messages.ts';

export interface Expectation {
  readonly status: number;
  /** The exact body, or undefined for any body. */
  readonly body: Buffer | undefined;
  /** Text that the body must contain if `body` is undefined. */
  readonly holds: string | undefined;
}

export interface AskEvents {
  onFirstBody?(): void;
  /** @param failure the difference from the expected response; undefined when there is none */
  onDone(failure: string | undefined): void;
}

export class LoadConnection {
  readonly #port: number;
  #socket: Socket | undefined;
  #asking: AskEvents | undefined;
  #expected: Expectation = { status: 200, body: undefined, holds: undefined };
  #status = 0;
  #received = 0;
  #same = true;
  #lastAnswer = false;
  /** Kept only if the body is not compared byte for byte, and for the text of a failure. */
  #kept: Buffer[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  get free(): boolean {
    return this.#asking === undefined;
  }

  /** Sends one request at a time. Connects first if necessary. */
  ask(request: string, expected: Expectation, events: AskEvents): void {
    this.#asking = events;
    this.#expected = expected;
    this.#status = 0;
    this.#received = 0;
    this.#same = true;
    this.#kept = [];
    if (!this.#socket || this.#socket.destroyed) this.#socket = this.#open();
    this.#socket.write(request, 'latin1');
  }

  close(): void {
    this.#asking = undefined;
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    const reader = new MessageReader({
      onHead: (head) => {
        this.#status = Number(head.slice(9, 12));
        this.#lastAnswer = /\nconnection: *close/i.test(head);
      },
      onBody: (part) => this.#body(part),
      onEnd: () => {
        if (this.#lastAnswer) this.#leave(socket);
        this.#done(this.#verdict());
      },
    });
    socket.on('data', (bytes: Buffer) => reader.push(bytes));
    socket.on('error', () => {});
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#done('the connection closed before the answer was complete');
    });
    return socket;
  }

  #leave(socket: Socket): void {
    this.#socket = undefined;
    socket.destroy();
  }

  #body(part: Buffer): void {
    const { status, body } = this.#expected;
    const exact = body && this.#status === status;
    if (exact) {
      const end = this.#received + part.length;
      this.#same &&= end <= body.length && part.compare(body, this.#received, end) === 0;
    } else {
      this.#kept.push(Buffer.from(part));
    }
    if (this.#received === 0) this.#asking?.onFirstBody?.();
    this.#received += part.length;
  }

  #verdict(): string | undefined {
    const { status, body, holds } = this.#expected;
    const text = () => Buffer.concat(this.#kept).toString().slice(0, 200);
    if (this.#status !== status) return `status ${this.#status} in place of ${status}: ${text()}`;
    if (body && (!this.#same || this.#received !== body.length)) return 'the body is not the one sent';
    if (holds && !Buffer.concat(this.#kept).includes(holds)) return `the body lacks ${holds}: ${text()}`;
    return undefined;
  }

  #done(failure: string | undefined): void {
    const asking = this.#asking;
    this.#asking = undefined;
    asking?.onDone(failure);
  }
}
