/** Runs the ledger in a worker thread, and other work of this process between its transactions. */
import type { BudgetAlert, ReservationRequest } from '../../domain/accounting/terms.ts';
import { HalleyError } from '../../platform/errors.ts';
import { WorkerChannel } from '../../platform/worker-channel.ts';
import type { ReservationResult, Settlement } from '../ledger-store.ts';
import { DeferredHolders } from './deferred-holders.ts';
import { deferredText, isDeferrable } from './deferred-settlements.ts';
import { flatten } from './flat-settlement.ts';
import type { LedgerHandlers } from './ledger-worker.ts';

/** So many deferred settlements are applied without being asked for. */
const appliedTogether = 1024;

export class LedgerThread {
  readonly #channel: WorkerChannel<LedgerHandlers>;
  /** Work of this thread that waits for the other to be idle, and calls that wait for that work. */
  readonly #between: (() => void)[] = [];
  readonly #held: (() => void)[] = [];
  readonly #deferred = new DeferredHolders();
  /** The application of deferred settlements that was sent last, while it is under way. */
  #applying: Promise<void> | undefined;
  /** Alerts of applied settlements, which are returned with the next settlements. */
  #alerts: BudgetAlert[] = [];
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
    return this.#inTurn(() => {
      const afterDeferred = this.#deferred.concern(requests);
      if (afterDeferred) this.#apply();
      return this.#channel.call('reserve', { requests, afterDeferred });
    });
  }

  /** The totals show deferrable settlements only after `applied` or within `between`. */
  async settle(settlements: readonly Settlement[], durable: boolean): Promise<readonly BudgetAlert[]> {
    const now: Settlement[] = [];
    const later: Settlement[] = [];
    for (const each of settlements) (isDeferrable(each) ? later : now).push(each);
    const deferred = later.length > 0 ? deferredText(later) : '';
    const write = { flat: flatten(now), deferred, durable };
    const alerts = await this.#inTurn(() => {
      const written = this.#channel.call('settle', write);
      this.#deferred.add(later);
      if (this.#deferred.settlements >= appliedTogether) this.#apply();
      return written;
    });
    return [...this.#alerts.splice(0), ...alerts];
  }

  releaseReservations(): Promise<{ readonly requests: number; readonly units: number }> {
    return this.#inTurn(() => this.#channel.call('release', undefined));
  }

  /**
   * Resolves when the records and totals show everything that was settled before.
   * @throws HalleyError('store_unavailable') when that cannot be written
   */
  async applied(): Promise<void> {
    if (!this.#deferred.isEmpty) this.#apply();
    await this.#applying;
  }

  #apply(): void {
    this.#deferred.clear();
    const applying = this.#channel.call('applyDeferred', undefined).then(
      (alerts) => void this.#alerts.push(...alerts),
      (error: unknown) => {
        this.#deferred.markUnknown();
        throw error;
      },
    );
    this.#applying = applying;
    const isOver = () => {
      if (this.#applying === applying) this.#applying = undefined;
    };
    applying.then(isOver, isOver);
  }

  #inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.#closing) return Promise.reject(unavailable('the store is closed'));
    if (this.#between.length === 0) return call();
    return new Promise((resolve) => void this.#held.push(() => resolve(call())));
  }

  /**
   * Runs work that writes to the database from this thread while the other does not: waiting for its lock would
   * hold up everything. At once where that is idle, else as soon as what was sent and what was deferred is done.
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
      if (this.#channel.outstanding === 0 && this.#deferred.isEmpty) return run();
      this.#between.push(run);
      if (!this.#deferred.isEmpty) this.#apply();
    });
  }

  #onIdle(): void {
    for (let run = this.#between.shift(); run; run = this.#between.shift()) run();
    for (const call of this.#held.splice(0)) call();
  }

  /** Waits for what was sent and applies what was deferred, then ends the thread. */
  close(): Promise<void> {
    this.#closing ??= this.#end(
      this.#channel.isRunning
        ? this.#inTurn(() => {
            if (!this.#deferred.isEmpty) this.#apply();
            return this.#channel.call('close', undefined);
          })
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
