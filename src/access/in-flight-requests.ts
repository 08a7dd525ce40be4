/** Registers the in-flight requests, so that a revocation can abort them. */
import { Bag, type BagMember } from '../platform/bag.ts';
import type { HalleyError } from '../platform/errors.ts';
import type { RequestContext } from './authorize.ts';
import type { KeyPolicy } from './key-policy.ts';

/**
 * A request that has been admitted and can still bring output to its client, or anything else with these two
 * properties: it can be aborted, and it reports when no more output can arrive.
 */
export interface InFlightRequest extends BagMember {
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
  readonly #requests = new Bag<InFlightRequest>();

  add(request: InFlightRequest): void {
    this.#requests.add(request);
  }

  remove(request: InFlightRequest): void {
    this.#requests.remove(request);
  }

  ofKey(keyId: number): readonly InFlightRequest[] {
    return this.#requests.filter((request) => request.keyId === keyId);
  }

  ofAccount(accountId: number): readonly InFlightRequest[] {
    return this.#requests.filter((request) => request.accountId === accountId);
  }

  all(): readonly InFlightRequest[] {
    return this.#requests.all();
  }

  /** The number of in-flight requests. */
  get size(): number {
    return this.#requests.size;
  }
}
