/** A loaded channel: its row prepared for the hot path, with its keys, circuits and pool. */

import type { ChannelOptions } from '../domain/channel-options.ts';
import type { ChannelRow } from '../store/store.ts';
import { assigned } from './affinity.ts';
import { ChannelCircuits, type Use } from './circuits.ts';
import type { BaseUrl } from './dialling.ts';
import { type CircuitRules, keyFaultOf, keyRestMs } from './health.ts';
import { keyMark } from './key-mark.ts';
import { effectiveOptions } from './kinds/kinds.ts';
import type { UpstreamPool } from './pools.ts';
import type { RequestStyle } from './request-style.ts';
import { SecretMask, secretsOf } from './secret-mask.ts';
import type { Candidate } from './selection.ts';
import type { AttemptOutcome, TargetQuery, UpstreamTarget } from './upstreams.ts';

export interface ChannelParts {
  readonly row: ChannelRow;
  readonly pool: UpstreamPool;
  readonly base: BaseUrl;
  readonly firstByteMs: number;
  readonly idleChunkMs: number;
  /** The upstream keys, unsealed; empty when the upstream needs none. */
  readonly keys: readonly string[];
  readonly rest: CircuitRules;
  readonly style: RequestStyle;
}

/** A target that refers to its channel, so that a report updates the state that the attempt used. */
export class ChannelTarget implements UpstreamTarget {
  readonly channel: Channel;
  readonly channelId: number;
  readonly channelName: string;
  readonly kind: string;
  readonly isEnabled: boolean;
  readonly groups: ReadonlySet<string>;
  readonly connections: UpstreamPool;
  readonly origin: string;
  readonly base: BaseUrl;
  readonly key: string | undefined;
  readonly keyNumber: number;
  readonly model: string;
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly options: ChannelOptions;
  readonly style: RequestStyle;
  readonly firstByteMs: number;
  readonly idleChunkMs: number;
  readonly use: Use;
  /** Whether the attempt failed only because of its key, so that another key may serve the request. */
  keyAtFault = false;

  constructor(channel: Channel, parts: ChannelParts, state: KeyState | undefined, use: Use) {
    this.channel = channel;
    this.channelId = parts.row.id;
    this.channelName = parts.row.name;
    this.kind = parts.row.kind;
    this.isEnabled = parts.row.state === 'enabled';
    this.groups = channel.groups;
    this.connections = parts.pool;
    this.origin = parts.base.origin;
    this.base = parts.base;
    this.key = state?.key;
    this.keyNumber = state?.key === undefined ? 0 : state.index + 1;
    this.use = use;
    this.model = use.model;
    this.extraHeaders = parts.row.extraHeaders;
    this.options = channel.options;
    this.style = parts.style;
    this.firstByteMs = parts.firstByteMs;
    this.idleChunkMs = parts.idleChunkMs;
  }

  get secrets(): SecretMask {
    return this.channel.secrets;
  }

  get asksForUsage(): boolean {
    return this.channel.asksForUsage;
  }
}

interface KeyState {
  readonly key: string | undefined;
  readonly index: number;
  restsUntil: number;
  /** Maps upstream models to the end of the key's cooldown for that model. Bounded by the models of the channel. */
  readonly modelRestsUntil: Map<string, number>;
}

function isFree({ restsUntil, modelRestsUntil }: KeyState, model: string, now: number): boolean {
  if (now < restsUntil) return false;
  return modelRestsUntil.size === 0 || now >= (modelRestsUntil.get(model) ?? now);
}

const pairOf = (operation: string, model: string): string => `${operation} ${model}`;

export class Channel implements Candidate {
  readonly row: ChannelRow;
  readonly id: string;
  readonly options: ChannelOptions;
  readonly pool: UpstreamPool;
  readonly groups: ReadonlySet<string>;
  readonly priority: number;
  readonly weight: number;
  readonly health: ChannelCircuits;
  asksForUsage: boolean;
  /** Operations and upstream models, as the upstream has said that it does not serve them. */
  readonly #lacking = new Set<string>();
  readonly #parts: ChannelParts;
  readonly #keys: readonly KeyState[];
  readonly #mapping: ReadonlyMap<string, string>;
  #nextKey = 0;
  #secrets: SecretMask | undefined;
  /** The style's secrets in the mask, which change with the tokens that it is issued. */
  #styleSecrets = '';

