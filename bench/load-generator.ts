/** Controls the load generator process. */
import { fileURLToPath } from 'node:url';
import { Child } from './child.ts';
import type { LoadMessage, LoadOrder, LoadReply, LoadReport } from './load-order.ts';

/** Time that an order may take beyond its own duration, in milliseconds. */
const graceMs = 60_000;

/** When an order was served, in microseconds of the clock that CPU profiles use. */
export interface Served {
  readonly port: number;
  readonly from: number;
  readonly to: number;
  readonly requests: number;
}

const nowUs = () => Number(process.hrtime.bigint() / 1000n);

export class LoadGenerator {
  readonly #child: Child;
  readonly #warm = new Set<number>();
  readonly #served: Served[] = [];
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

  /** The orders so far, without the first one of each port, which warms up the process behind it. */
  get served(): readonly Served[] {
    return this.#served;
  }

  #note(port: number, from: number, requests: number): void {
    if (this.#warm.has(port)) this.#served.push({ port, from, to: nowUs(), requests });
    this.#warm.add(port);
  }

  /**
   * Executes an order.
   * @throws Error when a response was not as expected, or the order took far too long
   */
  async run(order: LoadOrder): Promise<LoadReport> {
    const id = this.#nextId++;
    const ownMs = order.mode.kind === 'hold' ? 0 : order.mode.ms;
    const from = nowUs();
    const report = await this.#send({ id, order }, ownMs + graceMs);
    this.#note(order.port, from, report.requests);
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
