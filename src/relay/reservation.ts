/**
 * The reservation of one model request: its maximum cost, or as much of it as key and account can afford, with an
 * output limit that is lowered to that.
 */
import type { HolderRef } from '../domain/accounting/holder.ts';
import type { PartReserved, ReservationRequest, Shortfall } from '../domain/accounting/terms.ts';
import { everyVariant } from '../domain/rates.ts';
import { mostWithin, unitsOfBound } from '../ledger/bound.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { FoundPrice } from '../ledger/price-book.ts';
import { shortfallError } from '../ledger/shortfall-error.ts';
import type { TokenCounter } from '../ledger/token-counter.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import type { OutputLimit } from '../protocols/client/output-limit.ts';
import type { BodyBound, RequestText } from '../protocols/protocol.ts';
import type { LoweredLimit } from '../protocols/translate/translator.ts';

export interface ReservationOptions {
  readonly ledger: Pick<Ledger, 'reserve'>;
  readonly tokens: Pick<TokenCounter, 'boundFor'>;
  readonly clock: Pick<Clock, 'now'>;
  /** The lowest output limit that the gateway sets, in tokens, besides a thinking budget; 0 = it lowers none. */
  readonly loweredOutputTokensMin: number;
}

/** What decides the maximum cost of a request. */
export interface CostBound {
  readonly model: string;
  readonly holders: readonly HolderRef[];
  readonly bound: BodyBound;
  /** Output tokens of one choice. */
  readonly outputTokens: number;
  /** Of every model that may respond. */
  readonly prices: readonly FoundPrice[];
  /** Of the group, in millionths. */
  readonly multiplier: number;
  /** Undefined where the body was too long to keep. */
  text(): RequestText | undefined;
  /** Undefined where the limit cannot be lowered, or not any more. */
  outputLimit(): OutputLimit | undefined;
}

export class Reservation {
  readonly #options: ReservationOptions;
  readonly #requestId: string;
  #requested = false;
  #made = false;
  #over = false;
  #lowered: LoweredLimit | undefined;

  constructor(options: ReservationOptions, requestId: string) {
    this.#options = options;
    this.#requestId = requestId;
  }

  /** Whether a reservation was requested, or is about to be, whatever its outcome. */
  get requested(): boolean {
    return this.#requested;
  }

  /** Whether there is a reservation. Then the request must be settled, however it ends. */
  get made(): boolean {
    return this.#made;
  }

  /** The output limit of one choice that fits; undefined = that of the request fits. */
  get lowered(): LoweredLimit | undefined {
    return this.#lowered;
  }

  /** Says that `make` will be called. */
  announce(): void {
    this.#requested = true;
  }

  /** Says that the request is over. */
  close(): void {
    this.#over = true;
  }

  /**
   * Tries twice: bytes bound tokens cheaply, and a request that does not fit by bytes may fit by counted tokens, or with
   * less output.
   * @throws HalleyError of `shortfallError`; `store_unavailable`, `invalid_api_key`
   */
  async make(cost: CostBound): Promise<void> {
    this.#requested = true;
    const { bound, outputTokens } = cost;
    const mostText = bound.inputTokens - bound.mediaTokens;
    const units = unitsFor(cost, mostText, outputTokens);
    const refused = await this.#ask(cost, { units, triesAgain: true });
    if (refused === 'reserved') return;
    if ('limit' in refused && refused.free === 0) throw shortfallError(refused, units);
    const text = Math.min(mostText, (await this.#countText(cost)) ?? mostText);
    const lowest = this.#lowest(cost);
    const exactly = unitsFor(cost, text, outputTokens);
    const atLeast = lowest ? unitsFor(cost, text, lowest.tokens) : exactly;
    const outcome = await this.#ask(cost, { units: exactly, atLeast });
    if (outcome === 'reserved') return;
    if ('limit' in outcome) throw shortfallError(outcome, exactly);
    if (!lowest) return;
    const fits = (tokens: number) => unitsFor(cost, text, tokens) <= outcome.part;
    this.#lowered = { field: lowest.field, tokens: mostWithin(lowest.tokens, outputTokens, fits) };
  }

  async #ask(
    { holders }: CostBound,
    asked: Pick<ReservationRequest, 'units' | 'atLeast' | 'triesAgain'>,
  ): Promise<'reserved' | PartReserved | Shortfall> {
    const { ledger, clock } = this.#options;
    const at = Math.floor(clock.now() / 1000);
    if (this.#over)
      throw new HalleyError('internal_error', { log: 'room was asked for a request that is over' });
    // Also when no reply comes: the reservation may exist all the same, and ends with the record.
    this.#made = true;
    const outcome = await ledger.reserve({ requestId: this.#requestId, holders, at, ...asked });
    if (outcome === 'gone')
      throw new HalleyError('invalid_api_key', { log: 'deleted while it was admitted' });
    this.#made = outcome === 'reserved' || 'part' in outcome;
    return outcome;
  }

  /** @returns undefined where no tokenizer of the model is known, or the body was too long to keep */
  async #countText({ model, bound, text }: CostBound): Promise<number | undefined> {
    const read = text();
    if (!read) return undefined;
    const tokens = await this.#options.tokens.boundFor(model, read.text);
    return tokens === undefined ? undefined : Math.max(0, tokens + read.extraTokens - bound.mediaTokens);
  }

  /** The lowest limit that still makes sense; undefined = that of the request must fit. */
  #lowest({ outputTokens, outputLimit }: CostBound): LoweredLimit | undefined {
    const { loweredOutputTokensMin } = this.#options;
    const limit = loweredOutputTokensMin > 0 ? outputLimit() : undefined;
    const tokens = loweredOutputTokensMin + (limit?.thinkingTokens ?? 0);
    return limit && tokens < outputTokens ? { field: limit.field, tokens } : undefined;
  }
}

function unitsFor(cost: CostBound, textTokens: number, outputTokens: number): number {
  const { bound, prices, multiplier } = cost;
  const { choices, tiers } = bound;
  const most = { ...bound, textTokens, outputTokens: choices * outputTokens };
  const rates = prices.flatMap((price) => ['', ...tiers].flatMap((tier) => everyVariant(price.rates, tier)));
  return Math.max(0, ...rates.map((each) => unitsOfBound(most, each, multiplier)));
}
