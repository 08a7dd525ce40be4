/**
 * What keys have spent and is not yet written. Charges add up in memory and are written together; until
 * they are, admission counts them as pending, so that no request is let through on money already spent.
 */
import type { Clock, Timer } from '../platform/clock.ts';
import type { StoreBase, UsageDelta } from '../store/store.ts';

export interface Charge {
  readonly keyId: number;
  readonly accountId: number;
  readonly units: number;
}

export interface UsageBookOptions {
  readonly store: Pick<StoreBase, 'applyUsage'>;
  readonly clock: Clock;
  /** Milliseconds a charge may wait before it is written. */
  readonly flushMs: number;
  /** Called when writing failed; the charges are kept and tried again. */
  readonly onFailure: (error: unknown) => void;
}

interface Entry {
  readonly keyId: number;
  readonly accountId: number;
  units: number;
  requests: number;
  lastUsedAt: number;
}

export class UsageBook {
  readonly #options: UsageBookOptions;
  #waiting = new Map<number, Entry>();
  /** Being written now; still pending for whoever reads the store. */
  #writing = new Map<number, Entry>();
  readonly #accountPending = new Map<number, number>();
  #timer: Timer | undefined;
  #flushing: Promise<void> | undefined;

  constructor(options: UsageBookOptions) {
    this.#options = options;
  }

  /** Records one request of a key. Zero units count as a request too. */
  charge({ keyId, accountId, units }: Charge): void {
    const lastUsedAt = Math.floor(this.#options.clock.now() / 1000);
    const entry = this.#waiting.get(keyId);
    if (entry) {
      entry.units += units;
      entry.requests += 1;
      entry.lastUsedAt = lastUsedAt;
    } else {
      this.#waiting.set(keyId, { keyId, accountId, units, requests: 1, lastUsedAt });
    }
    this.#accountPending.set(accountId, this.ofAccount(accountId) + units);
    this.#arm();
  }

  /** Units of a key that the store does not know of yet. */
  ofKey(keyId: number): number {
    return (this.#waiting.get(keyId)?.units ?? 0) + (this.#writing.get(keyId)?.units ?? 0);
  }

  /** Units of an account that the store does not know of yet. */
  ofAccount(accountId: number): number {
    return this.#accountPending.get(accountId) ?? 0;
  }

  /** Writes all that waits. Resolves when it is written or has failed (and will be tried again). */
  async flush(): Promise<void> {
    while (this.#flushing) await this.#flushing;
    if (this.#waiting.size === 0) return;
    this.#flushing = this.#write();
    await this.#flushing;
  }

  async #write(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#writing = this.#waiting;
    this.#waiting = new Map();
    const deltas: UsageDelta[] = [...this.#writing.values()];
    try {
      await this.#options.store.applyUsage(deltas);
      for (const { accountId, units } of deltas) this.#settleAccount(accountId, units);
    } catch (error) {
      this.#options.onFailure(error);
      this.#putBack(deltas);
    } finally {
      this.#writing = new Map();
      this.#flushing = undefined;
    }
  }

  #settleAccount(accountId: number, units: number): void {
    const left = this.ofAccount(accountId) - units;
    if (left > 0) this.#accountPending.set(accountId, left);
    else this.#accountPending.delete(accountId);
  }

  #putBack(deltas: readonly UsageDelta[]): void {
    for (const delta of deltas) {
      const entry = this.#waiting.get(delta.keyId);
      if (entry) {
        entry.units += delta.units;
        entry.requests += delta.requests;
      } else {
        this.#waiting.set(delta.keyId, { ...delta });
      }
    }
    this.#arm();
  }

  #arm(): void {
    this.#timer ??= this.#options.clock.after(this.#options.flushMs, () => {
      this.#timer = undefined;
      void this.flush();
    });
  }

  /** Writes what waits and stops. */
  async close(): Promise<void> {
    await this.flush();
    this.#timer?.cancel();
  }
}
