/** Plans the targets of a request: the first, and the fallbacks after a failure. */
import type { KeyPolicy } from '../access/key-policy.ts';
import type { ProtocolName } from '../domain/protocol-name.ts';
import { apisOf } from '../domain/upstream-api.ts';
import { modelTypeOf } from '../ledger/price-list.ts';
import type { Operation, UpstreamCall } from '../operations/operation.ts';
import { realtimePath, servesRealtime } from '../operations/realtime.ts';
import { pathFor } from '../operations/registry.ts';
import { operationsServing } from '../operations/serving.ts';
import { HalleyError } from '../platform/errors.ts';
import type { AttemptOutcome, PinnedTo, Upstreams, UpstreamTarget } from '../upstreams/upstreams.ts';

export interface RouteOptions {
  readonly upstreams: Upstreams;
  /** Attempts for one request, the first included. */
  readonly attemptsMax: number;
  /** Whether to send a request once more when the upstream had closed the idle connection it was sent on. */
  readonly retryStale: boolean;
}

/** Where an attempt goes, and how it speaks there. */
export interface Destination {
  readonly target: UpstreamTarget;
  readonly call: UpstreamCall;
}

/** Another call by which the same upstream may serve a request. */
const otherCall = (calls: Operation['calls'], { call, target }: Destination): UpstreamCall | undefined => {
  const apis = apisOf([call.protocol.name], target.options);
  return calls.find(({ index, api }) => index > call.index && apis.includes(api));
};

/**
 * The error for a model that is not offered at the path of a request.
 * @param offers whether a channel of the protocol has the model
 */
export function unknownModel(model: string, offers: (protocol: ProtocolName) => boolean): HalleyError {
  const modelType = modelTypeOf(model);
  const paths = operationsServing(modelType, offers).map((each) => pathFor(each, model));
  if (servesRealtime(modelType, offers)) paths.push(realtimePath);
  const message =
    paths.length === 0
      ? `The model "${model}" is not offered here. List the models to see which are available.`
      : `The model "${model}" is not served at this path. Send the request to ${paths.join(' or ')}.`;
  return new HalleyError('model_not_found', { message, param: 'model' });
}

/**
 * The groups for which a request may be served: of a key that may not cross groups the first that offers the model.
 * @param offers whether channels of these groups offer it
 */
export function groupsFor(
  { groups, crossGroups }: KeyPolicy,
  offers: (groups: readonly string[]) => boolean,
): readonly string[] {
  if (crossGroups || groups.length <= 1) return groups;
  const offering = groups.find((group) => offers([group]));
  return offering === undefined ? groups : [offering];
}

const noConversation = () => undefined;

export class Route {
  readonly #options: RouteOptions;
  readonly #operation: Operation;
  readonly #tried: UpstreamTarget[] = [];
  /** Of the last attempt. */
  #destination: Destination | undefined;
  #model = '';
  #keyId = 0;
  #isClosed = false;
  /** The groups whose channels may serve it; undefined before that is decided. */
  #groups: readonly string[] | undefined;
  #conversation: () => string | undefined = noConversation;
  /** What it continues lies there, and only the same protocol can name it. */
  #pinned: PinnedTo | undefined;

  constructor(options: RouteOptions, operation: Operation) {
    this.#options = options;
    this.#operation = operation;
  }

  /** The target tried last. */
  get target(): UpstreamTarget | undefined {
    return this.#destination?.target;
  }

  /** Whether the last target got the request in the client's own protocol. */
  get isOwnProtocol(): boolean {
    return this.#destination !== undefined && !this.#destination.call.translator;
  }

  get attempts(): number {
    return this.#tried.length;
  }

  /** The group for which the last target serves it; '' before there is one. */
  get group(): string {
    const { target } = this;
    return this.#groups?.find((group) => target?.groups.has(group)) ?? '';
  }

  /**
   * Decides for which groups a request may be served. A key that may not cross groups stays with the first of its
   * groups that offers the model.
   * @param pinned the only place where it can be served; undefined = there is none
   * @throws HalleyError('model_not_found') when none does, before anything is reserved
   */
  begin(policy: KeyPolicy, model: string, pinned?: PinnedTo): readonly string[] {
    this.#pinned = pinned;
    this.#model = model;
    this.#keyId = policy.keyId;
    this.#groups = groupsFor(policy, (groups) => this.#offers(groups));
    if (!this.#offers(this.#groups)) throw this.#unknown();
    return this.#groups;
  }

  get #calls(): readonly UpstreamCall[] {
    const { calls } = this.#operation;
    return this.#pinned ? calls.slice(0, 1) : calls;
  }

