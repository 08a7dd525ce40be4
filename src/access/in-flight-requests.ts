/** The requests that are running, by key, so that withdrawing a right can end those that relied on it. */
import type { HalleyError } from '../platform/errors.ts';
import type { RequestContext } from './authorize.ts';
import type { KeyPolicy } from './key-policy.ts';

/** One running request. */
export interface InFlightRequest {
  readonly keyId: number;
  readonly accountId: number;
  /** What its admission rested on, as far as known by now. */
  readonly facts: RequestContext;
  /**
   * Reserves room where the key has become one that must, and the request has none.
   * @returns the error to end it with when there is no room; never rejects
   */
  cover(record: KeyPolicy): Promise<HalleyError | undefined>;
  /**
   * Ends the request at once: upstream aborted, client notified in the form of its protocol, usage charged.
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
    const inFlightRequests = this.#byKey.get(request.keyId);
    if (inFlightRequests) inFlightRequests.add(request);
    else this.#byKey.set(request.keyId, new Set([request]));
    this.#size += 1;
  }

  remove(request: InFlightRequest): void {
    const inFlightRequests = this.#byKey.get(request.keyId);
    if (!inFlightRequests?.delete(request)) return;
    this.#size -= 1;
    if (inFlightRequests.size === 0) this.#byKey.delete(request.keyId);
  }

  ofKey(keyId: number): readonly InFlightRequest[] {
    return [...(this.#byKey.get(keyId) ?? [])];
  }

  ofAccount(accountId: number): readonly InFlightRequest[] {
    const found: InFlightRequest[] = [];
    for (const inFlightRequests of this.#byKey.values()) {
      for (const request of inFlightRequests) if (request.accountId === accountId) found.push(request);
    }
    return found;
  }

  all(): readonly InFlightRequest[] {
    return [...this.#byKey.values()].flatMap((inFlightRequests) => [...inFlightRequests]);
  }

  /** Requests running now. */
  get size(): number {
    return this.#size;
  }
}
