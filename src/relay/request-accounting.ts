/**
 * Accounting of one model request: its price, reservation, usage and record. It settles once, however the request
 * ends.
 */
import type { KeyPolicy } from '../access/key-policy.ts';
import type { RateCounter, RateOutcome, RunningSlot } from '../access/rate-limits.ts';
import type { RateState } from '../domain/accounting/rate-limits.ts';
import { recordTypes } from '../domain/accounting/terms.ts';
import { parseJson } from '../domain/parse-json.ts';
import { joinedVariant, plainMultiplier, ratesIn } from '../domain/rates.ts';
import { noToolCalls, noUsage, type ToolCalls, type Usage, withoutTokens } from '../domain/usage.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { unitsOf } from '../ledger/price.ts';
import type { FoundPrice, PriceBook } from '../ledger/price-book.ts';
import { cardOf } from '../ledger/price-list.ts';
import type { TokenCounter } from '../ledger/token-counter.ts';
import type { Operation } from '../operations/operation.ts';
import type { Clock } from '../platform/clock.ts';
import { asHalleyError, HalleyError } from '../platform/errors.ts';
import type { BodyBound, JsonObject } from '../protocols/protocol.ts';
import type { LoweredLimit } from '../protocols/translate/translator.ts';
import { noOutput } from '../protocols/usage/usage-reader.ts';
import type { RecordDetail, RecordSource } from '../store/ledger-store.ts';
import { countedImages, hasImageRate } from './counted-images.ts';
import { rateLimitError } from './rate-limit-headers.ts';
import { boundOf, noBound, type RequestBody } from './request-body.ts';
import { findPrice, isFree, isPricedByToken } from './request-prices.ts';
import type { RequestResult } from './request-result.ts';
import { type CostBound, Reservation, type ReservationOptions } from './reservation.ts';
import { type CountSpending, free, spendingOf } from './spending.ts';

export interface AccountingOptions extends ReservationOptions {
  readonly ledger: Pick<Ledger, 'reserve' | 'settle' | 'overdue'>;
  readonly prices: Pick<PriceBook, 'find' | 'multiplierOf'>;
  readonly tokens: Pick<TokenCounter, 'count' | 'boundFor' | 'estimate'>;
  readonly rateLimits: RateCounter;
  readonly clock: Clock;
  readonly unpriced: 'refuse' | 'free';
  /** Output tokens to reserve for where the client sets no limit. */
  readonly outputTokensDefault: number;
}

/** What a request is charged. */
export interface Charge {
  readonly usage: Usage;
  readonly estimated: boolean;
  readonly units: number;
  /** 0 = there was none. */
  readonly priceId: number;
}

/** Facts of the request that do not change while it runs. */
export interface AccountedRequest {
  readonly requestId: string;
  readonly path: string;
  readonly clientAddress: string;
  readonly operation: Operation;
  readonly source: RecordSource;
}

/** The assumed size of a token where nothing better is known. */
const bytesPerToken = 4;

/** Adds what was called beside the usage that was reported or counted. */
function withCalls(usage: Usage, toolCalls: ToolCalls): Usage {
  return toolCalls === noToolCalls ? usage : { ...usage, ...toolCalls };
}

/** `json` is undefined where the body was too long to keep, or is a form. */
interface Understood {
  readonly json: JsonObject | undefined;
  readonly bound: BodyBound;
}

export class RequestAccounting {
  readonly #options: AccountingOptions;
  readonly #subject: AccountedRequest;
  #record: KeyPolicy | undefined;
  /** The prices of its models when the request was admitted, with the multipliers of its groups. */
  #prices: readonly FoundPrice[] = [];
  #groups: readonly string[] = [];
  #multipliers: readonly number[] = [];
  #model = '';
  /** The body, while its tokens may have to be counted; its bound where it is too long to keep. */
  #body: Buffer | BodyBound | undefined;
  readonly #reservation: Reservation;
  #slot: RunningSlot | undefined;
  #settled = false;
  /** Size and quality of what was made, where its price depends on them. */
  #variant = '';

  constructor(options: AccountingOptions, subject: AccountedRequest) {
    this.#options = options;
    this.#subject = subject;
    this.#reservation = new Reservation(options, subject.requestId);
  }

