/** One keep-alive connection of a test client, with minimal code between it and the socket. */
import { connect, type Socket } from 'node:net';
import { MessageReader } from '../../bench/http-messages.ts';

export interface Reply {
  /** 0 when the connection ended before a status arrived. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Whether the last byte arrived. */
  readonly isWhole: boolean;
  /** Time of the end, by `performance.now()`. */
  readonly at: number;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  /** A key or an access token. */
  readonly credential: string;
  readonly body?: unknown;
}

export function requestText({ method, path, credential, body }: Asked): string {
  const text = body === undefined ? '' : JSON.stringify(body);
  return (
    `${method} ${path} HTTP/1.1\r\nhost: fleet\r\nauthorization: Bearer ${credential}\r\n` +
    `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  );
}

export class Connection {
  readonly #socket: Socket;
  #waiting: ((reply: Reply) => void) | undefined;
  #head = '';
  #body = '';
  #ended = false;

  /** @param onBody called with each part of a body when it arrives */
  constructor(url: string, onBody?: (part: string) => void) {
    const { port } = new URL(url);
    const reader = new MessageReader({
      onHead: (head) => {
        this.#head = head;
      },
      onBody: (part) => {
        const text = part.toString();
        this.#body += text;
        onBody?.(text);
      },
      onEnd: () => this.#done(true),
    });
    this.#socket = connect({ port: Number(port), host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (bytes: Buffer) => reader.push(bytes));
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#ended = true;
      this.#done(false);
    });
  }

  /** One request at a time. Never rejects. */
  ask(text: string): Promise<Reply> {
    const { promise, resolve } = Promise.withResolvers<Reply>();
    this.#waiting = resolve;
    this.#head = '';
    this.#body = '';
    if (this.#ended) this.#done(false);
    else this.#socket.write(text);
    return promise;
  }

  #done(isWhole: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (/\nconnection: *close/i.test(this.#head)) this.close();
    waiting?.({
      status: Number(this.#head.slice(9, 12)),
      head: this.#head,
      body: this.#body,
      isWhole,
      at: performance.now(),
    });
  }

  /** Whether it can send another request. */
  get isOpen(): boolean {
    return !this.#ended;
  }

  /** Also ends a pending reply. */
  close(): void {
    this.#ended = true;
    this.#socket.destroy();
  }
}

/** Sends one request on a new connection. */
export async function askOnce(url: string, asked: Asked): Promise<Reply> {
  const connection = new Connection(url);
  const reply = await connection.ask(requestText(asked));
  connection.close();
  return reply;
}
