/** The door to the thread that writes the ledger. It is started at first need, and again when it died. */
import { Worker } from 'node:worker_threads';
import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { ReservationResult, Settlement } from '../ledger-store.ts';
import { flatten } from './flat-settlement.ts';
import type { LedgerOrder, LedgerReply } from './ledger-worker.ts';

const workerFile = new URL('./ledger-worker.ts', import.meta.url);

interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export class LedgerThread {
  readonly #path: string;
  #worker: Worker | undefined;
  /** Those whose replies are due, in the order of the replies. */
  #waiting: Waiting[] = [];
  /** Work of this thread that waits for the other to be idle, and orders that wait for that work. */
  #between: (() => void)[] = [];
  #held: { readonly order: LedgerOrder; readonly waiting: Waiting }[] = [];
  #closing: Promise<void> | undefined;

  /** @param path of the database file, which must be up to date */
  constructor(path: string) {
    this.#path = path;
  }

  async reserve(requests: readonly ReservationRequest[]): Promise<ReservationResult> {
    return (await this.#send({ kind: 'reserve', requests })) as ReservationResult;
  }

  async settle(settlements: readonly Settlement[], durable: boolean): Promise<readonly BudgetAlert[]> {
    const flat = flatten(settlements);
    return (await this.#send({ kind: 'settle', flat, durable })) as readonly BudgetAlert[];
  }

  async releaseReservations(): Promise<{ readonly requests: number; readonly units: number }> {
    return (await this.#send({ kind: 'release' })) as { requests: number; units: number };
  }

  #send(order: LedgerOrder): Promise<unknown> {
    if (this.#closing) return Promise.reject(unavailable('the store is closed'));
    return new Promise((resolve, reject) => {
      if (this.#between.length > 0) this.#held.push({ order, waiting: { resolve, reject } });
      else this.#post(order, { resolve, reject });
    });
  }

  #post(order: LedgerOrder, waiting: Waiting): void {
    const worker = this.#worker ?? this.#start();
    try {
      worker.postMessage(order);
    } catch (error) {
      // It cannot be copied: no reply will come.
      waiting.reject(error);
      return;
    }
    if (this.#waiting.push(waiting) === 1) worker.ref();
  }

  /**
   * Runs work that writes to the database from this thread while the other does not: waiting for its lock would
   * hold up everything. At once where that is idle, else as soon as what was sent is done.
   */
  between<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#waiting.length === 0) run();
      else this.#between.push(run);
    });
  }

  #onIdle(): void {
    for (let run = this.#between.shift(); run; run = this.#between.shift()) run();
    for (const { order, waiting } of this.#held.splice(0)) this.#post(order, waiting);
  }

  #start(): Worker {
    const worker = new Worker(workerFile, { workerData: this.#path });
    this.#worker = worker;
    worker.on('message', (reply: LedgerReply) => this.#onReply(worker, reply));
    worker.on('error', (error) => this.#onDeath(worker, String(error)));
    worker.on('exit', () => this.#onDeath(worker, 'it ended'));
    return worker;
  }

  #onReply(worker: Worker, reply: LedgerReply): void {
    const waiting = this.#waiting.shift();
    // An idle thread must not keep the process running.
    if (this.#waiting.length === 0) worker.unref();
    if ('result' in reply) waiting?.resolve(reply.result);
    else waiting?.reject(reply.unavailable ? unavailable(reply.error) : new Error(reply.error));
    if (this.#waiting.length === 0) this.#onIdle();
  }

  #onDeath(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { reject } of waiting) reject(unavailable(`the thread of the ledger died: ${why}`));
    this.#onIdle();
  }

  /** Waits for what was sent, then ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.#end(this.#worker && this.#send({ kind: 'close' }));
    return this.#closing;
  }

  async #end(closed: Promise<unknown> | undefined): Promise<void> {
    // A thread that died has nothing left to close.
    await closed?.catch(() => undefined);
    await this.#worker?.terminate();
  }
}

function unavailable(log: string): HalleyError {
  return new HalleyError('store_unavailable', { log });
}