  constructor(parts: ChannelParts) {
    this.#parts = parts;
    this.row = parts.row;
    this.id = String(parts.row.id);
    this.options = effectiveOptions(parts.row.kind, parts.row.options);
    this.pool = parts.pool;
    this.groups = new Set(parts.row.groups);
    this.priority = parts.row.priority;
    this.weight = parts.row.weight;
    this.health = new ChannelCircuits(parts.rest);
    this.asksForUsage = parts.row.streamUsage;
    const keys = parts.keys.length === 0 ? [undefined] : [...new Set(parts.keys)];
    this.#keys = keys.map((key, index) => ({
      key,
      index,
      restsUntil: Number.NEGATIVE_INFINITY,
      modelRestsUntil: new Map(),
    }));
    this.#mapping = new Map(Object.entries(parts.row.modelMapping));
  }

  /** Created on demand, since most channels never respond with an error. */
  get secrets(): SecretMask {
    const { keys, style } = this.#parts;
    const more = style.secrets?.() ?? [];
    const styleSecrets = more.join('\n');
    if (!this.#secrets || styleSecrets !== this.#styleSecrets) {
      this.#styleSecrets = styleSecrets;
      this.#secrets = new SecretMask(secretsOf([...keys, ...more], this.row.extraHeaders));
    }
    return this.#secrets;
  }

  #useOf({ model, kind, keyId }: Pick<TargetQuery, 'model' | 'kind' | 'keyId'>): Use {
    return { kind, keyId, model: this.#mapping.get(model) ?? model };
  }

  /**
   * Whether a request may be sent to this channel now.
   * @param wake whether a key in cooldown is acceptable
   */
  isOpen(query: TargetQuery, now: number, wake = false): boolean {
    const use = this.#useOf(query);
    if (this.#parts.style.serves?.(query.operation) === false) return false;
    if (this.#lacking.size > 0 && this.#lacking.has(pairOf(query.operation, use.model))) return false;
    return this.health.mayTry(use, now) && this.#keys.some(this.#usable(use.model, now, query, wake));
  }

  /** Bounded by the models of the channel. */
  lacks(operation: string, model: string): void {
    this.#lacking.add(pairOf(operation, model));
  }

  /** Whether a key may serve a request that has tried some targets. */
  #usable(model: string, now: number, { tried, pinned }: TargetQuery, wake: boolean) {
    const mine = tried.filter(({ channelId }) => channelId === this.row.id);
    const failed = mine.some((target) => !(target instanceof ChannelTarget && target.keyAtFault));
    return (state: KeyState) =>
      !failed &&
      (pinned === undefined || keyMark(state.key) === pinned.channelKey) &&
      (wake || isFree(state, model, now)) &&
      !mine.some(({ key }) => key === state.key);
  }

  /** Chooses the keys in turn, but for a conversation always the same one: caches belong to the account behind it. */
  #chooseKey(free: readonly KeyState[], query: TargetQuery): KeyState | undefined {
    if (free.length <= 1) return free[0];
    const conversation = query.conversation();
    if (conversation !== undefined) return assigned(free, conversation, ({ index }) => `${this.id}/${index}`);
    const next = free.find(({ index }) => index >= this.#nextKey) ?? free[0];
    this.#nextKey = ((next?.index ?? 0) + 1) % this.#keys.length;
    return next;
  }

  /** Takes the next free key, and the probe when one is due. Call only when `isOpen`. */
  take(query: TargetQuery, now: number, wake = false): ChannelTarget {
    const use = this.#useOf(query);
    const state = this.#chooseKey(this.#keys.filter(this.#usable(use.model, now, query, wake)), query);
    this.health.begin(use, now);
    return new ChannelTarget(this, this.#parts, state, use);
  }

  /** Creates a target for a request of the operator, regardless of the circuits. */
  anyTarget(model: string): ChannelTarget {
    const use = this.#useOf({ model, kind: undefined, keyId: 0 });
    return new ChannelTarget(this, this.#parts, this.#keys[0], use);
  }

  /** As `Upstreams.pinned`. */
  pinnedTarget(mark: string, model: string): ChannelTarget | undefined {
    const state = this.#keys.find(({ key }) => keyMark(key) === mark);
    return state && new ChannelTarget(this, this.#parts, state, { kind: undefined, keyId: 0, model });
  }

  /** @param target must belong to this channel */
  report(target: ChannelTarget, outcome: AttemptOutcome, now: number, retryAfterMs?: number): void {
    this.health.report(target.use, outcome, now);
    const fault = keyFaultOf(outcome);
    if (fault === undefined) return;
    target.keyAtFault = true;
    if (outcome === 'refused') target.style.refused?.(target.key);
    const state = this.#keys.find(({ key }) => key === target.key);
    if (!state) return;
    const until = now + keyRestMs(outcome, retryAfterMs);
    if (fault === 'key') state.restsUntil = Math.max(state.restsUntil, until);
    else
      state.modelRestsUntil.set(
        target.model,
        Math.max(state.modelRestsUntil.get(target.model) ?? until, until),
      );
  }

  /** How many keys it has, and how many of them rest at least for some model. */
  keysAt(now: number): { readonly keys: number; readonly resting: number } {
    const known = this.#keys.filter(({ key }) => key !== undefined);
    const rests = ({ restsUntil, modelRestsUntil }: KeyState) =>
      now < restsUntil || modelRestsUntil.values().some((until) => now < until);
    return { keys: known.length, resting: known.filter(rests).length };
  }

  /**
   * `resting` means that no request is served, `partly` that the circuit of some model is open, for all API keys or
   * for one.
   */
  get state(): 'ready' | 'partly' | 'resting' {
    if (this.health.isBlank) return 'ready';
    if (this.health.disconnected) return 'resting';
    const resting = this.health.openModels();
    if (resting.length === 0) return 'ready';
    const closed = new Set(resting.flatMap(({ model, forAll }) => (forAll ? model : [])));
    return this.row.models.every((model) => closed.has(this.#mapping.get(model) ?? model))
      ? 'resting'
      : 'partly';
  }
}
