/** Translates one request and its response, where the upstream of an attempt speaks another protocol. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ChannelOptions, TranslationPolicy } from '../domain/channel-options.ts';
import type { Clock } from '../platform/clock.ts';
import { lowering } from '../protocols/client/output-limit.ts';
import type { ByteEdit } from '../protocols/json-bytes.ts';
import type { ResponseForm } from '../protocols/protocol.ts';
import { type CarrierSeal, noHints } from '../protocols/translate/parts.ts';
import {
  type LoweredLimit,
  loweredText,
  type ResponseTranslation,
  type TranslationNotes,
  type TranslationOptions,
} from '../protocols/translate/translator.ts';
import type { UpstreamTarget } from '../upstreams/upstreams.ts';
import type { RequestBody } from './request-body.ts';
import type { Destination } from './route.ts';

const headerCharsMax = 1024;

/** The translation policy that a request chooses by its header, or else its channel; undefined = neither. */
export function policyOf(
  headers: IncomingHttpHeaders,
  channel: ChannelOptions,
): TranslationPolicy | undefined {
  const asked = headers['x-halley-translation'];
  return asked === 'strict' || asked === 'lenient' ? asked : channel.translation;
}

export interface CallTranslationOptions {
  readonly requestId: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly translation: (channel: ChannelOptions) => TranslationOptions;
  readonly lowered: () => LoweredLimit | undefined;
  readonly sealFor: (target: UpstreamTarget) => CarrierSeal;
}

export class CallTranslation {
  readonly #options: CallTranslationOptions;
  /** Of the last attempt; undefined = nothing was changed. */
  #notes: TranslationNotes | undefined;
  #seal: CarrierSeal | undefined;
  #response: ResponseTranslation | undefined;

  constructor(options: CallTranslationOptions) {
    this.#options = options;
  }

  /** Fields of the request, and parts of the response so far, that were left out or changed. */
  get dropped(): readonly string[] {
    return [...new Set([...(this.#notes?.dropped ?? []), ...(this.#response?.dropped ?? [])])];
  }

  /** Names them to the client: name, value. */
  get header(): readonly string[] {
    const { dropped } = this;
    return dropped.length === 0 ? [] : ['x-halley-dropped', dropped.join(', ').slice(0, headerCharsMax)];
  }

  /** For another attempt. */
  reset(): void {
    this.#notes = undefined;
    this.#response = undefined;
  }

  /** Edits of the client's own bytes: its output limit, where it must be lowered, and reasoning of other providers. */
  ownEdits(body: RequestBody, { call }: Destination): readonly ByteEdit[] {
    const lowered = this.#options.lowered();
    const limit = lowered && body.outputLimit();
    const reasoning = body.reasoningEdits(call);
    const dropped = [
      ...(limit ? [loweredText(lowered)] : []),
      ...(reasoning.length > 0 ? ['reasoning'] : []),
    ];
    if (dropped.length === 0) return [];
    this.#notes = { dropped, hints: noHints };
    return [...reasoning, ...(limit ? lowering(limit, lowered.tokens) : [])];
  }

  /**
   * @param asksForUsage whether a stream may be asked for its usage
   * @throws HalleyError as `RequestBody.translated` does
   */
  async request(body: RequestBody, { call, target }: Destination, asksForUsage: boolean): Promise<Buffer> {
    const seal = this.#options.sealFor(target);
    const options = { ...this.#options.translation(target.options), seal, asksForUsage };
    const { bytes, ...notes } = await body.translated(call, target.model, options);
    this.#notes = notes;
    this.#seal = seal;
    return bytes;
  }

  /**
   * @param from form of the upstream's response
   * @param to form of the client's response
   * @param model by the client's name
   * @returns undefined = the upstream speaks the client's protocol
   */
  response(
    { call }: Destination,
    from: ResponseForm,
    to: ResponseForm,
    model: string,
  ): ResponseTranslation | undefined {
    const { requestId, clock } = this.#options;
    this.#response = call.translator?.response(from, to, {
      model,
      requestId,
      createdAt: Math.floor(clock.now() / 1000),
      seal: this.#seal,
      ...(this.#notes?.hints ?? noHints),
    });
    return this.#response;
  }
}
