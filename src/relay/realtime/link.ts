/** What both directions of a session share: its ends, its conversation, and how a response is asked for. */
import type { Access, Admission } from '../../access/access.ts';
import type { RequestContext } from '../../access/authorize.ts';
import type { KeyPolicy } from '../../access/key-policy.ts';
import type { RequestOutcome } from '../../domain/request-outcome.ts';
import { asHalleyError, type HalleyError, isFinal } from '../../platform/errors.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import type { Conversation } from './conversation.ts';
import type { Wire } from './wire.ts';

/** Close codes of RFC 6455, 7.4.1: the client may not do what it does; a fault of the gateway or of its upstream. */
export const policyViolation = 1008;
export const internalError = 1011;

export interface LinkOwner {
  readonly over: boolean;
  readonly context: RequestContext;
  /** Names the models that the session uses besides its own. */
  useModels(otherModels: readonly string[]): void;
  /** Ends the session. @param closeCode of the client's close frame */
  finish(outcome: RequestOutcome, error: HalleyError | undefined, closeCode: number): void;
  /** An error event in place of what the client has asked for. @param eventId of the event at fault */
  sendError(error: HalleyError, eventId: string | undefined): void;
}

export interface LinkParts {
  readonly access: Access;
  readonly admission: Admission;
  readonly owner: LinkOwner;
  readonly conversation: Conversation;
  readonly client: Wire;
  readonly upstream: Wire;
}

export class Link {
  readonly parts: LinkParts;
  #ownIds = 0;

  constructor(parts: LinkParts) {
    this.parts = parts;
  }

  /** An event id of the gateway's own. */
  newEventId(): string {
    this.#ownIds += 1;
    return `event_halley_${this.#ownIds}`;
  }

  /** The policy of the key, of which some time may have passed since it was checked. */
  get record(): KeyPolicy {
    return this.parts.admission.record;
  }

  /**
   * Authorizes anew, and acts in the same turn. A key that may not do what it does ends the session.
   * @throws HalleyError of the first check that fails; what `act` throws
   */
  async whenAllowed<Result>(act: (record: KeyPolicy) => Result): Promise<Awaited<Result>> {
    const { access, admission, owner } = this.parts;
    let isAllowed = false;
    try {
      return await access.whenCurrent(access.refresh(admission), ({ record }) => {
        access.check(record, owner.context);
        isAllowed = true;
        return act(record);
      });
    } catch (thrown) {
      const error = asHalleyError(thrown);
      if (!isAllowed && isFinal(error)) owner.finish('cut', error, policyViolation);
      throw thrown;
    }
  }

  /**
   * Reserves a response and asks the upstream for it.
   * @param event the whole event; gets an id where it has none
   * @throws HalleyError when it is not allowed or does not fit; then nothing is sent
   */
  async respond(event: JsonObject, eventId: string | undefined): Promise<void> {
    const { owner, conversation, upstream } = this.parts;
    const begun = { eventId: eventId ?? this.newEventId(), isOwnId: eventId === undefined };
    const asked = typeof event.response === 'object' ? (event.response as JsonObject | null) : {};
    const response = await this.whenAllowed((record) => conversation.prepare(record, asked ?? {}, begun));
    const { charge } = response.parts;
    try {
      await charge.open();
      await this.whenAllowed(() => {
        if (owner.over) {
          charge.drop();
          return;
        }
        conversation.asked(response);
        upstream.send(JSON.stringify({ ...event, event_id: begun.eventId }));
      });
    } catch (thrown) {
      charge.drop();
      throw thrown;
    }
  }
}
