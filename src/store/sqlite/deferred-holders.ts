/** Which holders have settlements that were deferred and are not known to be applied. */
import { type HolderRef, holderKinds } from '../../domain/accounting/holder.ts';
import type { ReservationRequest } from '../../domain/accounting/terms.ts';
import type { Settlement } from '../ledger-store.ts';

export class DeferredHolders {
  readonly #ids = new Map(holderKinds.map((kind) => [kind, new Set<number>()]));
  #settlements = 0;
  /** Whether an application failed, so that any holder may have some. */
  #isUnknown = false;

  get settlements(): number {
    return this.#settlements;
  }

  get isEmpty(): boolean {
    return this.#settlements === 0 && !this.#isUnknown;
  }

  add(settlements: readonly Settlement[]): void {
    for (const { record } of settlements) {
      this.#ids.get('key')?.add(record.keyId);
      this.#ids.get('account')?.add(record.accountId);
    }
    this.#settlements += settlements.length;
  }

  /** Whether the balance of one of the holders of these requests lacks deferred settlements. */
  concern(requests: readonly ReservationRequest[]): boolean {
    if (this.isEmpty) return false;
    const has = ({ kind, id }: HolderRef) => this.#ids.get(kind)?.has(id) === true;
    return this.#isUnknown || requests.some(({ holders }) => holders.some(has));
  }

  clear(): void {
    for (const ids of this.#ids.values()) ids.clear();
    this.#settlements = 0;
    this.#isUnknown = false;
  }

  /** Called when what was taken out by `clear` may not be applied. */
  markUnknown(): void {
    this.#isUnknown = true;
  }
}
