/**
 * What the gateway knows of a session: its configuration, what is in its conversation, and the responses and
 * transcriptions that run, with their charges.
 */
import type { KeyPolicy } from '../../access/key-policy.ts';
import type { RequestOutcome } from '../../domain/request-outcome.ts';
import { noUsage, type Usage } from '../../domain/usage.ts';
import { cardOf } from '../../ledger/price-list.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { responseUsage, soundTokens, transcriptionUsage } from '../../protocols/realtime/realtime-usage.ts';
import { outputLimitOf, readSession, type SessionFacts } from '../../protocols/realtime/session-fields.ts';
import {
  type Amounts,
  amountsIn,
  readByModel,
  SessionTally,
} from '../../protocols/realtime/session-tally.ts';
import { asObject, countOf } from '../../protocols/usage/usage-shape.ts';
import { Charge, type ChargedSession, type ChargeOptions } from './charge.ts';
import { priceOfTranscription, priceWithSound } from './prices.ts';
import { RunningResponse } from './running.ts';

/** How a response came to be. */
interface Begun {
  readonly eventId: string | undefined;
  readonly isOwnId: boolean;
}

interface Transcription {
  readonly charge: Charge;
  /** What it is charged by where nothing is reported. */
  readonly estimate: Usage;
  hasOutput: boolean;
}

const pcmBytesPerMs = 48;

export class Conversation {
  readonly tally = new SessionTally();
  readonly #options: ChargeOptions;
  readonly #session: ChargedSession;
  readonly #model: string;
  /** Whether the client wants a response when somebody has spoken. */
  responds = false;
  /** The model that writes down what the user says; `off` = none, '' = the upstream's own choice. */
  transcriptionModel: string | 'off' = 'off';
  #outputTokens: number | undefined;
  #inputBytesPerMs = pcmBytesPerMs;
  #outputBytesPerMs = pcmBytesPerMs;
  /** Sent, and not begun by the upstream yet. */
  readonly #asked: RunningResponse[] = [];
  readonly #running = new Map<string, RunningResponse>();
  readonly #transcriptions = new Map<string, Transcription>();
  #ordinal = 0;

  constructor(options: ChargeOptions, session: ChargedSession, model: string) {
    this.#options = options;
    this.#session = session;
    this.#model = model;
  }

  get inputBytesPerMs(): number {
    return this.#inputBytesPerMs;
  }

