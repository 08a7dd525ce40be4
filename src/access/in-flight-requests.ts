/** Registers the in-flight requests of each key, so that a revocation can abort them. */
import type { HalleyError } from '../platform/errors.ts';
import type { RequestContext } from './authorize.ts';
import type { KeyPolicy } from './key-policy.ts';

/**
 * A request that has been admitted and can still bring output to its client, or anything else with these two
 * properties: it can be aborted, and it reports when no more output can arrive.
 */
export interface InFlightRequest {
  readonly keyId: number;
  readonly accountId: number;
  /** Whether it is an open WebSocket. */
  readonly isSocket?: true;
  /** The input of its authorization, as far as known. */
  readonly context: RequestContext;
  /**
   * Reserves units if the key now requires it and the request has no reservation.
   * @returns the error with which to abort the request when the reservation fails; never rejects
   */
  cover(record: KeyPolicy): Promise<HalleyError | undefined>;
  /**
   * Aborts the request at once: aborts the upstream request, notifies the client in its protocol and charges the
   * usage. Resolves when no more of the request can reach the client. Never rejects; safe to call twice.
   * @param withinMs how long the client may take to read the end, in milliseconds; 0 discards unread bytes at once
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

  /** The number of in-flight requests. */
  get size(): number {
    return this.#size;
  }
}
