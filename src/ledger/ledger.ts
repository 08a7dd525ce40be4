/**
 * The book of what requests cost: room is reserved before a request is sent, and its record is written when it
 * is over. What many requests bring in one turn, or while a write is under way, is written together. A record
 * that could not be written is kept and tried again until it is.
 */

import type { BudgetAlert, ReservationOutcome, ReservationRequest } from '../domain/accounting/terms.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { LedgerStore, Settlement } from '../store/ledger-store.ts';

export interface LedgerOptions {
  readonly store: Pick<LedgerStore, 'reserve' | 'settle'>;
  readonly clock: Clock;
  /** Whether records must survive a power cut before they count as written. */
  readonly durable: boolean;
  /**
   * Under load, milliseconds from the start of one write to that of the next at least: most of what a write costs is
   * the same for one record and for fifty.
   */
  readonly writeEveryMs: number;
  /**
   * Where a write is a round trip: under load, milliseconds from the end of one write to the start of the next at
   * least, and no less than the write took. So those whom it has let go come back in time for the next one, which is
   * then one for all of them, on a slow machine too. 0 = there is no such rest.
   */
  readonly writeRestMs: number;
  /** Called with the alerts that a write has made. */
  readonly announce: (alerts: readonly BudgetAlert[]) => void;
  /** Called for every write that failed; it is tried again. */
  readonly onFailure: (error: unknown) => void;
  /** Called with a record that the store will not take whatever is done; it is given up. */
  readonly onRefused: (settlement: Settlement, error: unknown) => void;
}

interface Waiting<Order, Outcome> {
  readonly order: Order;
  readonly done: PromiseWithResolvers<Outcome>;
}

/** Orders that are carried out in one transaction; what is more waits for the next. */
const batchMax = 512;

/** A write of so many records is load: the next one gathers. With fewer, waiting would only be late. */
const gatherFrom = 8;

/** Whoever waits for records is not held up for longer by that, however slow the database is. */
const restMsMax = 20;

const retryMsMin = 50;
const retryMsMax = 2000;

/** A write that takes longer is likely to fail. */
const stuckMs = 1000;

/** How often what is left is tried before the process ends without it. */
const lastTries = 5;

export class Ledger {
  readonly #options: LedgerOptions;
  #reserving: Waiting<ReservationRequest, ReservationOutcome>[] = [];
  #settling: Waiting<Settlement, void>[] = [];
  /** Being written now. */
  #underWay: readonly Waiting<Settlement, void>[] = [];
  #reserveArmed = false;
  #settleArmed = false;
  #retryMs = retryMsMin;
  /** When the last write began, by the monotonic clock. */
  #wroteAt = Number.NEGATIVE_INFINITY;
  /** When it ended. */
  #endedAt = Number.NEGATIVE_INFINITY;
  /** Whether it had so many records that it pays to gather. */
  #wroteMany = false;
  #retry: Timer | undefined;
  #failed = Promise.withResolvers<void>();

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  /**
   * Asks for room.
   * @throws HalleyError('store_unavailable') when it cannot be known whether there is any
   */
  reserve(request: ReservationRequest): Promise<ReservationOutcome> {
    const done = Promise.withResolvers<ReservationOutcome>();
    this.#reserving.push({ order: request, done });
    if (!this.#reserveArmed) {
      this.#reserveArmed = true;
      this.#options.clock.soon(() => void this.#reserveAll());
    }
    return done.promise;
  }

