/**
 * The charge of one response or transcription of a session: reserved before it runs, settled once. Its record has the
 * session's request id with an ordinal, so that no write of it can double.
 */
import type { KeyPolicy } from '../../access/key-policy.ts';
import type { RunningSlot } from '../../access/rate-limits.ts';
import { recordTypes } from '../../domain/accounting/terms.ts';
import { ratesIn } from '../../domain/rates.ts';
import { realtimeRecordId } from '../../domain/realtime-record.ts';
import type { RequestOutcome } from '../../domain/request-outcome.ts';
import { noPieces, noToolCalls, noUsage, type Usage } from '../../domain/usage.ts';
import { unitsOf } from '../../ledger/price.ts';
import type { FoundPrice } from '../../ledger/price-book.ts';
import type { RequestObserver, RequestTrace } from '../../observe/request-trace.ts';
import { asHalleyError, HalleyError } from '../../platform/errors.ts';
import type { Amounts } from '../../protocols/realtime/session-tally.ts';
import type { RecordDetail, RecordSource } from '../../store/ledger-store.ts';
import type { UpstreamTarget } from '../../upstreams/upstreams.ts';
import { rateLimitError } from '../rate-limit-headers.ts';
import type { AccountingOptions } from '../request-accounting.ts';
import { RequestTimeline } from '../request-timeline.ts';
import { Reservation } from '../reservation.ts';

export interface ChargeOptions extends AccountingOptions {
  readonly observe: RequestObserver;
}

/** What the charges of a session have in common. */
export interface ChargedSession {
  readonly requestId: string;
  readonly path: string;
  readonly clientAddress: string;
  readonly source: RecordSource;
  readonly target: UpstreamTarget;
  /** The group for which its channel serves it. */
  readonly group: string;
  /** Undefined = it is not traced. */
  readonly trace: RequestTrace | undefined;
}

/** What a response or transcription may use at most. */
export interface ChargeBound extends Amounts {
  readonly outputTokens: number;
  /** Of a transcription that is priced by the second. */
  readonly audioSeconds: number;
}

export interface ChargeEnd {
  readonly outcome: RequestOutcome;
  /** Undefined = nothing is charged. */
  readonly usage: Usage | undefined;
  readonly estimated: boolean;
  readonly responseId: string;
  readonly error?: HalleyError | undefined;
}

export class Charge {
  readonly #options: ChargeOptions;
  readonly #session: ChargedSession;
  readonly #id: string;
  readonly #model: string;
  readonly #price: FoundPrice | undefined;
  readonly #bound: ChargeBound;
  /** Of the group, in millionths; it applies until this is settled. */
  readonly #multiplier: number;
  readonly #reservation: Reservation;
  readonly timeline: RequestTimeline;
  #record: KeyPolicy;
  #slot: RunningSlot | undefined;
  #isSettled = false;

  /**
   * @param ordinal within the session, of responses and transcriptions together
   * @param price undefined = it is free, by setting
   */
  constructor(
    options: ChargeOptions,
    session: ChargedSession,
    ordinal: number,
    record: KeyPolicy,
    { model, price, bound }: { model: string; price: FoundPrice | undefined; bound: ChargeBound },
  ) {
    this.#options = options;
    this.#session = session;
    this.#id = realtimeRecordId(session.requestId, ordinal);
    this.#record = record;
    this.#model = model;
    this.#price = price;
    this.#bound = bound;
    this.#multiplier = options.prices.multiplierOf(session.group);
    this.#reservation = new Reservation(options, this.#id);
    const beganAt = options.clock.monotonic();
    this.timeline = new RequestTimeline(options.clock, beganAt, session.trace?.child(beganAt));
    this.timeline.authorized();
    this.timeline.bodyRead();
  }

