/** One channel at work: its row made ready for the hot path, with its keys, its health and its pool. */
import type { ChannelRow } from '../store/store.ts';
import type { BaseUrl } from './dialling.ts';
import { ChannelHealth, isKeyFault, keyRestMs, type RestRules } from './health.ts';
import type { UpstreamPool } from './pools.ts';
import type { Candidate } from './selection.ts';
import type { AttemptOutcome, UpstreamTarget } from './upstreams.ts';

export interface ChannelParts {
  readonly row: ChannelRow;
  readonly pool: UpstreamPool;
  readonly base: BaseUrl;
  readonly firstByteMs: number;
  readonly idleChunkMs: number;
  /** The upstream's keys, unsealed; empty when it needs none. */
  readonly keys: readonly string[];
  readonly rest: RestRules;
}

/** A target that knows its channel, so that reports find the very state that the attempt was made with. */
export class ChannelTarget implements UpstreamTarget {
  readonly channel: Channel;
  readonly channelId: number;
  readonly channelName: string;
  readonly groups: ReadonlySet<string>;
  readonly connections: UpstreamPool;
  readonly origin: string;
  readonly base: BaseUrl;
  readonly key: string | undefined;
  readonly model: string;
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly firstByteMs: number;
  readonly idleChunkMs: number;
  /** Whether the attempt failed by its key alone, so that another key may serve the same request. */
  keyAtFault = false;

  constructor(channel: Channel, parts: ChannelParts, key: string | undefined, model: string) {
    this.channel = channel;
    this.channelId = parts.row.id;
    this.channelName = parts.row.name;
    this.groups = channel.groups;
    this.connections = parts.pool;
    this.origin = parts.base.origin;
    this.base = parts.base;
    this.key = key;
    this.model = model;
    this.extraHeaders = parts.row.extraHeaders;
    this.firstByteMs = parts.firstByteMs;
    this.idleChunkMs = parts.idleChunkMs;
  }
}

interface KeyState {
  readonly key: string | undefined;
  restsUntil: number;
}

export class Channel implements Candidate {
  readonly row: ChannelRow;
  readonly pool: UpstreamPool;
  readonly groups: ReadonlySet<string>;
  readonly priority: number;
  readonly weight: number;
  readonly health: ChannelHealth;
  readonly #parts: ChannelParts;
  readonly #keys: readonly KeyState[];
  readonly #mapping: ReadonlyMap<string, string>;
  #nextKey = 0;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
    this.row = parts.row;
    this.pool = parts.pool;
    this.groups = new Set(parts.row.groups);
    this.priority = parts.row.priority;
    this.weight = parts.row.weight;
    this.health = new ChannelHealth(parts.rest);
    const keys = parts.keys.length === 0 ? [undefined] : [...new Set(parts.keys)];
    this.#keys = keys.map((key) => ({ key, restsUntil: Number.NEGATIVE_INFINITY }));
    this.#mapping = new Map(Object.entries(parts.row.modelMapping));
  }

  /**
   * Whether a request that has tried these targets may be sent here now.
   * @param wake whether a resting key will do
   */
  isOpen(now: number, tried: readonly UpstreamTarget[], wake = false): boolean {
    return this.health.mayTry(now) && this.#freeKey(now, tried, wake) !== undefined;
  }

  /** The keys take turns. */
  #freeKey(now: number, tried: readonly UpstreamTarget[], wake: boolean): KeyState | undefined {
    const mine = tried.filter(({ channelId }) => channelId === this.row.id);
    if (mine.some((target) => !(target instanceof ChannelTarget && target.keyAtFault))) return undefined;
    for (let step = 0; step < this.#keys.length; step += 1) {
      const state = this.#keys[(this.#nextKey + step) % this.#keys.length];
      if (state && (wake || now >= state.restsUntil) && !mine.some(({ key }) => key === state.key))
        return state;
    }
    return undefined;
  }

  /** Takes the next free key, and the trial when one is due. Call only when `isOpen`. */
  take(model: string, now: number, tried: readonly UpstreamTarget[], wake = false): ChannelTarget {
    const state = this.#freeKey(now, tried, wake);
    this.#nextKey = state ? (this.#keys.indexOf(state) + 1) % this.#keys.length : 0;
    this.health.begin(now);
    return this.#target(model, state?.key);
  }

  /** A target for a request of the operator's own, whatever the state of the channel. */
  anyTarget(model: string): ChannelTarget {
    return this.#target(model, this.#keys[0]?.key);
  }

  #target(model: string, key: string | undefined): ChannelTarget {
    return new ChannelTarget(this, this.#parts, key, this.#mapping.get(model) ?? model);
  }

  /** @param target one of this channel's own */
  report(target: ChannelTarget, outcome: AttemptOutcome, now: number, retryAfterMs?: number): void {
    if (outcome === 'ok') {
      this.health.succeed();
    } else if (isKeyFault(outcome)) {
      this.health.succeed();
      target.keyAtFault = true;
      const state = this.#keys.find(({ key }) => key === target.key);
      if (state) state.restsUntil = Math.max(state.restsUntil, now + keyRestMs(outcome, retryAfterMs));
    } else {
      this.health.fail(now);
    }
  }
}
