/** The requests that are running, by key, so that withdrawing a right can end those that relied on it. */
import type { HalleyError } from '../platform/errors.ts';
import type { AccessRecord } from './access-record.ts';
import type { RequestFacts } from './checks.ts';

/** One running request. */
export interface Flight {
  readonly keyId: number;
  readonly accountId: number;
  /** What its admission rested on, as far as known by now. */
  readonly facts: RequestFacts;
  /**
   * Reserves room where the key has become one that must, and the request has none.
   * @returns the error to end it with when there is no room; never rejects
   */
  cover(record: AccessRecord): Promise<HalleyError | undefined>;
  /**
   * Ends the request at once: upstream aborted, client notified in the form of its protocol, usage charged.
   * Resolves when nothing more of the request can reach the client. Never rejects; safe to call twice.
   * @param withinMs how long the client may take to read the end, in milliseconds; 0 = what it has not read is
   * discarded
   */
  cut(error: HalleyError, withinMs: number): Promise<void>;
}

export class Flights {
  readonly #byKey = new Map<number, Set<Flight>>();
  #size = 0;

  add(flight: Flight): void {
    const flights = this.#byKey.get(flight.keyId);
    if (flights) flights.add(flight);
    else this.#byKey.set(flight.keyId, new Set([flight]));
    this.#size += 1;
  }

  remove(flight: Flight): void {
    const flights = this.#byKey.get(flight.keyId);
    if (!flights?.delete(flight)) return;
    this.#size -= 1;
    if (flights.size === 0) this.#byKey.delete(flight.keyId);
  }

  ofKey(keyId: number): readonly Flight[] {
    return [...(this.#byKey.get(keyId) ?? [])];
  }

  ofAccount(accountId: number): readonly Flight[] {
    const found: Flight[] = [];
    for (const flights of this.#byKey.values()) {
      for (const flight of flights) if (flight.accountId === accountId) found.push(flight);
    }
    return found;
  }

  all(): readonly Flight[] {
    return [...this.#byKey.values()].flatMap((flights) => [...flights]);
  }

  /** Requests running now. */
  get size(): number {
    return this.#size;
  }
}
