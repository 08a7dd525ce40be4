/** What a model request continues and leaves behind at its upstream: stored responses. */
import type { KeyPolicy } from '../../access/key-policy.ts';
import type { Operation } from '../../operations/operation.ts';
import type { Clock } from '../../platform/clock.ts';
import { asHalleyError, HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { Log } from '../../platform/log.ts';
import type { StoredState } from '../../protocols/client/stored-state.ts';
import type { ObjectRow } from '../../store/object-store.ts';
import { keyMark } from '../../upstreams/key-mark.ts';
import type { PinnedTo, UpstreamTarget } from '../../upstreams/upstreams.ts';
import type { RequestResult } from '../request-result.ts';
import type { Route } from '../route.ts';
import type { OwnedObjects } from './owned-objects.ts';

export interface RequestObjectsOptions {
  readonly objects: OwnedObjects;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'warn'>;
}

/** A request that has ended. */
export interface EndedRequest {
  readonly requestId: string;
  readonly model: string | undefined;
  readonly result: Pick<RequestResult, 'report' | 'pipeline' | 'status' | 'group'>;
  readonly route: Pick<Route, 'target' | 'isOwnProtocol'>;
}

interface StoredResponse {
  readonly requestId: string;
  readonly responseId: string;
  readonly model: string;
  readonly group: string;
  readonly target: UpstreamTarget;
}

export class RequestObjects {
  readonly #options: RequestObjectsOptions;
  readonly #operation: Pick<Operation, 'stored'>;
  #isStored = false;

  constructor(options: RequestObjectsOptions, operation: Pick<Operation, 'stored'>) {
    this.#options = options;
    this.#operation = operation;
  }

  /**
   * Where a request must go because of what it continues.
   * @param state undefined = the operation knows no stored state
   * @returns undefined = anywhere
   * @throws HalleyError as `OwnedObjects.find` and `targetOf`, as a rejection; `invalid_body`
   */
  pin(record: KeyPolicy, state: StoredState | undefined): Promise<PinnedTo> | undefined {
    this.#isStored = this.#operation.stored === 'makes' && state?.isStored === true;
    if (state?.responseId === undefined && state?.conversationId === undefined) return undefined;
    return this.#find(record, state);
  }

  async #find(record: KeyPolicy, { responseId, conversationId }: StoredState): Promise<PinnedTo> {
    const { objects } = this.#options;
    const rows: ObjectRow[] = [];
    if (responseId !== undefined) rows.push(await objects.find('response', responseId, record));
    if (conversationId !== undefined) rows.push(await objects.find('conversation', conversationId, record));
    const [first, second] = rows;
    if (!first) throw new HalleyError('object_not_found');
    if (second && !(first.channelId === second.channelId && first.channelKey === second.channelKey)) {
      const message =
        'The response and the conversation are stored at different upstreams. Continue one of them.';
      throw new HalleyError('invalid_body', { message, param: 'conversation' });
    }
    objects.targetOf(first, record.groups);
    return { channelId: first.channelId, channelKey: first.channelKey };
  }

  /**
   * Writes whose a response is that the upstream stores.
   * @param record undefined = the request was never authorized
   * @param written resolves when its record is durable; undefined = there is none
   * @returns resolves when all of it is durable; undefined = nothing is written. Never rejects
   */
  note(
    record: KeyPolicy | undefined,
    { requestId, model = '', result, route }: EndedRequest,
    written: Promise<void> | undefined,
  ): Promise<void> | undefined {
    const { report, pipeline, status, group } = result;
    const { responseId } = report;
    const { target, isOwnProtocol } = route;
    const isKept = this.#isStored && isOwnProtocol && status < 300 && pipeline?.useful === true;
    const isId = responseId !== '' && responseId.length <= limits.object_id_chars_max;
    if (!record || !target || !isKept || !isId) return written;
    const noted = this.#write(record, { requestId, responseId, model, group, target });
    return written ? Promise.all([written, noted]).then(() => undefined) : noted;
  }

  async #write({ accountId, keyId }: KeyPolicy, stored: StoredResponse): Promise<void> {
    const { objects, clock } = this.#options;
    const { responseId, requestId, model, group, target } = stored;
    const createdMs = clock.now();
    try {
      const isOurs = await objects.note({
        ...{ kind: 'response', publicId: responseId, upstreamId: responseId, protocol: 'openai' },
        ...{ accountId, keyId, requestId, group, model, createdMs },
        channelId: target.channelId,
        channelName: target.channelName,
        channelKey: keyMark(target.key),
        upstreamModel: target.model,
        expiresMs: createdMs + limits.stored_responses_kept_ms,
        extra: {},
      });
      if (!isOurs) this.#warn('another key has its id', stored);
    } catch (thrown) {
      this.#warn(asHalleyError(thrown).log, stored);
    }
  }

  #warn(error: string | undefined, { requestId, target }: StoredResponse): void {
    const facts = { id: requestId, channel: target.channelName, error };
    this.#options.log.warn(facts, 'a stored response cannot be used later');
  }
}
