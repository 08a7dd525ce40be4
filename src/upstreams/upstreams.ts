/** The relay's interface to upstreams: available models, targets for a request, outcome reports. */
import type { Dispatcher } from 'undici';
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { SecretMask } from './secret-mask.ts';
import type { BasePath } from './upstream-path.ts';

/** The connections to one upstream. */
export interface UpstreamConnections {
  /** Uses connections again. */
  readonly dispatcher: Dispatcher;
  /** Whether a new connection is being given its first request, within this very call. */
  readonly opening: boolean;
  /** Calls `use` with a dispatcher for one request, on a connection that is made for it and closed after it. */
  withNewConnection<Result>(use: (dispatcher: Dispatcher) => Result): Result;
}

/** One place to send one attempt to. */
export interface UpstreamTarget {
  readonly channelId: number;
  readonly channelName: string;
  /** The groups that the channel serves. */
  readonly groups: ReadonlySet<string>;
  readonly connections: UpstreamConnections;
  readonly origin: string;
  /** What the path of an operation is joined with. */
  readonly base: BasePath;
  /** The upstream's own key for this attempt; undefined when the channel needs none. */
  readonly key: string | undefined;
  /** The model's name at the upstream. */
  readonly model: string;
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly firstByteMs: number;
  readonly idleChunkMs: number;
  /** What must not reach a client or a log: the channel's keys and the credentials among its headers. */
  readonly secrets: SecretMask;
  /** Whether the upstream may be asked for usage in a stream whose client did not ask for it. */
  readonly asksForUsage: boolean;
}

export interface TargetQuery {
  readonly protocol: ProtocolName;
  readonly model: string;
  /** In order of preference; a later one is tried only when the earlier ones offer nothing untried. */
  readonly groups: readonly string[];
  /** The kind of operation whose health is counted together; undefined = auxiliary, which is not counted. */
  readonly kind: string | undefined;
  /** The API key that asks. */
  readonly keyId: number;
  /** Targets already tried for this request. */
  readonly tried: readonly UpstreamTarget[];
}

/**
 * How an attempt ended, for the channel's health. Of the gateway's own key at the upstream: `busy` = its rate limit,
 * `refused` = it is not accepted, `used_up` = its account is, `model_refused` = it may not use this model.
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

/** A model that some enabled channel offers. */
export interface OfferedModel {
  readonly id: string;
  readonly protocols: readonly ProtocolName[];
  /** Seconds UTC since when the oldest channel offering it exists. */
  readonly createdAt: number;
}

export interface Upstreams {
  /** The models offered to any of the groups, by id. */
  models(groups: readonly string[]): readonly OfferedModel[];
  /** Whether an enabled channel offers the model in this protocol to any of the groups. Costs little. */
  offers(protocol: ProtocolName, model: string, groups: readonly string[]): boolean;
  /**
   * @returns a target; `unknown_model` when no enabled channel offers the model in this protocol to these
   * groups; `exhausted` when all that do are resting or were tried already
   */
  pick(query: TargetQuery): UpstreamTarget | 'unknown_model' | 'exhausted';
  /**
   * Says how an attempt ended; to be called before the next `pick` for the same request.
   * @param retryAfterMs what the upstream asked for in Retry-After, in milliseconds
   */
  report(target: UpstreamTarget, outcome: AttemptOutcome, retryAfterMs?: number): void;
  /** Says that the upstream refuses to be asked for usage; from then on it is not. */
  refusesUsage(target: UpstreamTarget): void;
}