  /**
   * Finds the price, counts the request against the rate limits of its key, and reserves its maximum cost.
   * @returns a promise when it must wait; afterwards the caller must authorize again
   * @throws HalleyError, also as a rejection: `store_unavailable`, `model_not_priced`, `rate_limit_exceeded`,
   * `concurrency_limit_exceeded`, or what `shortfallError` gives
   */
  open(record: KeyPolicy, groups: readonly string[], request: RequestBody): Promise<void> | undefined {
    const { operation } = this.#subject;
    const { model, otherModels, length, countable } = request;
    if (this.#options.ledger.overdue) {
      throw new HalleyError('store_unavailable', { log: 'records cannot be written' });
    }
    this.#record = record;
    this.#model = model;
    this.#body = countable ?? request.bound();
    this.#groups = groups;
    this.#multipliers = groups.map((group) => this.#options.prices.multiplierOf(group));
    if (operation.charged)
      this.#prices = [model, ...otherModels].flatMap((id) => findPrice(this.#options, operation, id) ?? []);
    const { requestsPerMinute, tokensPerMinute, concurrentRequests } = record.rateLimits;
    const limited = requestsPerMinute + tokensPerMinute + concurrentRequests > 0;
    const priced = record.reserves && operation.charged;
    if (!limited && !priced) return undefined;
    // The numbers in the request bound its cost, so all parsers must read the same ones.
    if (!request.hasDistinctNames()) {
      throw new HalleyError('invalid_body', {
        message: 'The request body has a name twice. Write each once.',
      });
    }
    const bound = Buffer.isBuffer(this.#body) ? request.bound() : this.#body;
    const reserve = priced ? () => this.#reserve(record, bound, request) : undefined;
    if (limited) {
      const tokens = Math.ceil(length / bytesPerToken) + bound.choices * this.#outputTokens(bound);
      const outcome = this.#options.rateLimits.begin(record.keyId, record.rateLimits, tokens);
      if (outcome instanceof Promise) return this.#openCounted(outcome, reserve);
      this.#takeSlot(outcome);
    }
    return reserve?.();
  }

  async #openCounted(
    counted: Promise<RateOutcome>,
    reserve: (() => Promise<void>) | undefined,
  ): Promise<void> {
    // A key that becomes limited meanwhile must not reserve a second time.
    if (reserve) this.#reservation.announce();
    this.#takeSlot(await counted);
    if (this.#settled) this.#slot?.cancel();
    else await reserve?.();
  }

  /**
   * Reserves for an in-flight request whose key has become limited.
   * @param record the present policy of the key
   * @returns the error to abort it with when it does not fit; never rejects
   */
  async cover(record: KeyPolicy): Promise<HalleyError | undefined> {
    const { operation } = this.#subject;
    // There is nothing to cover before it was opened or after it was settled.
    if (this.#reservation.requested || this.#settled || !this.#record) return undefined;
    if (!record.reserves || !operation.charged) return undefined;
    const { json, bound } = this.#understoodAgain();
    try {
      // Its output limit has been sent.
      await this.#reserve(record, bound, {
        text: () => json && operation.text(json),
        outputLimit: () => undefined,
      });
      return undefined;
    } catch (thrown) {
      return asHalleyError(thrown);
    }
  }

