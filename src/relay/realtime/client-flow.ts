/** Handles the events of a session's client: passes them on, with few edits, or refuses them. */
import type { Clock } from '../../platform/clock.ts';
import { asHalleyError, HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { isText } from '../../protocols/json-outline.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import {
  eventIdOf,
  isLong,
  type RealtimeEvent,
  readEvent,
  readLongEvent,
} from '../../protocols/realtime/event.ts';
import { readSession, refuseOddNames, withResponding } from '../../protocols/realtime/session-fields.ts';
import { amountsIn, bytesOfBase64 } from '../../protocols/realtime/session-tally.ts';
import { asObject } from '../../protocols/usage/usage-shape.ts';
import type { AccountingOptions } from '../request-accounting.ts';
import type { Link } from './link.ts';
import { priceOfTranscription } from './prices.ts';

export interface ClientFlowOptions extends Pick<AccountingOptions, 'prices' | 'unpriced'> {
  /** The session's model, as the client names it and as the upstream does. */
  readonly models: readonly string[];
  readonly clock: Pick<Clock, 'soon'>;
}

export class ClientFlow {
  readonly #link: Link;
  readonly #options: ClientFlowOptions;

  constructor(link: Link, options: ClientFlowOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** Handles one message; never rejects. Returns a promise when later ones must wait. */
  handle(text: Buffer): Promise<void> | undefined {
    const { owner } = this.#link.parts;
    let event: RealtimeEvent | undefined;
    const refuse = (thrown: unknown) =>
      owner.sendError(asHalleyError(thrown), event && eventIdOf(event.json));
    const take = (read: RealtimeEvent) => {
      event = read;
      return this.#take(read);
    };
    try {
      if (isLong(text)) {
        const reading = readLongEvent(text, 'client', this.#options.clock);
        // The session may have ended meanwhile: then nothing may go to the upstream.
        return reading.then((read) => (owner.over ? undefined : take(read))).catch(refuse);
      }
      return take(readEvent(text))?.catch(refuse);
    } catch (thrown) {
      refuse(thrown);
      return undefined;
    }
  }

  #take(event: RealtimeEvent): Promise<void> | undefined {
    const { type, json, bytes } = event;
    const { conversation, upstream } = this.#link.parts;
    const { tally, inputBytesPerMs } = conversation;
    switch (type) {
      case 'session.update':
        this.#checkSize(event);
        return this.#update(json);
      case 'response.create':
        this.#checkSize(event);
        return this.#link.respond(json, eventIdOf(json));
      case 'transcription_session.update':
        throw new HalleyError('invalid_value', {
          message: 'Transcription-only sessions are not supported. Send session.update.',
          param: 'type',
        });
      case 'input_audio_buffer.append':
        if (isText(json.audio)) tally.append(bytesOfBase64(json.audio) / inputBytesPerMs);
        break;
      case 'conversation.item.create':
        tally.add(amountsIn(json.item, inputBytesPerMs));
        break;
    }
    upstream.send(bytes);
    return undefined;
  }

  /** @throws HalleyError('invalid_body') */
  #checkSize({ type, json, bytes }: RealtimeEvent): void {
    if (bytes.length > limits.inline_json_bytes_max) {
      const message = `The event ${type} is longer than ${limits.inline_json_bytes_max} bytes. Send the items by themselves.`;
      throw new HalleyError('invalid_body', { message });
    }
    refuseOddNames(json);
  }

  /** Sends an update whose models the key may use, and which lets the upstream begin no response. */
  async #update(json: JsonObject): Promise<void> {
    const { conversation, upstream, owner } = this.#link.parts;
    const session = asObject(json.session) ?? {};
    await this.#link.whenAllowed((record) => {
      checkModels(session, { ...this.#options, known: conversation.transcriptionModel }, record.models);
      if (owner.over) return;
      conversation.configure(session, true);
      conversation.read(session);
      const { transcriptionModel } = conversation;
      owner.useModels(transcriptionModel === 'off' || transcriptionModel === '' ? [] : [transcriptionModel]);
      upstream.send(JSON.stringify({ ...json, session: withResponding(session, false) }));
    });
  }
}

export interface ModelRules extends Omit<ClientFlowOptions, 'clock'> {
  /** The transcription model of the session so far; `off` or '' = none. */
  readonly known: string;
}

/**
 * Checks the models in a session's configuration.
 * @param allowed the models of the key; undefined = any
 * @throws HalleyError: another model than the session's (`invalid_value`), a transcription model that is not named
 * (`field_missing`), not the key's (`model_not_allowed`) or without a price (`model_not_priced`)
 */
export function checkModels(
  session: JsonObject,
  { models, known, ...prices }: ModelRules,
  allowed: ReadonlySet<string> | undefined,
): void {
  const { model, transcription } = readSession(session);
  if (model !== undefined && !models.includes(model)) {
    const message = 'The model of a session cannot be changed. Open another WebSocket for it.';
    throw new HalleyError('invalid_value', { message, param: 'session.model' });
  }
  if (transcription === undefined || transcription === 'off') return;
  const writer = transcription.model === '' && known !== 'off' ? known : transcription.model;
  const param = 'session.audio.input.transcription.model';
  if (writer === '') {
    const message = 'The transcription of a session needs a model. Name it.';
    throw new HalleyError('field_missing', { message, param });
  }
  if (allowed && !allowed.has(writer)) throw new HalleyError('model_not_allowed', { param });
  priceOfTranscription(prices, writer);
}
