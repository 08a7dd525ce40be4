/** The relay's interface to upstreams: available models, targets for a request, outcome reports. */
import type { Socket } from 'node:net';
import type { Dispatcher } from 'undici';
import type { ChannelOptions } from '../domain/channel-options.ts';
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { UpstreamApi } from '../domain/upstream-api.ts';
import type { RequestStyle } from './request-style.ts';
import type { SecretMask } from './secret-mask.ts';
import type { BasePath } from './upstream-path.ts';

/** The connections to one upstream. */
export interface UpstreamConnections {
  /** Dispatches on pooled connections. */
  readonly dispatcher: Dispatcher;
  /** Whether a new connection is receiving its first request, within the current call. */
  readonly opening: boolean;
  /** Calls `use` with a dispatcher for one request on a new connection, which closes afterwards. */
  withNewConnection<Result>(use: (dispatcher: Dispatcher) => Result): Result;
  /**
   * Opens a connection that belongs to the caller, with TLS where the upstream has it.
   * @throws Error of the connection, within the channel's time limit for connecting
   */
  connect(): Promise<Socket>;
}

/** The destination of one attempt. */
export interface UpstreamTarget {
  readonly channelId: number;
  readonly channelName: string;
  /** Of the channel, such as `openai`. */
  readonly kind: string;
  /** Of the channel. */
  readonly isEnabled: boolean;
  /** The groups that the channel serves. */
  readonly groups: ReadonlySet<string>;
  readonly connections: UpstreamConnections;
  readonly origin: string;
  /** Joined with the path of an operation. */
  readonly base: BasePath;
  /** The upstream key for this attempt; undefined when the channel needs none. */
  readonly key: string | undefined;
  /** Which of the channel's keys that is, from 1; 0 when the channel needs none. */
  readonly keyNumber: number;
  /** The model's name at the upstream. */
  readonly model: string;
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly options: ChannelOptions;
  readonly style: RequestStyle;
  readonly firstByteMs: number;
  readonly idleChunkMs: number;
  /** Must not reach a client or a log: the channel's keys and the credentials among its headers. */
  readonly secrets: SecretMask;
  /** Whether the gateway may request usage in a stream whose client did not. */
  readonly asksForUsage: boolean;
}

/** A channel and one of its keys, where something lies that a request needs. */
export interface PinnedTo {
  readonly channelId: number;
  /** `keyMark` of the key. */
  readonly channelKey: string;
}

export interface TargetQuery {
  readonly api: UpstreamApi;
  readonly model: string;
  /** In order of preference. A later group is tried only when the earlier ones have no untried target. */
  readonly groups: readonly string[];
  /** The operation at the upstream. A channel that lacks it is passed over. */
  readonly operation: string;
  /** The kind of operation, for its circuit; undefined for an auxiliary one, whose failures do not count. */
  readonly kind: string | undefined;
  /** The API key of the request. */
  readonly keyId: number;
  /** The conversation that the request belongs to, which should stay with one upstream; undefined = any will do. */
  conversation(): string | undefined;
  /** Undefined = any channel, and any of its keys. */
  readonly pinned?: PinnedTo | undefined;
  /** Targets that this request has tried already. */
  readonly tried: readonly UpstreamTarget[];
}

/**
 * How an attempt ended, for the circuits. About the upstream key: `busy` means over its rate limit, `refused` that
 * the upstream does not accept it, `used_up` that its account has no credit left, `model_refused` that it may not
 * use this model.
 */
export type AttemptOutcome =
  | 'ok'
  | 'connect_failed'
  | 'timeout'
  | 'broken'
  | 'server_error'
  | 'busy'
  | 'refused'
  | 'used_up'
  | 'model_refused';

/** A model that at least one enabled channel offers. */
export interface OfferedModel {
  readonly id: string;
  readonly protocols: readonly ProtocolName[];
  /** Creation time of the oldest channel that offers it, in seconds UTC. */
  readonly createdAt: number;
}

export interface Upstreams {
  /** The models offered to any of the groups, by id. */
  models(groups: readonly string[]): readonly OfferedModel[];
  /** Whether an enabled channel offers the model over this API to any of the groups. Cheap. */
  offers(api: UpstreamApi, model: string, groups: readonly string[], pinned?: PinnedTo): boolean;
  /**
   * @returns a target; `unknown_model` when no enabled channel offers the model over this API to these groups;
   * `exhausted` when the request has tried all of them or their circuits are open
   */
  pick(query: TargetQuery): UpstreamTarget | 'unknown_model' | 'exhausted';
  /**
   * The target of an earlier request: the same channel, enabled or not, and the same of its keys.
   * @param keyMark `keyMark` of that key
   * @param upstreamModel the model's name there
   * @returns undefined when the channel or the key is gone
   */
  pinned(channelId: number, keyMark: string, upstreamModel: string): UpstreamTarget | undefined;
  /**
   * Reports how an attempt ended. Must be called before the next `pick` for the same request.
   * @param retryAfterMs Retry-After of the upstream in milliseconds
   */
  report(target: UpstreamTarget, outcome: AttemptOutcome, retryAfterMs?: number): void;
  /** Reports that the upstream refuses requests for usage. The gateway stops requesting it there. */
  refusesUsage(target: UpstreamTarget): void;
  /** Reports that the upstream does not serve an operation for this model. The gateway stops requesting it there. */
  lacks(target: UpstreamTarget, operation: string): void;
}