  #understoodAgain(): Understood {
    const body = this.#body;
    if (!Buffer.isBuffer(body)) return { json: undefined, bound: body ?? noBound };
    const json = parseJson(body.toString('utf8')) as JsonObject;
    return { json, bound: boundOf(this.#subject.operation, json, body) };
  }

  /** Output tokens of one choice to expect at most. */
  #outputTokens({ outputTokens }: BodyBound): number {
    return outputTokens ?? Math.min(this.#modelMax, this.#options.outputTokensDefault);
  }

  /**
   * The output tokens to allow where the client set no limit and the upstream must be told one: what is reserved, so that
   * the charge fits into the reservation; the most of the model where nothing is reserved.
   */
  get outputTokensAllowed(): number {
    return this.#record?.reserves ? this.#outputTokens(noBound) : this.#modelMax;
  }

  /** An output limit that key and account can afford, in place of the client's; undefined = the client's holds. */
  get loweredLimit(): LoweredLimit | undefined {
    return this.#reservation.lowered;
  }

  get #modelMax(): number {
    return cardOf(this.#model)?.maxCompletionTokens ?? this.#options.outputTokensDefault;
  }

  #takeSlot(outcome: RateOutcome): void {
    if (!outcome.admitted) {
      throw rateLimitError(this.#subject.operation.client.name, outcome, this.#options.clock.now());
    }
    this.#slot = outcome;
  }

  #reserve(
    { holders }: KeyPolicy,
    bound: BodyBound,
    body: Pick<CostBound, 'text' | 'outputLimit'>,
  ): Promise<void> {
    return this.#reservation.make({
      model: this.#model,
      holders,
      bound,
      outputTokens: this.#outputTokens(bound),
      prices: this.#prices,
      multiplier: Math.max(...this.#multipliers),
      text: () => body.text(),
      outputLimit: () => body.outputLimit(),
    });
  }

  /** Removes the request from the rate limits of its key, since nothing of it was or will be sent. */
  uncount(): void {
    this.#slot?.cancel();
  }

  /** Rate limit state for the response headers; undefined = the key has no limits, or they were not checked. */
  get rateState(): RateState | undefined {
    return this.#slot?.state();
  }

  /**
   * Settles the request. Call once.
   * @param charged receives the charge, at once where no tokens must be counted
   * @returns `queued` resolves when the ledger has the record, `written` when it is written; neither rejects
   */
  settle(
    ending: RequestResult,
    charged: (charge: Charge) => void,
  ): { readonly queued: Promise<void> | undefined; readonly written: Promise<void> | undefined } {
    this.#settled = true;
    this.#reservation.close();
    const { operation } = this.#subject;
    const isCharged = operation.charged && !(operation.freeUnpriced && isFree(this.#prices));
    const { toolCalls } = ending.report;
    const spending = isCharged
      ? spendingOf(
          ending,
          this.#prices.some(({ rates }) => hasImageRate(rates)),
        )
      : free;
    const finish = (usage: Usage, estimated: boolean, { inputTokens, outputTokens } = usage) => {
      const charge = this.#chargeOf(usage, estimated, ending);
      charged(charge);
      if (ending.attempts === 0 && !ending.isOwnCount) this.#slot?.cancel();
      else this.#slot?.end(inputTokens + outputTokens);
      return this.#write(ending, charge);
    };
    switch (spending.kind) {
      case 'free':
        return { queued: undefined, written: finish(noUsage, false) };
      case 'reported':
        if (this.#isFreeByMistake(spending.usage, ending)) return this.#settleUnreported(finish);
        return { queued: undefined, written: finish(withCalls(spending.usage, toolCalls), false) };
      case 'count': {
        const understood = this.#understoodAgain();
        const { unreported } = understood.bound;
        if (unreported) return this.#settleUnreported(finish);
        const handed = this.#count(understood, spending, ending).then((usage) => ({
          written: finish(withCalls(usage, toolCalls), true),
        }));
        return { queued: handed.then(() => undefined), written: handed.then(({ written }) => written) };
      }
    }
  }

  /** Whether a report has nothing that the price charges, such as tokens where seconds are priced. */
  #isFreeByMistake(usage: Usage, ending: RequestResult): boolean {
    const { chargedBy } = this.#subject.operation;
    return (
      chargedBy !== undefined && !isFree(this.#prices) && this.#chargeOf(usage, false, ending).units === 0
    );
  }

  /**
   * By what the request itself says of its usage. Tokens estimated from it count against the limits of the key, and are
   * in the record where it is charged by them.
   */
  #settleUnreported(finish: (usage: Usage, estimated: boolean, counted: Usage) => Promise<void> | undefined) {
    const { usage = noUsage, isExact = false } = this.#understoodAgain().bound.unreported ?? {};
    const isByToken = isPricedByToken(this.#prices);
    const recorded = isByToken ? usage : withoutTokens(usage);
    return { queued: undefined, written: finish(recorded, !isExact || isByToken, usage) };
  }

  /** Any of several models may have answered: the most expensive one is charged. */
  #chargeOf(usage: Usage, estimated: boolean, { group, report: { tier, variant } }: RequestResult): Charge {
    const multiplier = this.#multiplierOf(group);
    this.#variant = joinedVariant(variant ?? '', this.#variantAsked());
    let units = 0;
    let priceId = this.#prices[0]?.priceId ?? 0;
    for (const price of usage === noUsage ? [] : this.#prices) {
      const cost = unitsOf(usage, ratesIn(price.rates, tier, this.#variant), multiplier);
      if (cost <= units) continue;
      units = cost;
      ({ priceId } = price);
    }
    return { usage, estimated, units, priceId };
  }

  /** What the request asked to be made. Only prices with variants take a walk through the body. */
  #variantAsked(): string {
    const matters = this.#prices.some(({ rates }) => Object.keys(rates.variants).length > 0);
    return (matters && this.#understoodAgain().bound.variant) || '';
  }

  #multiplierOf(group: string): number {
    return this.#multipliers[this.#groups.indexOf(group)] ?? plainMultiplier;
  }

  /** Counts tokens, bounded by what the request allowed. */
  async #count(
    { json, bound }: Understood,
    { reported = noUsage, outputMissing }: CountSpending,
    ending: RequestResult,
  ): Promise<Usage> {
    const inputTokens = reported.inputTokens || (await this.#estimateInput(json, bound, 'count'));
    if (!outputMissing) return { ...reported, inputTokens };
    const output = ending.pipeline?.output() ?? noOutput;
    const { tokens } = await this.#options.tokens.count(this.#model, output.text);
    const { outputTokens: perChoice = Number.POSITIVE_INFINITY, choices } = bound;
    const lowered = this.loweredLimit?.tokens ?? Number.POSITIVE_INFINITY;
    const { images, imageTokens } = countedImages(output, ending.outcome, bound.pieces.images);
    const outputTokens = Math.min(tokens + imageTokens, Math.min(perChoice, lowered) * choices);
    return {
      ...reported,
      inputTokens,
      outputTokens,
      imageOutputTokens: Math.min(imageTokens, outputTokens),
      images,
    };
  }

  /** The tokens of the request as the gateway counts them. Never rejects. */
  async estimateInput(): Promise<number> {
    const { json, bound } = this.#understoodAgain();
    return this.#estimateInput(json, bound, 'estimate');
  }

  async #estimateInput(
    json: JsonObject | undefined,
    bound: BodyBound,
    method: 'count' | 'estimate',
  ): Promise<number> {
    const { inputTokens, mediaTokens } = bound;
    if (!json) return Math.ceil((inputTokens - mediaTokens) / bytesPerToken) + mediaTokens;
    const { text, extraTokens } = this.#subject.operation.text(json);
    const { tokens } = await this.#options.tokens[method](this.#model, text);
    return Math.min(tokens + extraTokens, inputTokens);
  }

  /** A request that never went to an upstream and has no reservation gets no record. */
  #write(ending: RequestResult, charge: Charge): Promise<void> | undefined {
    const record = this.#record;
    this.#body = undefined;
    const { status, outcome, pipeline, isOwnCount, attempts } = ending;
    if (!record || (attempts === 0 && !isOwnCount && !this.#reservation.made)) return undefined;
    const isWhole = outcome === 'done' && (isOwnCount || pipeline?.useful === true);
    // Also one whose client got an error when it was aborted: it pays for what it had used.
    const charged = charge.usage !== noUsage || (isWhole && status < 300);
    return this.#options.ledger.settle({
      record: {
        requestId: this.#subject.requestId,
        type: charged ? recordTypes.consume : recordTypes.error,
        createdAt: Math.floor(this.#options.clock.now() / 1000),
        accountId: record.accountId,
        keyId: record.keyId,
        model: this.#model,
        units: charge.units,
        detail: this.#detail(record, ending, charge),
      },
      reserved: this.#reservation.made,
      deferrable: !record.reserves,
      content: ending.content,
    });
  }

  #detail(record: KeyPolicy, ending: RequestResult, { usage, estimated, priceId }: Charge): RecordDetail {
    const { path, clientAddress, operation, source } = this.#subject;
    const { channelName, channelId, group, stream, status, outcome, errorCode, attempts, report } = ending;
    return {
      ...usage,
      username: record.username,
      keyName: record.keyName,
      channelName,
      channelId,
      group,
      clientAddress,
      operation: operation.name,
      path,
      source,
      stream,
      status,
      outcome,
      errorCode,
      estimated,
      firstByteMs: ending.firstByteMs === undefined ? -1 : Math.round(ending.firstByteMs),
      totalMs: Math.round(ending.totalMs),
      attempts,
      priceId,
      multiplier: this.#multiplierOf(group),
      responseId: report.responseId,
      tier: report.tier,
      variant: this.#variant,
      content: '',
      course: ending.timeline.course(),
    };
  }
}