  #offers(groups: readonly string[]): boolean {
    const { upstreams } = this.#options;
    return this.#calls.some(({ api }) => upstreams.offers(api, this.#model, groups, this.#pinned));
  }

  /** @param conversation names the one that the request belongs to; called only if there is a choice */
  follow(conversation: () => string | undefined): void {
    let found: { readonly name: string | undefined } | undefined;
    const conversationOnce = () => {
      found ??= { name: conversation() };
      // Clients of different keys may use the same words and names.
      return found.name === undefined ? undefined : `${this.#keyId}\n${found.name}`;
    };
    this.#conversation = conversationOnce;
  }

  /** @throws HalleyError('model_not_found'); `no_channel_available` */
  pick(): Destination {
    let isOffered = false;
    for (const call of this.#calls) {
      const target = this.#pickFor(call);
      if (typeof target === 'object') {
        this.#tried.push(target);
        this.#destination = { target, call };
        return this.#destination;
      }
      isOffered ||= target === 'exhausted';
    }
    if (!isOffered) throw this.#unknown();
    throw new HalleyError('no_channel_available', { headers: { 'retry-after': '5' } });
  }

  #pickFor({ api, operation }: UpstreamCall): ReturnType<Upstreams['pick']> {
    return this.#options.upstreams.pick({
      api,
      operation,
      model: this.#model,
      groups: this.#groups ?? [],
      kind: this.#operation.kind,
      keyId: this.#keyId,
      conversation: this.#conversation,
      pinned: this.#pinned,
      tried: this.#tried,
    });
  }

  #unknown(): HalleyError {
    const model = this.#model;
    if (this.#pinned) {
      const message = `The upstream that stores what this request continues does not offer the model "${model}".`;
      return new HalleyError('model_not_found', { message, param: 'model' });
    }
    const offers = (protocol: ProtocolName) =>
      this.#options.upstreams.offers(protocol, model, this.#groups ?? []);
    return unknownModel(model, offers);
  }

  /** Lets go of the body of the request, by which a conversation is recognized. Call once no other target will be tried. */
  releaseBody(): void {
    this.#conversation = noConversation;
  }

  /** Tries no other target, and none again. */
  close(): void {
    this.#isClosed = true;
  }

  /** The next target; undefined when there is none left to try. */
  next(): Destination | undefined {
    if (this.#isClosed || this.#tried.length >= this.#options.attemptsMax) return undefined;
    try {
      return this.pick();
    } catch {
      return undefined;
    }
  }

  /**
   * The last target once more, after an attempt on a connection that had been closed. That is neither a failure of
   * the channel nor another attempt. It happens once for a target, on a new connection.
   */
  again(): Destination | undefined {
    return this.#options.retryStale ? this.withoutUsage() : undefined;
  }

  /** The last target once more, after it refused to be asked for usage. */
  withoutUsage(): Destination | undefined {
    return this.#isClosed ? undefined : this.#destination;
  }

  /** Says how the last attempt ended. */
  report(outcome: AttemptOutcome, retryAfterMs?: number): void {
    const { target } = this;
    if (target) this.#options.upstreams.report(target, outcome, retryAfterMs);
  }

  /**
   * Where the last target does not have the path of its call. It may serve the request by another call of its protocol
   * (`/v1/chat/completions` in place of `/v1/completions`), and any other target may count tokens.
   * @param isCertain whether the target said so: then it is passed over from now on
   * @returns `none` when nothing is left to try; undefined = this operation has no other way, and never will
   */
  withoutEndpoint(isCertain: boolean): Destination | 'none' | undefined {
    const { calls, countBody } = this.#operation;
    const last = this.#destination;
    const call = last && otherCall(calls, last);
    if (!last || !(countBody || (call && isCertain))) return undefined;
    if (isCertain) this.#options.upstreams.lacks(last.target, last.call.operation);
    if (!call) return this.next() ?? 'none';
    this.#destination = { target: last.target, call };
    return this.#destination;
  }

  /** Says that the last target refuses to be asked for usage. */
  refusesUsage(): void {
    const { target } = this;
    if (target) this.#options.upstreams.refusesUsage(target);
  }
}
