/**
 * Counts rate limits for all nodes of a cluster together in their database, so that no node can admit what another
 * has used. One exchange sends all requests of one turn, and all requests that have ended since. Requests during an
 * exchange wait for the next one. Keys without limits need no exchange.
 */

import { MinuteWindow } from '../domain/accounting/minute-window.ts';
import {
  isUnlimited,
  type KeyRateLimits,
  type LimitState,
  type RateCounts,
  type RateState,
  refusalOf,
  stateOf,
} from '../domain/accounting/rate-limits.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import type {
  RateAsk,
  RateCancellation,
  RateCorrection,
  RateExchange,
  RateResult,
  RateStore,
} from '../store/rate-store.ts';
import { type RateCounter, type RateOutcome, type RunningSlot, unlimitedSlot } from './rate-limits.ts';

const newsWaitMs = limits.rate_news_wait_ms;
/** More than any key may use. */
const countableMax = limits.tokens_per_minute_max + 1;

export interface FleetRateLimitsOptions {
  readonly store: RateStore;
  readonly clock: Clock;
}

/** A request that waits for the exchange. */
interface Waiting extends RateAsk {
  /** The unbounded number; `tokens` is the part that can be counted. */
  readonly tokensAsked: number;
  resolve(outcome: RateOutcome): void;
  reject(error: unknown): void;
}

export class FleetRateLimits implements RateCounter {
  readonly #store: RateStore;
  readonly #clock: Clock;
  /** In-flight requests of each key that this node admitted. */
  readonly #running = new Map<number, number>();
  #waiting: Waiting[] = [];
  /** Corrections, oldest first. The last ones have not been sent yet; the others got no response. */
  readonly #corrections: RateCorrection[] = [];
  /** Requests to be removed from the counts. */
  #cancelled: RateCancellation[] = [];
  /** Keys for which the database may have a wrong number of in-flight requests. */
  #changed = new Set<number>();
  /** Number of the last exchange. */
  #number = 0;
  #exchanging: Promise<void> | undefined;
  #planned = false;
  #later: Timer | undefined;
  #closed = false;

  constructor({ store, clock }: FleetRateLimitsOptions) {
    this.#store = store;
    this.#clock = clock;
  }

