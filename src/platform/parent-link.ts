/** A worker's link to its parent, which accepts connections and passes them on, and knows the other workers. */
import { Socket } from 'node:net';
import type { FromParent, FromWorker, SocketName } from './parent-messages.ts';

/** Accepted connections from elsewhere. */
export interface ConnectionSource {
  /**
   * @param onConnection called for each connection, in the turn in which it arrives
   * @returns the address that clients connect to
   */
  take(onConnection: (socket: Socket) => void): Promise<string>;
  /** Resolves when no connection follows. */
  leave(): Promise<void>;
}

interface Taking {
  readonly onConnection: (socket: Socket) => void;
  readonly taking: PromiseWithResolvers<string>;
  readonly left: PromiseWithResolvers<void>;
}

export class ParentLink {
  readonly #process: NodeJS.Process;
  readonly #sockets = new Map<SocketName, Taking>();
  readonly #questions = new Map<number, (texts: readonly string[]) => void>();
  #lastQuestion = 0;
  #renderOwn: () => Promise<string> = async () => '';

  /** @param process this one, with a channel to its parent */
  constructor(process: NodeJS.Process) {
    this.#process = process;
    process.on('message', (message, handle) => this.#onMessage(message as FromParent, handle));
    process.on('disconnect', () => this.#onParentGone());
    // A start that fails must end the process.
    process.channel?.unref();
  }

  /** The connections of one of the parent's sockets. */
  source(socket: SocketName): ConnectionSource {
    return {
      take: (onConnection) => {
        const taking = Promise.withResolvers<string>();
        this.#sockets.set(socket, { onConnection, taking, left: Promise.withResolvers() });
        this.#send({ do: 'take', socket });
        return taking.promise;
      },
      leave: async () => {
        const taken = this.#sockets.get(socket);
        if (!taken || !this.#process.connected) return;
        this.#send({ do: 'leave', socket });
        await taken.left.promise;
      },
    };
  }

  /** Tells the parent that this worker serves requests. */
  serving(): void {
    this.#send({ do: 'serving' });
  }

  /** @param render writes the metrics of this worker when another one asks for them */
  answerWith(render: () => Promise<string>): void {
    this.#renderOwn = render;
  }

  /** The metrics of the other workers. One that does not answer in time is missing. */
  metricsOfOthers(): Promise<readonly string[]> {
    if (!this.#process.connected) return Promise.resolve([]);
    this.#lastQuestion += 1;
    const id = this.#lastQuestion;
    return new Promise((resolve) => {
      this.#questions.set(id, resolve);
      this.#send({ do: 'ask', id });
    });
  }

  #send(message: FromWorker): void {
    // The channel may close at any time, which `disconnect` reports.
    if (this.#process.connected) this.#process.send?.(message, undefined, undefined, () => undefined);
  }

  #onMessage(message: FromParent, handle: unknown): void {
    switch (message.do) {
      case 'taking':
        this.#sockets.get(message.socket)?.taking.resolve(message.hostPort);
        break;
      case 'connection':
        this.#send({ do: 'taken', socket: message.socket });
        // A connection that broke on the way has no handle.
        if (handle instanceof Socket) this.#sockets.get(message.socket)?.onConnection(handle);
        break;
      case 'left':
        this.#sockets.get(message.socket)?.left.resolve();
        break;
      case 'ask':
        void this.#answer(message.id);
        break;
      case 'answers':
        this.#questions.get(message.id)?.(message.texts);
        this.#questions.delete(message.id);
    }
  }

  async #answer(id: number): Promise<void> {
    const text = await this.#renderOwn().catch(() => '');
    this.#send({ do: 'answer', id, text });
  }

  #onParentGone(): void {
    for (const { left } of this.#sockets.values()) left.resolve();
    for (const answer of this.#questions.values()) answer([]);
    this.#questions.clear();
  }
}