  /**
   * Counts it against the limits of its key, and reserves its maximum cost.
   * @throws HalleyError as `RequestAccounting.open` does
   */
  async open(): Promise<void> {
    const { rateLimits, ledger, clock } = this.#options;
    if (ledger.overdue) throw new HalleyError('store_unavailable', { log: 'records cannot be written' });
    const { keyId, rateLimits: set, reserves } = this.#record;
    // The socket itself counts as running.
    const perMinute = { ...set, concurrentRequests: 0 };
    const { text, media, outputTokens } = this.#bound;
    if (reserves) this.#reservation.announce();
    const outcome = await rateLimits.begin(keyId, perMinute, text + media + outputTokens);
    if (!outcome.admitted) throw rateLimitError('openai', outcome, clock.now());
    this.#slot = outcome;
    if (this.#isSettled) outcome.cancel();
    else if (reserves) await this.#reserveUnlessSettled();
    this.timeline.admitted();
  }

  /** A transcription may be over before its reservation is made. */
  async #reserveUnlessSettled(): Promise<void> {
    try {
      await this.#reserve();
    } catch (thrown) {
      if (!this.#isSettled) throw thrown;
    }
  }

  /**
   * Reserves for a charge that runs though its key has become limited.
   * @returns the error when it does not fit; never rejects
   */
  async cover(record: KeyPolicy): Promise<HalleyError | undefined> {
    if (this.#reservation.requested || this.#isSettled || !record.reserves) return undefined;
    this.#record = record;
    try {
      await this.#reserve();
      return undefined;
    } catch (thrown) {
      return asHalleyError(thrown);
    }
  }

  #reserve(): Promise<void> {
    const { text, media, outputTokens, audioSeconds } = this.#bound;
    return this.#reservation.make({
      model: this.#model,
      holders: this.#record.holders,
      bound: {
        inputTokens: text + media,
        mediaTokens: media,
        outputTokens,
        choices: 1,
        pieces: { ...noPieces, audioSeconds },
        tiers: [],
        toolCalls: noToolCalls,
        longCacheWrites: false,
      },
      outputTokens,
      prices: this.#price ? [this.#price] : [],
      multiplier: this.#multiplier,
      text: () => undefined,
      outputLimit: () => undefined,
    });
  }

  /** It goes to the upstream now. */
  sent(): void {
    this.timeline.begin(this.#session.target);
    this.timeline.sent();
  }

  /** Ends it without a record where nothing was reserved: it never went to the upstream. */
  drop(): void {
    if (this.#reservation.made)
      void this.settle({ outcome: 'error', usage: undefined, estimated: false, responseId: '' });
    else {
      this.#isSettled = true;
      this.#reservation.close();
      this.#slot?.cancel();
    }
  }

  /**
   * Settles it, the first time.
   * @returns resolves when the record is written; never rejects
   */
  settle(end: ChargeEnd): Promise<void> {
    if (this.#isSettled) return Promise.resolve();
    this.#isSettled = true;
    this.#reservation.close();
    const { usage = noUsage, outcome } = end;
    this.timeline.close(outcome === 'done');
    const units =
      this.#price && end.usage ? unitsOf(usage, ratesIn(this.#price.rates, ''), this.#multiplier) : 0;
    this.#slot?.end(usage.inputTokens + usage.outputTokens);
    this.#observe(end, units);
    const { clock, ledger } = this.#options;
    return ledger.settle({
      record: {
        requestId: this.#id,
        type: end.usage ? recordTypes.consume : recordTypes.error,
        createdAt: Math.floor(clock.now() / 1000),
        accountId: this.#record.accountId,
        keyId: this.#record.keyId,
        model: this.#model,
        units,
        detail: this.#detail(end),
      },
      reserved: this.#reservation.made,
      deferrable: !this.#record.reserves,
    });
  }

  #detail({ usage = noUsage, outcome, estimated, responseId, error }: ChargeEnd): RecordDetail {
    const { target, group, clientAddress, path, source } = this.#session;
    const { timeline } = this;
    return {
      ...usage,
      username: this.#record.username,
      keyName: this.#record.keyName,
      channelName: target.channelName,
      channelId: target.channelId,
      group,
      clientAddress,
      operation: 'realtime',
      path,
      source,
      stream: true,
      status: error?.status ?? 200,
      outcome,
      errorCode: error?.code ?? '',
      estimated,
      firstByteMs: timeline.firstByteMs === undefined ? -1 : Math.round(timeline.firstByteMs),
      totalMs: Math.round(timeline.elapsed),
      attempts: 1,
      priceId: this.#price?.priceId ?? 0,
      multiplier: this.#multiplier,
      responseId,
      tier: '',
      variant: '',
      content: '',
      course: timeline.course(),
    };
  }

  #observe({ usage = noUsage, outcome, estimated, error, responseId }: ChargeEnd, units: number): void {
    const { timeline } = this;
    const { trace } = timeline;
    const traced = trace && {
      trace,
      accountId: this.#record.accountId,
      group: this.#session.group,
      ...{ stream: true, responseId, responseStart: undefined, usage },
      course: timeline.exactCourse(),
    };
    this.#options.observe(
      {
        id: this.#id,
        protocol: 'openai',
        operation: 'realtime',
        outcome,
        status: error?.status ?? 200,
        errorCode: error?.code,
        errorLog: error?.log,
        keyId: this.#record.keyId,
        keyName: this.#record.keyName,
        model: this.#model,
        channel: this.#session.target.channelName,
        attempts: 1,
        dropped: undefined,
        inputTokens: usage.inputTokens,
        cachedTokens: usage.cachedTokens,
        cacheWriteTokens: usage.cacheWriteTokens,
        outputTokens: usage.outputTokens,
        estimated,
        units,
        firstByteMs: timeline.firstByteMs,
        totalMs: timeline.elapsed,
      },
      traced,
    );
  }
}
