/** Controls the load generator process. */
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import type { LoadMessage, LoadOrder, LoadReply, LoadReport } from './load-order.ts';

/** Time that an order may take beyond its own duration, in milliseconds. */
const graceMs = 60_000;

export class LoadGenerator {
  readonly #child: Child;
  readonly #waiting = new Map<number, (report: LoadReport) => void>();
  #nextId = 1;

  private constructor(child: Child) {
    this.#child = child;
    child.process.on('message', (reply: LoadReply) => {
      this.#waiting.get(reply.id)?.(reply.report);
      this.#waiting.delete(reply.id);
    });
  }

  static async start(): Promise<LoadGenerator> {
    const child = new Child('load.ts', [fileURLToPath(new URL('load.ts', import.meta.url))], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await child.firstMessage();
    return new LoadGenerator(child);
  }

  #send(message: LoadMessage, waitMs: number): Promise<LoadReport> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('the load generator did not finish in time')), waitMs);
      this.#waiting.set(message.id, (report) => {
        clearTimeout(late);
        resolve(report);
      });
      this.#child.process.send(message);
    });
  }

  /**
   * Executes an order.
   * @throws Error when a response was not as expected, or the order took far too long
   */
  async run(order: LoadOrder): Promise<LoadReport> {
    const id = this.#nextId++;
    const ownMs = order.mode.kind === 'hold' ? 0 : order.mode.ms;
    const report = await this.#send({ id, order }, ownMs + graceMs);
    const failures = Object.entries(report.failures);
    const [first] = failures;
    if (!first) return report;
    const times = failures.reduce((sum, [, count]) => sum + count, 0);
    throw new Error(`${times} of ${report.requests} requests failed; one of them: ${first[0]}`);
  }

  /** Closes every connection to the port. */
  async release(port: number): Promise<void> {
    await this.#send({ id: this.#nextId++, release: port }, graceMs);
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
