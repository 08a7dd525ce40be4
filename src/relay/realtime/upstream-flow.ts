/** Handles the events of a session's upstream: settles what they report, and passes them on, with few edits. */
import type { Clock } from '../../platform/clock.ts';
import { asHalleyError, HalleyError } from '../../platform/errors.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { isLong, type RealtimeEvent, readEvent, readLongEvent } from '../../protocols/realtime/event.ts';
import { holdingUpdate, withResponding } from '../../protocols/realtime/session-fields.ts';
import { asObject } from '../../protocols/usage/usage-shape.ts';
import type { SecretMask } from '../../upstreams/secret-mask.ts';
import { internalError, type Link, policyViolation } from './link.ts';

export interface UpstreamFlowOptions {
  readonly secrets: SecretMask;
  /** The configuration that the client's secret brings; undefined = none. It has been checked. */
  readonly config: JsonObject | undefined;
  /** The session has begun: the client may speak. */
  readonly onCreated: () => void;
  /** Nothing runs any more. */
  readonly onIdle: () => void;
  /** Waits for a record as long as the end of a response waits for one. @returns whether it was written in time */
  readonly recorded: (written: Promise<void>) => Promise<boolean>;
  readonly mayContinue: () => boolean;
  readonly clock: Pick<Clock, 'soon'>;
}

export class UpstreamFlow {
  readonly #link: Link;
  readonly #options: UpstreamFlowOptions;
  /** Ids of the gateway's own updates that the upstream has not confirmed. */
  readonly #ownUpdates: string[] = [];
  /** Whether the upstream has heard somebody speak since the last item. */
  #heard = false;
  /** Whether a response is due once the present one is over. */
  #isDue = false;

  constructor(link: Link, options: UpstreamFlowOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** Handles one message; never rejects. Returns a promise when later ones must wait. */
  handle(text: Buffer): Promise<void> | undefined {
    const { owner } = this.#link.parts;
    const finish = (error: HalleyError) => owner.finish('upstream_broken', error, internalError);
    const unread = (thrown: unknown) => {
      const log = thrown instanceof HalleyError ? thrown.message : String(thrown);
      finish(new HalleyError('upstream_broken', { log }));
      return undefined;
    };
    const take = (event: RealtimeEvent | undefined) =>
      event && this.#take(event)?.catch((thrown: unknown) => finish(asHalleyError(thrown)));
    if (isLong(text)) return readLongEvent(text, 'upstream', this.#options.clock).catch(unread).then(take);
    try {
      return take(readEvent(text, 'upstream'));
    } catch (thrown) {
      return unread(thrown);
    }
  }

  #take(event: RealtimeEvent): Promise<void> | undefined {
    const { type, json, bytes } = event;
    const { conversation } = this.#link.parts;
    switch (type) {
      case 'session.created':
        this.#created(json);
        return undefined;
      case 'session.updated':
        this.#updated(json);
        return undefined;
      case 'error':
        this.#error(json);
        return undefined;
      case 'response.created':
        this.#began(json);
        break;
      case 'response.done':
        return this.#done(event);
      case 'conversation.item.input_audio_transcription.completed':
      case 'conversation.item.input_audio_transcription.failed':
        return this.#transcribed(event, type.endsWith('failed'));
      case 'conversation.item.input_audio_transcription.delta':
        if (this.#pass(bytes)) conversation.transcribing(String(json.item_id));
        return undefined;
      default:
        if (type.startsWith('input_audio_buffer.')) this.#listen(type, json);
    }
    if (this.#pass(bytes) && type.endsWith('.delta')) conversation.delivered(type, json);
    return undefined;
  }

  /** @returns whether the client gets it */
  #pass(text: Buffer | string): boolean {
    const { owner, client } = this.#link.parts;
    if (owner.over || !this.#options.mayContinue()) return false;
    client.send(text);
    return true;
  }

  /** Before the client may say anything, the upstream must not respond by itself. */
  #created(json: JsonObject): void {
    const { conversation, upstream } = this.#link.parts;
    const session = asObject(json.session) ?? {};
    conversation.configure(session, true);
    conversation.read(session);
    const { config } = this.#options;
    for (const update of [holdingUpdate(session), config && withResponding(config, false)]) {
      if (!update) continue;
      const event_id = this.#link.newEventId();
      this.#ownUpdates.push(event_id);
      upstream.send(JSON.stringify({ type: 'session.update', event_id, session: update }));
    }
    if (config) {
      conversation.configure(config, true);
      conversation.read(config);
    }
    this.#pass(JSON.stringify(this.#asAsked(json)));
    this.#options.onCreated();
  }

  #updated(json: JsonObject): void {
    if (this.#ownUpdates.shift() !== undefined) return;
    this.#link.parts.conversation.configure(asObject(json.session) ?? {}, false);
    this.#pass(JSON.stringify(this.#asAsked(json)));
  }

  /** The client sees whether there are responses by themselves, as it asked. */
  #asAsked(json: JsonObject): JsonObject {
    const session = asObject(json.session);
    const { responds } = this.#link.parts.conversation;
    return session ? { ...json, session: withResponding(session, responds) } : json;
  }

  #error(json: JsonObject): void {
    const error = asObject(json.error);
    const eventId = String(error?.event_id ?? '');
    const ownAt = this.#ownUpdates.indexOf(eventId);
    if (ownAt !== -1) {
      this.#ownUpdates.splice(ownAt, 1);
      return;
    }
    const refused = new HalleyError('invalid_body', { log: 'the upstream refused the response' });
    const response = this.#link.parts.conversation.refused(eventId, refused);
    const shown = response?.parts.isOwnId ? { ...json, error: { ...error, event_id: null } } : json;
    this.#pass(this.#options.secrets.mask(JSON.stringify(shown)));
    this.#noticeIdle();
  }

