/**
 * What the processes of a fleet count together against the limits of keys: requests and tokens of the last
 * minute, and requests that are running. Seconds and milliseconds are those of the store's own clock.
 */
import type { KeyRow } from '../domain/key.ts';

/** A request that wants to be admitted. */
export interface RateAsk {
  readonly keyId: number;
  /** 0 = no limit. */
  readonly limits: Pick<KeyRow, 'requestsPerMinute' | 'tokensPerMinute' | 'concurrentRequests'>;
  /** What it may use at most; a whole number. */
  readonly tokens: number;
}

/** The tokens of a request that has ended. */
export interface RateCorrection {
  readonly keyId: number;
  /** In which it was admitted. */
  readonly second: number;
  /** What it used beyond its estimate; less than zero where it used less. */
  readonly tokens: number;
  /** Number of the first exchange that carries it: it is never carried out twice. */
  readonly exchange: number;
}

/** A request that was admitted and does not count after all, since nothing of it was sent to an upstream. */
export interface RateCancellation {
  readonly keyId: number;
  /** In which it was admitted. Its tokens are a correction. */
  readonly second: number;
}

/** Requests of one key that were admitted in this process and have not ended. */
export interface RateRunning {
  readonly keyId: number;
  readonly running: number;
}

export interface RateExchange {
  /** Rises by one with each exchange of the process, from 1 on. One that comes late does nothing. */
  readonly number: number;
  /** Each is admitted or refused by itself, in this order; of one that is refused nothing is counted. */
  readonly asks: readonly RateAsk[];
  /** Carried out before anything is admitted. All since the last exchange that was answered. */
  readonly corrections: readonly RateCorrection[];
  /** Before anything is admitted, and at most once: when the exchange fails, some of them may go on counting. */
  readonly cancelled: readonly RateCancellation[];
  /** Every key that the exchange is about, once; what is asked for now is not among those that run. */
  readonly running: readonly RateRunning[];
}

/** One key after the exchange. */
export interface RateResult {
  readonly keyId: number;
  /** When it was judged, in milliseconds since 1970 UTC. */
  readonly nowMs: number;
  /** The counts of the last minute, by rising second. */
  readonly counts: readonly { readonly second: number; readonly requests: number; readonly tokens: number }[];
  /** In all processes that are in the fleet. */
  readonly running: number;
  /** Of the asks for this key, in their order. */
  readonly admitted: readonly boolean[];
}

export interface RateStore {
  /**
   * All or nothing. A process must wait for one exchange before it sends the next.
   * @returns one answer for each key of `running`
   * @throws HalleyError('store_unavailable') also when this process is not in the fleet; it may be unknown then
   * whether the exchange was carried out
   */
  exchangeRates(exchange: RateExchange): Promise<readonly RateResult[]>;
}
