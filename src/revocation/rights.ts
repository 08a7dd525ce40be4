/**
 * The one way to take a right away. Each method answers only when the change is committed and everything
 * that follows from it has been carried out: memory evicted, running requests ended, their usage charged.
 */

import type { KeyChange, KeyRow } from '../keys/key.ts';
import { HalleyError } from '../platform/errors.ts';
import type { JournalEntry, NewTopup, TopupRefusal } from '../store/ledger-store.ts';
import type { AccountChange, AccountRow, RightsChange, RightsWrites, Store } from '../store/store.ts';

export interface Consequences {
  /** Writes what has been spent so far. Never rejects. */
  settle(): Promise<void>;
  /** Must be synchronous: it runs between the commit and anything else this process does. */
  evict(change: RightsChange): void;
  /** Resolves when no request relies on the withdrawn right any more. */
  enforce(change: RightsChange): Promise<void>;
}

export class Rights implements RightsWrites {
  readonly #store: Pick<Store, keyof RightsWrites>;
  readonly #settle: Consequences['settle'];
  readonly #running = new Set<Promise<void>>();

  constructor(store: Pick<Store, keyof RightsWrites | 'onRightsChange'>, consequences: Consequences) {
    this.#store = store;
    this.#settle = () => consequences.settle();
    store.onRightsChange((change) => {
      consequences.evict(change);
      const enforced = consequences.enforce(change);
      this.#running.add(enforced);
      const forget = () => this.#running.delete(enforced);
      enforced.then(forget, forget);
    });
  }

  /** As `RightsWrites.updateKey`; throws `store_unavailable` when the consequences are not confirmed. */
  async updateKey(accountId: number, id: number, fields: KeyChange): Promise<KeyRow | undefined> {
    // What was spent before a quota is set must not be taken off it after.
    await this.#settle();
    return this.#confirmed(this.#store.updateKey(accountId, id, fields));
  }

  /** As `RightsWrites.deleteKeys`: once this resolves, the keys are dead. */
  async deleteKeys(accountId: number, ids: readonly number[]): Promise<readonly number[]> {
    return this.#confirmed(this.#store.deleteKeys(accountId, ids));
  }

  async updateAccount(
    id: number,
    fields: AccountChange,
    actorId: number,
  ): Promise<AccountRow | 'username_taken' | undefined> {
    await this.#settle();
    return this.#confirmed(this.#store.updateAccount(id, fields, actorId));
  }

  async deleteAccount(id: number): Promise<boolean> {
    return this.#confirmed(this.#store.deleteAccount(id));
  }

  async topUp(topup: NewTopup): Promise<JournalEntry | TopupRefusal> {
    return this.#confirmed(this.#store.topUp(topup));
  }

  async #confirmed<Result>(write: Promise<Result>): Promise<Result> {
    const result = await write;
    // Also what others began: a repeated delete must not answer before the first one's consequences.
    const outcomes = await Promise.allSettled([...this.#running]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) {
      throw new HalleyError('store_unavailable', {
        message: 'The change was made, but could not be confirmed everywhere. Send it again.',
        log: `enforcing a change of rights failed: ${String(failed.reason)}`,
      });
    }
    return result;
  }
}