  async #reserveAll(): Promise<void> {
    this.#reserveArmed = false;
    const batch = this.#reserving;
    this.#reserving = [];
    if (batch.length > 0) await this.#ask(batch);
  }

  async #ask(batch: readonly Waiting<ReservationRequest, ReservationOutcome>[]): Promise<void> {
    try {
      const { outcomes, alerts } = await this.#options.store.reserve(batch.map(({ order }) => order));
      for (const [at, { done }] of batch.entries()) done.resolve(outcomes[at] ?? 'gone');
      this.#announce(alerts);
    } catch (error) {
      // One request that cannot be asked for must not take the others with it.
      if (batch.length > 1 && !isUnavailable(error)) for (const each of batch) await this.#ask([each]);
      else for (const { done } of batch) done.reject(error);
    }
  }

  /** Hands a record over. Resolves when it is written; never rejects. */
  settle(settlement: Settlement): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#settling.push({ order: settlement, done });
    this.#arm();
    return done.promise;
  }

  #arm(): void {
    if (this.#settleArmed || this.#underWay.length > 0) return;
    this.#settleArmed = true;
    const { clock, writeEveryMs, writeRestMs } = this.#options;
    const restMs = writeRestMs && Math.min(Math.max(writeRestMs, this.#endedAt - this.#wroteAt), restMsMax);
    const earliest = Math.max(this.#wroteAt + writeEveryMs, this.#endedAt + restMs);
    const wait = this.#wroteMany ? earliest - clock.monotonic() : 0;
    if (wait > 0) clock.after(wait, this.#settleAll);
    else clock.soon(this.#settleAll);
  }

  readonly #settleAll = async (): Promise<void> => {
    this.#settleArmed = false;
    if (this.#underWay.length > 0 || this.#settling.length === 0) return;
    // A record that overtook its reservation would leave that behind for good.
    if (this.#reserving.length > 0) void this.#reserveAll();
    this.#wroteAt = this.#options.clock.monotonic();
    this.#underWay = this.#settling.splice(0, batchMax);
    this.#wroteMany = this.#underWay.length >= gatherFrom;
    const written = await this.#write(this.#underWay);
    const batch = this.#underWay;
    this.#underWay = [];
    this.#endedAt = this.#options.clock.monotonic();
    if (!written) {
      this.#settling.unshift(...batch);
      this.#retryLater();
    } else if (this.#settling.length > 0) this.#arm();
  };

  /** @returns false when the store could not be reached, and nothing is known to be written */
  async #write(batch: readonly Waiting<Settlement, void>[]): Promise<boolean> {
    const { store, durable } = this.#options;
    try {
      const alerts = await store.settle(
        batch.map(({ order }) => order),
        durable,
      );
      this.#retryMs = retryMsMin;
      for (const { done } of batch) done.resolve();
      this.#announce(alerts);
      return true;
    } catch (error) {
      if (isUnavailable(error)) {
        this.#options.onFailure(error);
        return false;
      }
      return this.#writeApart(batch, error);
    }
  }

  /** One record that cannot be written must not keep the others from it. */
  async #writeApart(batch: readonly Waiting<Settlement, void>[], error: unknown): Promise<boolean> {
    const [only, ...more] = batch;
    if (only && more.length === 0) {
      this.#options.onRefused(only.order, error);
      only.done.resolve();
      return true;
    }
    for (const [at, each] of batch.entries()) {
      if (await this.#write([each])) continue;
      this.#settling.unshift(...batch.slice(at + 1));
      this.#underWay = [each];
      return false;
    }
    return true;
  }

  #retryLater(): void {
    const failed = this.#failed;
    this.#failed = Promise.withResolvers();
    failed.resolve();
    this.#settleArmed = true;
    this.#retry = this.#options.clock.after(this.#retryMs, () => this.#tryAgain());
    this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax);
  }

  #tryAgain(): void {
    if (!this.#retry) return;
    this.#retry.cancel();
    this.#retry = undefined;
    void this.#settleAll();
  }

  #announce(alerts: readonly BudgetAlert[]): void {
    if (alerts.length > 0) this.#options.announce(alerts);
  }

  /** Resolves when all that was handed over so far is written, or a write has failed (and will be tried again). */
  async flush(): Promise<void> {
    const handedOver = [...this.#underWay, ...this.#settling].map(({ done }) => done.promise);
    // Whoever asks does not wait for others to come.
    void this.#settleAll();
    if (handedOver.length > 0) await Promise.race([Promise.all(handedOver), this.#failed.promise]);
  }

  /** Records not written yet. */
  get waiting(): number {
    return this.#underWay.length + this.#settling.length;
  }

  /**
   * Whether no more should be served for now: the last write failed or takes too long while answers wait for theirs,
   * or too many records wait. What were served all the same would be paid for and broken off.
   */
  get overdue(): boolean {
    const { durable, clock } = this.#options;
    const isStuck = this.#underWay.length > 0 && clock.monotonic() - this.#wroteAt > stuckMs;
    return (durable && (isStuck || this.#retryMs > retryMsMin)) || this.waiting >= limits.records_waiting_max;
  }

  /** Writes what waits, trying several times. @returns how many records are lost */
  async close(): Promise<number> {
    for (let tries = 0; this.waiting > 0 && tries < lastTries; tries += 1) {
      const tried = this.flush();
      // At once: a timer does not keep a process alive that has nothing else to do.
      this.#tryAgain();
      await tried;
    }
    return this.waiting;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof HalleyError && error.code === 'store_unavailable';
}
