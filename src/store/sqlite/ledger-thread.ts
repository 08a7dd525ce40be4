/** Runs the ledger in a worker thread, and other writes of this process between its transactions. */
import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import { HalleyError } from '../../platform/errors.ts';
import { WorkerChannel } from '../../platform/worker-channel.ts';
import type { ReservationResult, Settlement } from '../ledger-store.ts';
import { flatten } from './flat-settlement.ts';
import type { LedgerHandlers } from './ledger-worker.ts';

export class LedgerThread {
  readonly #channel: WorkerChannel<LedgerHandlers>;
  /** Work of this thread that waits for the other to be idle, and calls that wait for that work. */
  readonly #between: (() => void)[] = [];
  readonly #held: (() => void)[] = [];
  #closing: Promise<void> | undefined;

  /** @param path of the database file, which must be up to date */
  constructor(path: string) {
    this.#channel = new WorkerChannel({
      file: new URL('./ledger-worker.ts', import.meta.url),
      workerData: path,
      lostError: (reason) => unavailable(`the thread of the ledger died: ${reason}`),
      onIdle: () => this.#onIdle(),
    });
  }

  reserve(requests: readonly ReservationRequest[]): Promise<ReservationResult> {
    return this.#inTurn(() => this.#channel.call('reserve', requests));
  }

  settle(settlements: readonly Settlement[], durable: boolean): Promise<readonly BudgetAlert[]> {
    const flat = flatten(settlements);
    return this.#inTurn(() => this.#channel.call('settle', { flat, durable }));
  }

  releaseReservations(): Promise<{ readonly requests: number; readonly units: number }> {
    return this.#inTurn(() => this.#channel.call('release', undefined));
  }

  #inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#closing) return Promise.reject(unavailable('the store is closed'));
    if (this.#between.length === 0) return call();
    return new Promise((resolve) => void this.#held.push(() => resolve(call())));
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
      if (this.#channel.outstanding === 0) run();
      else this.#between.push(run);
    });
  }

  #onIdle(): void {
    for (let run = this.#between.shift(); run; run = this.#between.shift()) run();
    for (const call of this.#held.splice(0)) call();
  }

  /** Waits for what was sent, then ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.#end(
      this.#channel.isRunning
        ? this.#inTurn(() => this.#channel.call('close', undefined))
        : Promise.resolve(),
    );
    return this.#closing;
  }

  async #end(closed: Promise<unknown>): Promise<void> {
    // A thread that died has nothing left to close.
    await closed.catch(() => undefined);
    await this.#channel.close();
  }
}

function unavailable(log: string): HalleyError {
  return new HalleyError('store_unavailable', { log });
}
