/**
 * Translates between the client's form of a request and the form of the upstream that serves it. Without a translator
 * both have the same one, and bytes pass untouched. Pure.
 */
import type { ChannelOptions, TranslationPolicy } from '../../domain/channel-options.ts';
import { limits } from '../../platform/limits.ts';
import type { Piece } from '../events/piece.ts';
import type { JsonObject, ResponseForm } from '../protocol.ts';
import { onlyAskedChoices } from './asked-choices.ts';
import { sealCarried, withSoundSeals } from './carrier-seal.ts';
import { checkFates } from './fates.ts';
import type { ErrorEvent, ResponseEvent } from './form/response.ts';
import { Losses } from './losses.ts';
import {
  type CarrierSeal,
  type ClientForm,
  type EventStep,
  noHints,
  type RequestFacts,
  type ResponseHints,
  type ResponseReader,
  type ResponseWriter,
  type UpstreamForm,
} from './parts.ts';
import { cutAtStops, splitStops } from './stops.ts';
import { withAcceptedNames, withClientNames } from './tool-names.ts';

/** An output limit below that of the client, for one choice. */
export interface LoweredLimit {
  /** As the client's protocol names it. */
  readonly field: string;
  readonly tokens: number;
}

/** Names a lowered limit to the client. */
export const loweredText = ({ field, tokens }: LoweredLimit): string => `${field} (lowered to ${tokens})`;

/** How to translate one request. */
export interface TranslationOptions {
  readonly policy: TranslationPolicy;
  /** Of the channel. */
  readonly channel: ChannelOptions;
  /** Undefined = nothing that the client carries for a provider is taken back, unless it is the client's own. */
  readonly seal?: CarrierSeal | undefined;
  /** Whether a stream may be asked for its usage, which some servers refuse; undefined = yes. */
  readonly asksForUsage?: boolean | undefined;
  /** Output tokens to allow where the upstream needs a limit and the client set none. */
  readonly outputTokensDefault: number;
  /** Undefined = the limit of the client holds. */
  readonly lowered: LoweredLimit | undefined;
}

/** What a translation changed, besides the form. */
export interface TranslationNotes {
  /** Fields that were left out or changed. */
  readonly dropped: readonly string[];
  readonly hints: ResponseHints;
}

export interface TranslatedRequest extends TranslationNotes {
  readonly body: JsonObject;
}

/** Translates the requests and responses of one client's operation for one operation of an upstream. */
export type CallTranslator = Pick<Translator, 'heartbeat' | 'request' | 'upstreamForm'> & {
  response(from: ResponseForm, to: ResponseForm, facts: RequestFacts): ResponseTranslation;
};

/** Translates one response while it arrives. */
export type ResponseTranslation = Pick<TranslatedResponse, 'dropped' | 'failure' | 'push' | 'end'>;

export class Translator {
  readonly #client: ClientForm;
  readonly #upstream: UpstreamForm;

  constructor(client: ClientForm, upstream: UpstreamForm) {
    this.#client = client;
    this.#upstream = upstream;
  }