  /** As `RateCounter.begin`; returns a promise for every key that has limits. */
  begin(keyId: number, limits: KeyRateLimits, tokens: number): RateOutcome | Promise<RateOutcome> {
    if (isUnlimited(limits)) return unlimitedSlot;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ keyId, limits, tokens: countable(tokens), tokensAsked: tokens, resolve, reject });
      this.#planSoon();
    });
  }

  /** Reports ended requests to the database. Call it after the last request. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#later?.cancel();
    while (this.#exchanging) await this.#exchanging;
    if (this.#hasNews()) await this.#exchange();
  }

  #hasNews(): boolean {
    return this.#waiting.length > 0 || this.#changed.size > 0 || this.#corrections.length > 0;
  }

  #planSoon(): void {
    if (this.#planned || this.#closed) return;
    this.#planned = true;
    if (!this.#exchanging) this.#clock.soon(this.#start);
  }

  #planLater(): void {
    if (this.#closed) return;
    this.#later ??= this.#clock.after(newsWaitMs, () => {
      this.#later = undefined;
      this.#planSoon();
    });
  }

  readonly #start = (): void => {
    if (this.#exchanging || this.#closed) return;
    this.#planned = false;
    this.#later?.cancel();
    this.#later = undefined;
    this.#exchanging = this.#exchange().then(() => {
      this.#exchanging = undefined;
      if (this.#planned) this.#clock.soon(this.#start);
      else if (this.#hasNews()) this.#planLater();
    });
  };

  /**
   * One exchange at a time. Never rejects. After a failure no request is admitted, and ended requests are reported
   * with the next one.
   */
  async #exchange(): Promise<void> {
    const asks = this.#waiting;
    this.#waiting = [];
    const exchange = this.#draft(asks);
    const sent = exchange.corrections.length;
    try {
      const answers = await this.#store.exchangeRates(exchange);
      this.#corrections.splice(0, sent);
      this.#answer(asks, answers);
    } catch (error) {
      // The database may have executed it and count requests that are not in flight.
      for (const { keyId } of exchange.running) this.#changed.add(keyId);
      for (const { reject } of asks) reject(error);
    }
  }

  #draft(asks: readonly RateAsk[]): RateExchange {
    this.#number += 1;
    const keyIds = this.#changed;
    this.#changed = new Set();
    for (const { keyId } of asks) keyIds.add(keyId);
    for (const { keyId } of this.#corrections) keyIds.add(keyId);
    // Sent once, even without a response: releasing a request twice would admit too many others.
    const cancelled = this.#cancelled;
    this.#cancelled = [];
    return {
      number: this.#number,
      asks,
      cancelled,
      corrections: [...this.#corrections],
      running: [...keyIds].map((keyId) => ({ keyId, running: this.#running.get(keyId) ?? 0 })),
    };
  }

  #answer(asks: readonly Waiting[], answers: readonly RateResult[]): void {
    const byKey = new Map(answers.map((answer) => [answer.keyId, new JudgedKey(answer)]));
    for (const ask of asks) {
      const judged = byKey.get(ask.keyId);
      if (!judged) ask.reject(new Error(`no answer about the limits of key ${ask.keyId}`));
      else if (judged.takeNext()) ask.resolve(this.#slot(ask, judged));
      else ask.resolve(judged.refusal(ask));
    }
  }

  #slot({ keyId, limits, tokens: estimate }: Waiting, judged: JudgedKey): RunningSlot {
    this.#running.set(keyId, (this.#running.get(keyId) ?? 0) + 1);
    const state = stateOf(judged.counts, limits, judged.nowMs);
    const admittedAt = this.#clock.monotonic();
    const { second } = judged;
    let running = true;
    let cancelled = false;
    const end = (tokens: number) => {
      running = false;
      this.#ended(keyId, second, countable(tokens) - estimate);
      // Other requests may wait for the released concurrency, and less urgently for tokens.
      if (limits.concurrentRequests > 0) this.#planSoon();
      else this.#planLater();
    };
    return {
      admitted: true,
      end: (tokens = estimate) => {
        if (running) end(tokens);
      },
      cancel: () => {
        if (!running) return;
        cancelled = true;
        this.#cancelled.push({ keyId, second });
        end(0);
      },
      state: () => {
        const now = passed(state, this.#clock.monotonic() - admittedAt);
        return cancelled ? without(now, estimate) : now;
      },
    };
  }

  #ended(keyId: number, second: number, tokens: number): void {
    const left = (this.#running.get(keyId) ?? 0) - 1;
    if (left > 0) this.#running.set(keyId, left);
    else this.#running.delete(keyId);
    this.#changed.add(keyId);
    if (tokens !== 0) this.#corrections.push({ keyId, second, tokens, exchange: this.#number + 1 });
  }
}

/** The result of one key, for all of its requests in the exchange. */
class JudgedKey {
  readonly counts: RateCounts;
  readonly nowMs: number;
  readonly #admitted: readonly boolean[];
  #next = 0;

  constructor({ nowMs, counts, running, admitted }: RateResult) {
    const [requests, tokens] = [new MinuteWindow(), new MinuteWindow()];
    for (const each of counts) {
      requests.sumAt(each.second);
      requests.add(each.second, each.requests);
      tokens.sumAt(each.second);
      tokens.add(each.second, each.tokens);
    }
    this.counts = { requests, tokens, running };
    this.nowMs = nowMs;
    this.#admitted = admitted;
  }

  get second(): number {
    return Math.floor(this.nowMs / 1000);
  }

  /** Whether to admit the next of these requests. */
  takeNext(): boolean {
    this.#next += 1;
    return this.#admitted[this.#next - 1] ?? false;
  }

  refusal({ keyId, limits, tokensAsked }: Waiting): RateOutcome {
    const refusal = refusalOf(this.counts, limits, tokensAsked, this.nowMs);
    // A request that was refused alone cannot fit after others of the same exchange.
    if (!refusal) throw new Error(`key ${keyId} was refused what fits`);
    return refusal;
  }
}

/** Converts to a whole number that fits into the columns of the database. */
function countable(tokens: number): number {
  return Math.min(Math.max(0, Math.ceil(tokens)), countableMax);
}

/** Returns the state without a request that was counted in it. */
function without({ requests, tokens }: RateState, estimate: number): RateState {
  const more = (state: LimitState | undefined, count: number) =>
    state && { ...state, remaining: Math.min(state.limit, state.remaining + count) };
  return { requests: more(requests, 1), tokens: more(tokens, estimate) };
}

function passed({ requests, tokens }: RateState, ms: number): RateState {
  const later = (state: LimitState | undefined) =>
    state && { ...state, resetMs: Math.max(0, Math.ceil(state.resetMs - ms)) };
  return { requests: later(requests), tokens: later(tokens) };
}