  /** Whether a response of the conversation is under way, beside which no other may begin. */
  get isResponding(): boolean {
    return [...this.#asked, ...this.#running.values()].some(({ parts }) => !parts.isAside);
  }

  /** Whether anything runs that has not been settled. */
  get isBusy(): boolean {
    return this.#asked.length + this.#running.size + this.#transcriptions.size > 0;
  }

  /** Ids of the responses that the upstream has begun. */
  get runningIds(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** @param responds whether it says what the client wants; not so in what the upstream says */
  configure(session: JsonObject, responds: boolean): SessionFacts {
    const facts = readSession(session);
    if (responds && facts.responds !== undefined) this.responds = facts.responds;
    if (facts.transcription === 'off') this.transcriptionModel = 'off';
    else if (facts.transcription?.model) this.transcriptionModel = facts.transcription.model;
    else if (facts.transcription && this.transcriptionModel === 'off') this.transcriptionModel = '';
    if (facts.outputTokens !== undefined) this.#outputTokens = countOf(facts.outputTokens);
    this.#inputBytesPerMs = facts.inputBytesPerMs ?? this.#inputBytesPerMs;
    this.#outputBytesPerMs = facts.outputBytesPerMs ?? this.#outputBytesPerMs;
    return facts;
  }

  /** Counts what a configuration gives the model to read. */
  read(session: JsonObject): void {
    this.tally.add(amountsIn(readByModel(session), this.#inputBytesPerMs));
  }

  /**
   * A response that is to be asked for. It is not reserved yet.
   * @param asked `response` of the event
   * @throws HalleyError('model_not_priced'); `concurrency_limit_exceeded` when too many run
   */
  prepare(record: KeyPolicy, asked: JsonObject, { eventId, isOwnId }: Begun): RunningResponse {
    if (this.#asked.length + this.#running.size >= limits.session_charges_max) {
      const message = `A session may have ${limits.session_charges_max} responses at a time. Wait until one has ended.`;
      throw new HalleyError('concurrency_limit_exceeded', { message });
    }
    const read = amountsIn(readByModel(asked), this.#inputBytesPerMs);
    const { bound, estimate, added } = this.tally;
    const max = cardOf(this.#model)?.maxCompletionTokens ?? this.#options.outputTokensDefault;
    const own = outputLimitOf(asked.max_output_tokens);
    const outputTokens =
      countOf(own === undefined ? this.#outputTokens : own) ??
      Math.min(max, this.#options.outputTokensDefault);
    const input = this.#withinContext({ text: bound.text + read.text, media: bound.media + read.media });
    const price = priceWithSound(this.#options, this.#model);
    const charge = this.#charge(record, {
      model: this.#model,
      price,
      bound: { ...input, outputTokens, audioSeconds: 0 },
    });
    return new RunningResponse({
      charge,
      eventId,
      isOwnId,
      isAside: asked.conversation === 'none',
      before: added,
      input: this.#withinContext(estimate),
      outputTokensMax: outputTokens,
      outputBytesPerMs: this.#outputBytesPerMs,
    });
  }

  #charge(record: KeyPolicy, parts: ConstructorParameters<typeof Charge>[4]): Charge {
    this.#ordinal += 1;
    return new Charge(this.#options, this.#session, this.#ordinal, record, parts);
  }

  /** No request has more input than the model takes. */
  #withinContext({ text, media }: Amounts): Amounts {
    const context = cardOf(this.#model)?.contextLength ?? Number.POSITIVE_INFINITY;
    const fitting = Math.min(media, context);
    return { media: fitting, text: Math.min(text, context - fitting) };
  }

  /** The event that asks for it goes to the upstream now. */
  asked(response: RunningResponse): void {
    response.parts.charge.sent();
    this.#asked.push(response);
  }

  /** The upstream refused an event; returns the response that it asked for. */
  refused(eventId: string, error: HalleyError): RunningResponse | undefined {
    const at = this.#asked.findIndex(({ parts }) => parts.eventId === eventId);
    const [response] = at === -1 ? [] : this.#asked.splice(at, 1);
    void response?.parts.charge.settle({
      outcome: 'error',
      usage: undefined,
      estimated: false,
      responseId: '',
      error,
    });
    return response;
  }

  /**
   * The upstream begins a response.
   * @returns false when nobody has asked for it
   */
  began(id: string, record: KeyPolicy): boolean {
    const next = this.#asked.shift();
    const response = next ?? this.#unasked(record);
    if (!response) return false;
    response.id = id;
    this.#running.set(id, response);
    return next !== undefined;
  }

  /** What an upstream does by itself is charged all the same. */
  #unasked(record: KeyPolicy): RunningResponse | undefined {
    try {
      const response = this.prepare(record, {}, { eventId: undefined, isOwnId: false });
      response.parts.charge.sent();
      return response;
    } catch {
      return undefined;
    }
  }

  delivered(type: string, json: JsonObject): void {
    this.#running.get(String(json.response_id))?.delivered(type, json);
  }

  /**
   * The upstream says that a response is over.
   * @returns resolves when its record is written
   */
  done(json: JsonObject): Promise<void> {
    const reported = asObject(json.response);
    const id = String(reported?.id);
    const response = this.#running.get(id) ?? (this.#running.size === 0 ? this.#asked.shift() : undefined);
    if (!response) return Promise.resolve();
    this.#running.delete(id);
    const usage = responseUsage(reported);
    const { charge, isAside, before } = response.parts;
    if (usage && !isAside) this.tally.report(usage, soundTokens(reported), before);
    const hasFailed = reported?.status === 'failed';
    const error = hasFailed ? new HalleyError('upstream_broken', { log: 'the response failed' }) : undefined;
    return charge.settle({
      outcome: hasFailed ? 'upstream_broken' : 'done',
      usage: usage ?? response.estimate,
      estimated: !usage && response.estimate !== undefined,
      responseId: id,
      error,
    });
  }

  /**
   * Sound has become an item, which is transcribed.
   * @returns its charge, to be opened; undefined = it is not transcribed
   * @throws HalleyError('model_not_priced')
   */
  committed(itemId: string, record: KeyPolicy): Charge | undefined {
    return this.#transcribe(itemId, this.tally.commit(), record)?.charge;
  }

  #transcribe(itemId: string, ms: number, record: KeyPolicy): Transcription | undefined {
    const model = this.transcriptionModel;
    if (model === 'off' || model === '') return undefined;
    const price = priceOfTranscription(this.#options, model);
    const bySecond = (price?.rates.audioSecond ?? 0) > 0;
    // A token stands for 50 ms at least, and speech has fewer tokens than that.
    const tokens = Math.ceil(ms / 50);
    const bound = {
      text: 0,
      media: bySecond ? 0 : tokens,
      outputTokens: bySecond ? 0 : tokens,
      audioSeconds: bySecond ? Math.ceil(ms / 1000) : 0,
    };
    const charge = this.#charge(record, { model, price, bound });
    charge.sent();
    // An upstream that never completes any must not fill the memory.
    const [oldest] =
      this.#transcriptions.size >= limits.session_charges_max ? this.#transcriptions.keys() : [];
    if (oldest !== undefined) void this.transcribed(oldest, {}, true, record);
    const audioTokens = Math.ceil(ms / 100);
    const estimate = bySecond
      ? { ...noUsage, audioSeconds: Math.ceil(ms / 1000) }
      : { ...noUsage, inputTokens: audioTokens, audioInputTokens: audioTokens };
    const transcription = { charge, estimate, hasOutput: false };
    this.#transcriptions.set(itemId, transcription);
    return transcription;
  }

  /** A part of a transcription was delivered. */
  transcribing(itemId: string): void {
    const transcription = this.#transcriptions.get(itemId);
    if (transcription) transcription.hasOutput = true;
  }

  /**
   * A transcription is over.
   * @returns resolves when its record is written
   */
  transcribed(itemId: string, json: JsonObject, hasFailed: boolean, record: KeyPolicy): Promise<void> {
    const usage = transcriptionUsage(json);
    const known = this.#transcriptions.get(itemId);
    // An item may have come with its sound.
    const transcription = known ?? (usage && this.#transcribe(itemId, 0, record));
    if (!transcription) return Promise.resolve();
    this.#transcriptions.delete(itemId);
    const { charge, estimate, hasOutput } = transcription;
    const isDelivered = hasOutput || !hasFailed;
    return charge.settle({
      outcome: hasFailed ? 'upstream_broken' : 'done',
      usage: usage ?? (isDelivered ? estimate : undefined),
      estimated: !usage && isDelivered,
      responseId: itemId,
    });
  }

  /** Reserves for what runs though the key has become limited. Never rejects. */
  async cover(record: KeyPolicy): Promise<HalleyError | undefined> {
    const responses = [...this.#asked, ...this.#running.values()].map(({ parts }) => parts.charge);
    const charges = [...responses, ...this.#transcriptions.values().map(({ charge }) => charge)];
    const errors = await Promise.all(charges.map((charge) => charge.cover(record)));
    return errors.find((error) => error !== undefined);
  }

  /**
   * Settles what runs by what was delivered of it.
   * @returns resolves when the records are written
   */
  async settleRest(outcome: RequestOutcome, error: HalleyError | undefined): Promise<void> {
    const settled = [...this.#asked, ...this.#running.values()].map((response) => {
      const usage = response.estimate;
      const { id, parts } = response;
      return parts.charge.settle({ outcome, usage, estimated: usage !== undefined, responseId: id, error });
    });
    for (const [itemId, { charge, estimate, hasOutput }] of this.#transcriptions) {
      const usage = hasOutput ? estimate : undefined;
      settled.push(charge.settle({ outcome, usage, estimated: hasOutput, responseId: itemId, error }));
    }
    this.#asked.length = 0;
    this.#running.clear();
    this.#transcriptions.clear();
    await Promise.all(settled);
  }
}