  #began(json: JsonObject): void {
    const { conversation, owner, upstream } = this.#link.parts;
    const id = String(asObject(json.response)?.id);
    const isReserved = conversation.began(id, this.#link.record);
    if (isReserved && !owner.over) return;
    upstream.send(JSON.stringify({ type: 'response.cancel', response_id: id }));
  }

  async #done({ json, bytes }: RealtimeEvent): Promise<void> {
    const { conversation, owner } = this.#link.parts;
    const written = conversation.done(json);
    this.#noticeIdle();
    if (owner.over) return;
    if (await this.#options.recorded(written)) this.#pass(this.#options.secrets.maskBytes(bytes));
    else {
      const error = new HalleyError('store_unavailable', { log: 'the record could not be written in time' });
      owner.finish('error', error, internalError);
    }
    if (this.#isDue && !conversation.isResponding) this.#respond();
  }

  async #transcribed({ json, bytes }: RealtimeEvent, hasFailed: boolean): Promise<void> {
    const { conversation, owner } = this.#link.parts;
    const written = conversation.transcribed(String(json.item_id), json, hasFailed, this.#link.record);
    this.#noticeIdle();
    if (owner.over) return;
    if (await this.#options.recorded(written)) this.#pass(bytes);
  }

  #noticeIdle(): void {
    if (!this.#link.parts.conversation.isBusy) this.#options.onIdle();
  }

  #listen(type: string, json: JsonObject): void {
    const { conversation } = this.#link.parts;
    switch (type) {
      case 'input_audio_buffer.speech_started':
        conversation.tally.speechStarted(Number(json.audio_start_ms));
        break;
      case 'input_audio_buffer.speech_stopped':
      case 'input_audio_buffer.timeout_triggered':
        this.#heard = true;
        break;
      case 'input_audio_buffer.cleared':
        conversation.tally.clear();
        break;
      case 'input_audio_buffer.committed':
        this.#committed(String(json.item_id));
    }
  }

  #committed(itemId: string): void {
    const { conversation, owner } = this.#link.parts;
    if (owner.over) return;
    const byVoice = this.#heard;
    this.#heard = false;
    try {
      const charge = conversation.committed(itemId, this.#link.record);
      // It runs already: who cannot pay for it gets no more.
      charge
        ?.open()
        .catch((thrown: unknown) => owner.finish('error', asHalleyError(thrown), policyViolation));
    } catch (thrown) {
      owner.finish('error', asHalleyError(thrown), policyViolation);
    }
    if (!byVoice || !conversation.responds) return;
    if (conversation.isResponding) this.#isDue = true;
    else this.#respond();
  }

  /** Asks for the response that the upstream would have begun by itself. */
  #respond(): void {
    this.#isDue = false;
    const { owner } = this.#link.parts;
    if (owner.over) return;
    this.#link.respond({ type: 'response.create' }, undefined).catch((thrown: unknown) => {
      owner.sendError(asHalleyError(thrown), undefined);
    });
  }
}
