/**
 * The one way to take a right away. Each method answers only when the change is committed and everything
 * that follows from it has been carried out: memory evicted, running requests ended, their usage charged, and
 * all of that on every other node as well.
 */
import type { KeyChange, KeyRow } from '../keys/key.ts';
import { HalleyError } from '../platform/errors.ts';
import type { JournalEntry, NewTopup, TopupRefusal } from '../store/ledger-store.ts';
import type { AccountChange, AccountRow, RightsChange, RightsWrites, Store } from '../store/store.ts';
import type { Confirmation } from './barriers.ts';

export interface Consequences {
  /** Writes what has been spent so far. Never rejects. */
  settle(): Promise<void>;
  /** Must be synchronous: it runs between the commit and anything else this process does. */
  evict(change: RightsChange): void;
  /** Resolves when no request of this node relies on the withdrawn right any more. */
  enforce(change: RightsChange): Promise<void>;
  /** Resolves when no other node relies on it: see `Barriers.wait`. */
  confirm(seq: number): Promise<Confirmation>;
}

/** What follows from changes of rights, from the commit on. */
export class Withdrawals {
  readonly settle: () => Promise<void>;
  readonly #running = new Set<Promise<Confirmation | undefined>>();

  constructor(store: Pick<Store, 'onRightsChange'>, consequences: Consequences) {
    this.settle = () => consequences.settle();
    store.onRightsChange((change, seq) => {
      consequences.evict(change);
      const enforced = consequences.enforce(change);
      const elsewhere = seq === undefined ? undefined : consequences.confirm(seq);
      const done = Promise.all([elsewhere, enforced]).then(([confirmation]) => confirmation);
      this.#running.add(done);
      const forget = () => this.#running.delete(done);
      done.then(forget, forget);
    });
  }

  /**
   * Resolves when all that has begun is carried out: also what others began, since a repeated delete must not
   * answer before the consequences of the first one.
   * @returns what other nodes were waited for; undefined = there are none
   * @throws HalleyError('store_unavailable') when it is not certain
   */
  async carriedOut(): Promise<Confirmation | undefined> {
    const outcomes = await Promise.allSettled([...this.#running]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) {
      throw new HalleyError('store_unavailable', {
        message: 'The change was made, but could not be confirmed everywhere. Send it again.',
        log: `enforcing a change of rights failed: ${String(failed.reason)}`,
      });
    }
    const confirmations = outcomes.flatMap((each) => (each.status === 'fulfilled' ? (each.value ?? []) : []));
    return confirmations.toSorted((one, other) => other.waitedMs - one.waitedMs)[0];
  }
}

export class Rights implements RightsWrites {
  readonly #store: Pick<Store, keyof RightsWrites>;
  readonly #withdrawals: Withdrawals;
  readonly #tell: (confirmation: Confirmation) => void;

  /** @param tell told what each change waited for, where there are other nodes */
  constructor(
    store: Pick<Store, keyof RightsWrites>,
    withdrawals: Withdrawals,
    tell: (confirmation: Confirmation) => void,
  ) {
    this.#store = store;
    this.#withdrawals = withdrawals;
    this.#tell = tell;
  }

  /** As `RightsWrites.updateKey`; throws `store_unavailable` when the consequences are not confirmed. */
  async updateKey(accountId: number, id: number, fields: KeyChange): Promise<KeyRow | undefined> {
    // What was spent before a quota is set must not be taken off it after.
    await this.#withdrawals.settle();
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
    await this.#withdrawals.settle();
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
    const confirmation = await this.#withdrawals.carriedOut();
    if (confirmation) this.#tell(confirmation);
    return result;
  }
}
