/** Runs clients that send one request after another until they are stopped, and counts the results. */
import { setTimeout as sleep } from 'node:timers/promises';
import { chatText, nextAttempt } from '../fleet/clients.ts';
import { Connection, type Reply } from '../fleet/connection.ts';

export interface LoadOptions {
  readonly url: string;
  readonly key: string;
  /** Every second client opens a connection for each request; the others use keep-alive. */
  readonly clients: number;
  /** Milliseconds between two requests of a client. */
  readonly pauseMs?: number;
}

export class Load {
  readonly failures: Reply[] = [];
  served = 0;
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(options: LoadOptions) {
    this.#clients = Array.from({ length: options.clients }, (_, index) =>
      this.#run(options, index % 2 === 0),
    );
  }

  async #run({ url, key, pauseMs = 0 }: LoadOptions, keepsAlive: boolean): Promise<void> {
    let connection = new Connection(url);
    while (!this.#isOver) {
      if (!connection.isOpen) connection = new Connection(url);
      const reply = await connection.ask(chatText(key, nextAttempt()));
      if (reply.status === 200 && reply.isWhole && reply.body.includes('hello')) this.served += 1;
      else this.failures.push(reply);
      if (!keepsAlive) connection.close();
      if (pauseMs > 0) await sleep(pauseMs);
    }
    connection.close();
  }

  get sent(): number {
    return this.served + this.failures.length;
  }

  /** Resolves when this many requests have ended. */
  async reaches(count: number): Promise<void> {
    while (this.sent < count) await sleep(2);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  /** Describes how many requests failed, and how. */
  get summary(): string {
    const kinds = new Map<string, number>();
    for (const { status, isWhole } of this.failures) {
      const kind =
        status === 0 ? 'connection closed without an answer' : `${status}${isWhole ? '' : ', broken off'}`;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    const how = [...kinds].map(([kind, count]) => `${count} × ${kind}`).join('; ');
    return `${this.failures.length} of ${this.sent} requests failed${how && ` (${how})`}`;
  }
}