  /**
   * @param body the client's request, which its operation has checked
   * @param model the upstream's name of the model
   * @param form of the client's response
   * @throws HalleyError('invalid_body') naming a field that the upstream's form cannot express
   */
  request(
    body: JsonObject,
    model: string,
    form: ResponseForm,
    { policy, channel, seal, asksForUsage, outputTokensDefault, lowered }: TranslationOptions,
  ): TranslatedRequest {
    const losses = new Losses(policy, this.#upstream.name);
    checkFates(body, this.#client.fates, this.#upstream.name, losses);
    // Mutated by tests: a translated request
    const read = withSoundSeals(this.#client.readRequest(body, losses), seal, losses);
    const { sent: stop, cut: cutAt } = splitStops(read.stop, this.#upstream.stopRule(model), losses);
    if (lowered) losses.drop(loweredText(lowered));
    const needed = this.#upstream.needsOutputLimit ? outputTokensDefault : undefined;
    const { maxOutputTokens = lowered?.tokens ?? needed } = read;
    const whole = {
      ...read,
      stop,
      // In Gemini's protocol the path says whether the response is streamed.
      stream: form !== 'json',
      asksForUsage,
      maxOutputTokens: lowered
        ? Math.min(maxOutputTokens ?? lowered.tokens, lowered.tokens)
        : maxOutputTokens,
    };
    const { request, sentNames } = withAcceptedNames(whole, this.#upstream.toolName, losses);
    return {
      body: this.#upstream.writeRequest(request, model, losses, channel),
      dropped: losses.dropped,
      hints: {
        ...(this.#client.readHints?.(body) ?? noHints),
        sentNames,
        cutAt,
        choices: request.choices,
      },
    };
  }

  /** As of `ClientForm`. */
  get heartbeat(): string {
    return this.#client.heartbeat;
  }

  /** The form in which the upstream responds to what the client gets in this form. */
  upstreamForm(form: ResponseForm): ResponseForm {
    return this.#upstream.responseForm(form !== 'json');
  }

  /**
   * @param from form of the upstream's response
   * @param to form of the client's response
   */
  response(from: ResponseForm, to: ResponseForm, facts: RequestFacts): TranslatedResponse {
    return new TranslatedResponse(
      this.#upstream.readResponse(from),
      facts,
      this.#client.writeResponse(to, facts),
    );
  }
}

/** @param drop notes that the client gets less than the upstream sent */
function stepsOf(facts: RequestFacts, drop: (field: string) => void): readonly EventStep[] {
  const { choices = 1, cutAt = [], sentNames, seal } = facts;
  return [
    onlyAskedChoices(choices),
    ...(cutAt.length > 0 ? [cutAtStops(cutAt)] : []),
    ...(sentNames ? [withClientNames(sentNames)] : []),
    ...(seal ? [sealCarried(seal, () => drop('reasoning'))] : []),
  ];
}

/** Translates one response while it arrives. */
export class TranslatedResponse {
  readonly #reader: ResponseReader;
  readonly #writer: ResponseWriter;
  readonly #steps: readonly EventStep[];
  readonly #dropped = new Set<string>();
  /** Bytes of what has not come whole: the response, or an event that comes in parts. */
  #heldBytes = 0;
  /** Characters of all that the model made. */
  #chars = 0;
  #failure: ErrorEvent | undefined;

  constructor(reader: ResponseReader, facts: RequestFacts, writer: ResponseWriter) {
    this.#reader = reader;
    this.#steps = stepsOf(facts, (field) => this.#dropped.add(field));
    this.#writer = writer;
  }

  /** What of the response so far was left out. */
  get dropped(): readonly string[] {
    return [...this.#dropped];
  }

  /** The error by which the upstream ended the response, or its end came too early; the caller reports it. */
  get failure(): ErrorEvent | undefined {
    return this.#failure;
  }

  /**
   * @param piece of a stream, whole events
   * @returns what the client may have of it; undefined = nothing yet
   */
  push(piece: Piece): Buffer | undefined {
    if (this.#failure) return undefined;
    if (piece.extent !== 'events') this.#heldBytes += piece.bytes.length;
    if (this.#heldBytes > limits.translated_bytes_max) return this.#failTooLong();
    if (piece.extent !== 'part') this.#heldBytes = 0;
    return bufferOf(this.#write(this.#reader.push(piece)));
  }

  #failTooLong(): undefined {
    const most = `${limits.translated_bytes_max / 1_048_576} MiB`;
    this.#failure = {
      type: 'error',
      message: `It is longer than the ${most} that Halley translates.`,
      code: 'too_long',
    };
  }

  /** @returns the end, once the upstream's response is over; undefined after a failure */
  end(): Buffer | undefined {
    if (this.#failure) return undefined;
    const text = this.#write(this.#reader.end());
    return bufferOf(this.#failure ? text : text + this.#writer.end());
  }

  #write(events: readonly ResponseEvent[]): string {
    let text = '';
    // Mutated by tests: the events of a translated response
    for (const event of events) {
      if (event.type === 'part-delta') this.#chars += event.text.length;
      if (this.#chars > limits.translated_bytes_max) this.#failTooLong();
      if (this.#failure) break;
      if (event.type === 'error') this.#failure = event;
      else for (const changed of this.#stepped(event)) text += this.#writer.push(changed);
    }
    return text;
  }

  #stepped(event: ResponseEvent): readonly ResponseEvent[] {
    let events: readonly ResponseEvent[] = [event];
    for (const step of this.#steps) events = events.flatMap(step);
    return events;
  }
}

function bufferOf(text: string): Buffer | undefined {
  return text === '' ? undefined : Buffer.from(text);
}
