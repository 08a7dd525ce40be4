/** Registers the in-flight requests of each key, so that a revocation can abort those that relied on the right. */
import type { HalleyError } from '../platform/errors.ts';
import type { RequestContext } from './authorize.ts';
import type { KeyPolicy } from './key-policy.ts';

/**
 * A request that has been admitted and can still bring output to its client. More generally it is whatever can: it can
 * be aborted, and says when nothing more of it can arrive.
 */
export interface InFlightRequest {
  readonly keyId: number;
  readonly accountId: number;
  /** What its admission was decided by, as far as known by now. */
  readonly context: RequestContext;
  /**
   * Reserves room where the key has become one that must, and the request has none.
   * @returns the error to end it with when there is no room; never rejects
   */
  cover(record: KeyPolicy): Promise<HalleyError | undefined>;
  /**
   * Ends the request at once: it aborts the upstream, notifies the client in its protocol and charges the usage.
   * Resolves when nothing more of the request can reach the client. Never rejects; safe to call twice.
   * @param withinMs how long the client may take to read the end, in milliseconds; 0 = what it has not read is
   * discarded
   */
  abort(error: HalleyError, withinMs: number): Promise<void>;
}

export class InFlightRequests {
  readonly #byKey = new Map<number, Set<InFlightRequest>>();
  #size = 0;

  add(request: InFlightRequest): void {
    const ofKey = this.#byKey.get(request.keyId);
    if (ofKey) ofKey.add(request);
    else this.#byKey.set(request.keyId, new Set([request]));
    this.#size += 1;
  }

  remove(request: InFlightRequest): void {
    const ofKey = this.#byKey.get(request.keyId);
    if (!ofKey?.delete(request)) return;
    this.#size -= 1;
    if (ofKey.size === 0) this.#byKey.delete(request.keyId);
  }

  ofKey(keyId: number): readonly InFlightRequest[] {
    return [...(this.#byKey.get(keyId) ?? [])];
  }

  ofAccount(accountId: number): readonly InFlightRequest[] {
    const found: InFlightRequest[] = [];
    for (const ofKey of this.#byKey.values()) {
      for (const request of ofKey) if (request.accountId === accountId) found.push(request);
    }
    return found;
  }

  all(): readonly InFlightRequest[] {
    return [...this.#byKey.values()].flatMap((ofKey) => [...ofKey]);
  }

  /** How many requests are in flight now. */
  get size(): number {
    return this.#size;
  }
}
