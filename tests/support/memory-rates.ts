/** Counts the requests of keys in memory by the rules in TypeScript, as the database does for a fleet. */
import { MinuteWindow } from '../../src/domain/accounting/minute-window.ts';
import { isUnlimited, type RateCounts, refusalOf } from '../../src/domain/accounting/rate-limits.ts';
import { HalleyError } from '../../src/platform/errors.ts';
import type { RateExchange, RateResult } from '../../src/store/rate-store.ts';

interface KeyCounts {
  readonly requests: MinuteWindow;
  readonly tokens: MinuteWindow;
  /** In-flight requests, by process. */
  readonly running: Map<string, number>;
}

/** What `exchange_rates` answers about one key, with sums in place of the counts of each second. */
export interface RateSums {
  readonly keyId: number;
  readonly requests: number;
  readonly tokens: number;
  readonly running: number;
  readonly admitted: readonly boolean[];
}

export function sumsOf({ keyId, counts, running, admitted }: RateResult): RateSums {
  const sum = (of: 'requests' | 'tokens') => counts.reduce((total, each) => total + each[of], 0);
  return { keyId, requests: sum('requests'), tokens: sum('tokens'), running, admitted };
}

export class MemoryRates {
  readonly #keys = new Map<number, KeyCounts>();
  /** The last exchange of each process. */
  readonly #exchanges = new Map<string, number>();

  /** As `RateStore.exchangeRates`, for one of several processes. */
  exchange(processId: string, exchange: RateExchange, nowMs: number): readonly RateSums[] {
    const second = Math.floor(nowMs / 1000);
    for (const { keyId, second: of } of exchange.cancelled) this.#add(keyId, of, -1, 0, second);
    const last = this.#exchanges.get(processId) ?? 0;
    if (exchange.number <= last) throw new HalleyError('store_unavailable');
    for (const { keyId, second: of, tokens, exchange: first } of exchange.corrections) {
      if (last > 0 && first > last) this.#add(keyId, of, 0, tokens, second);
    }
    this.#exchanges.set(processId, exchange.number);
    return exchange.running.map(({ keyId, running }) => {
      this.#countsOf(keyId).running.set(processId, running);
      const asks = exchange.asks.filter((ask) => ask.keyId === keyId);
      const admitted = asks.map(({ limits, tokens }) => {
        const counts = this.#now(keyId, second);
        if (!isUnlimited(limits) && refusalOf(counts, limits, tokens, nowMs)) return false;
        this.#add(keyId, second, 1, tokens, second);
        const own = this.#countsOf(keyId).running;
        own.set(processId, (own.get(processId) ?? 0) + 1);
        return true;
      });
      const { requests, tokens, running: all } = this.#now(keyId, second);
      return {
        keyId,
        requests: requests.sumAt(second),
        tokens: tokens.sumAt(second),
        running: all,
        admitted,
      };
    });
  }

  #now(keyId: number, second: number): RateCounts {
    const { requests, tokens, running } = this.#countsOf(keyId);
    requests.sumAt(second);
    tokens.sumAt(second);
    return { requests, tokens, running: [...running.values()].reduce((sum, each) => sum + each, 0) };
  }

  #add(keyId: number, of: number, requestCount: number, tokenCount: number, second: number): void {
    const { requests, tokens } = this.#now(keyId, second);
    requests.add(of, requestCount);
    tokens.add(of, tokenCount);
  }

  #countsOf(keyId: number): KeyCounts {
    const known = this.#keys.get(keyId);
    if (known) return known;
    const counts = { requests: new MinuteWindow(), tokens: new MinuteWindow(), running: new Map() };
    this.#keys.set(keyId, counts);
    return counts;
  }
}
