/** Holds all channels: loads them from the store, indexes them for the hot path, and swaps them when they change. */

import type { ProtocolName } from '../domain/protocol-name.ts';
import { apisOf, protocolOf, type UpstreamApi } from '../domain/upstream-api.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import type { RandomBytes } from '../platform/random.ts';
import type { Settings } from '../platform/settings/schema.ts';
import type { ChannelRow, StoreBase } from '../store/store.ts';
import { Channel, ChannelTarget } from './channel.ts';
import { type ChannelTestResult, testTarget } from './channel-test.ts';
import { type BaseUrl, demoBaseUrl, parseBaseUrl, readChannelProxy } from './dialling.ts';
import { drawsFrom } from './draws.ts';
import { styleOf } from './kind-styles.ts';
import { readModelList } from './model-list.ts';
import { createDemoPool, createPool, demoPoolOrigin, type UpstreamPool } from './pools.ts';
import { proxyFor, type UpstreamProxy } from './proxies.ts';
import { select } from './selection.ts';
import type {
  AttemptOutcome,
  OfferedModel,
  PinnedTo,
  TargetQuery,
  Upstreams,
  UpstreamTarget,
} from './upstreams.ts';

export interface UpstreamsOptions {
  readonly store: Pick<StoreBase, 'listChannels'>;
  readonly settings: Settings['upstreams'];
  /** Unseals a channel's keys; empty when it has none. */
  readonly openKeys: (row: ChannelRow) => readonly string[];
  /** Unseals the credentials of a channel's proxy; undefined when it has none. */
  readonly openProxyAuth: (row: ChannelRow) => string | undefined;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** The address of the demo upstream; called only when a request is sent to it. */
  readonly demoOrigin: () => Promise<string> | string;
}

export interface ChannelState {
  readonly channelId: number;
  readonly name: string;
  /** `partly` means that the circuit of some model is open, for all API keys or for one. */
  readonly state: 'ready' | 'partly' | 'resting';
  /** Consecutive failures of the part that has most of them. */
  readonly failures: number;
  /** Upstream model names; empty if the channel cannot be connected to. */
  readonly openModels: readonly string[];
}

/** What of an enabled channel rests on this node, and until when, in milliseconds since 1970. */
export interface ChannelRests extends Pick<ChannelState, 'channelId' | 'state' | 'failures'> {
  /** Null = it can be connected to. */
  readonly connectionUntil: number | null;
  /** `forAll` = for all API keys. */
  readonly models: readonly { readonly model: string; readonly forAll: boolean; readonly until: number }[];
  readonly keys: number;
  readonly keysResting: number;
}

/** A request that was picked just before a reload still uses the old pool, so the pool stays open this long. */
const retireAfterMs = 1000;

const demoBase: BaseUrl = { origin: demoPoolOrigin, basePath: '', baseQuery: '', ownVersion: 'none' };

/** What the operator should check. */
const keyFaultTexts: Partial<Record<AttemptOutcome, string>> = {
  refused: 'an upstream refused a key of this channel: check it',
  used_up: 'the account behind a key of this channel is used up: check it',
  model_refused: 'an upstream refused a model to a key of this channel: check it',
};

/** A channel with the values that decide whether a reload can keep its pool, or all of it. */
interface Entry {
  readonly channel: Channel;
  /** To the hosts that issue its tokens. */
  readonly tokenPools: readonly UpstreamPool[];
  readonly poolSignature: string;
  readonly signature: string;
}

const poolsOf = ({ channel, tokenPools }: Entry): readonly UpstreamPool[] => [channel.pool, ...tokenPools];

export class UpstreamRegistry implements Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #draw: () => number;
  #entries: ReadonlyMap<number, Entry> = new Map();
  /** By API and model, highest priority first. Enabled channels only. */
  #offering: ReadonlyMap<UpstreamApi, ReadonlyMap<string, readonly Channel[]>> = new Map();
  readonly #retired = new Set<UpstreamPool>();
  #reloading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
    this.#draw = drawsFrom(options.random);
  }

  /**
   * Reloads the channels; the next pick uses them. In-flight requests finish on their old pool.
   * @throws HalleyError when the store cannot be read; the channels stay as they were
   */
  reload(): Promise<void> {
    // Reloads run in sequence, so that the last requested one is installed last.
    const run = this.#reloading.then(async () => this.#install(await this.#options.store.listChannels()));
    this.#reloading = run.catch(() => {});
    return run;
  }

  #install(rows: readonly ChannelRow[]): void {
    if (this.#closed) return;
    const before = this.#entries;
    const entries = new Map<number, Entry>();
    for (const row of rows) {
      try {
        entries.set(row.id, this.#makeEntry(row, before.get(row.id)));
      } catch (error) {
        const reason = error instanceof HalleyError ? error.message : 'its keys cannot be unsealed';
        this.#options.log.error({ channel: row.name }, `channel left out of service: ${reason}`);
      }
    }
    const kept = new Set([...entries.values()].flatMap(poolsOf));
    for (const pool of [...before.values()].flatMap(poolsOf)) if (!kept.has(pool)) this.#retire(pool);
    this.#entries = entries;
    this.#offering = indexByModel([...entries.values()].map(({ channel }) => channel));
  }

  #makeEntry(row: ChannelRow, old: Entry | undefined): Entry {
    const sealedKeys = row.sealedKeys && Buffer.from(row.sealedKeys).toString('base64');
    const sealedProxyAuth = row.sealedProxyAuth && Buffer.from(row.sealedProxyAuth).toString('base64');
    const signature = JSON.stringify({ ...row, sealedKeys, sealedProxyAuth });
    if (old?.signature === signature) return old;
    const { settings, demoOrigin } = this.#options;
    const demo = row.baseUrl === demoBaseUrl;
    const base = demo ? demoBase : parseBaseUrl(row.baseUrl, settings);
    const times = {
      connectMs: row.connectMs ?? settings.connect_ms,
      firstByteMs: row.firstByteMs ?? settings.first_byte_ms,
      idleChunkMs: row.idleChunkMs ?? settings.idle_chunk_ms,
    };
    const keys = this.#options.openKeys(row);
    const proxy = demo ? undefined : this.#proxyOf(row, base.origin);
    const poolSignature = JSON.stringify([base.origin, times, proxy]);
    const poolOptions = {
      ...times,
      origin: base.origin,
      connectionsMax: settings.connections_max,
      allowPrivate: settings.allow_private,
      proxy,
    };
    const makePool = () => (demo ? createDemoPool(poolOptions, demoOrigin) : createPool(poolOptions));
    const pool = old?.poolSignature === poolSignature ? old.channel.pool : makePool();
    const rest = { openAfterFailures: settings.open_after_failures, cooldownMs: settings.cooldown_ms };
    const tokenPools: UpstreamPool[] = [];
    const connectionsTo = (url: string): UpstreamPool => {
      const { origin } = parseBaseUrl(url, settings);
      const made = createPool({ ...poolOptions, origin, proxy: this.#proxyOf(row, origin) });
      tokenPools.push(made);
      return made;
    };
    const { clock } = this.#options;
    const { options, kind } = row;
    const style = styleOf(kind, { base, keys, options, connectionsTo, clock, timeoutMs: times.connectMs });
    const channel = new Channel({ row, pool, base, ...times, keys, rest, style });
    return { channel, tokenPools, poolSignature, signature };
  }

  /** @throws HalleyError('invalid_value') for a proxy that the settings forbid */
  #proxyOf(row: ChannelRow, origin: string): UpstreamProxy | undefined {
    const { settings, openProxyAuth } = this.#options;
    if (row.proxy !== null) readChannelProxy(row.proxy, settings);
    return proxyFor(origin, { proxy: row.proxy, credentials: openProxyAuth(row) }, settings);
  }

  #retire(pool: UpstreamPool): void {
    this.#retired.add(pool);
    const forget = () => this.#retired.delete(pool);
    this.#options.clock.after(retireAfterMs, () => void pool.close().then(forget, forget));
  }

  models(groups: readonly string[]): readonly OfferedModel[] {
    const found = new Map<string, { id: string; protocols: ProtocolName[]; createdAt: number }>();
    for (const [api, byModel] of this.#offering) {
      const protocol = protocolOf(api);
      if (protocol === undefined) continue;
      for (const [id, channels] of byModel) {
        const open = channels.filter((channel) => groups.some((group) => channel.groups.has(group)));
        if (open.length === 0) continue;
        const createdAt = Math.min(...open.map(({ row }) => row.createdAt));
        const model = found.get(id);
        if (!model) found.set(id, { id, protocols: [protocol], createdAt });
        else {
          model.protocols.push(protocol);
          model.createdAt = Math.min(model.createdAt, createdAt);
        }
      }
    }
    return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  offers(api: UpstreamApi, model: string, groups: readonly string[], pinned?: PinnedTo): boolean {
    const offering = this.#offeringOf(api, model, pinned) ?? [];
    return offering.some((channel) => groups.some((group) => channel.groups.has(group)));
  }

  #offeringOf(api: UpstreamApi, model: string, pinned: PinnedTo | undefined): readonly Channel[] | undefined {
    const offering = this.#offering.get(api)?.get(model);
    return pinned ? offering?.filter(({ row }) => row.id === pinned.channelId) : offering;
  }

  pick(query: TargetQuery): UpstreamTarget | 'unknown_model' | 'exhausted' {
    const { api, model, groups } = query;
    const offering = this.#offeringOf(api, model, query.pinned);
    if (!offering) return 'unknown_model';
    const now = this.#options.clock.monotonic();
    const preference = { conversation: query.conversation, draw: this.#draw };
    let chosen = select(offering, groups, (channel) => channel.isOpen(query, now), preference);
    // Keys in cooldown come last instead of never: the response of their upstream tells the client more than an
    // error of the gateway.
    const awake = chosen !== 'exhausted';
    if (!awake) chosen = select(offering, groups, (channel) => channel.isOpen(query, now, true), preference);
    return typeof chosen === 'string' ? chosen : chosen.take(query, now, !awake);
  }

  pinned(channelId: number, keyMark: string, upstreamModel: string): UpstreamTarget | undefined {
    return this.#entries.get(channelId)?.channel.pinnedTarget(keyMark, upstreamModel);
  }

  report(target: UpstreamTarget, outcome: AttemptOutcome, retryAfterMs?: number): void {
    if (!(target instanceof ChannelTarget)) return;
    const { channel } = target;
    const { log, clock } = this.#options;
    const before = channel.state;
    channel.report(target, outcome, clock.monotonic(), retryAfterMs);
    const { state } = channel;
    const about = { channel: target.channelName, model: target.model, outcome };
    const fault = keyFaultTexts[outcome];
    if (fault !== undefined) log.warn(about, fault);
    if (state === before) return;
    const counted = { ...about, failures: channel.health.failures };
    if (state === 'ready') log.info(counted, 'channel back in service');
    else log.warn(counted, `channel ${state === 'partly' ? 'partly ' : ''}rested after failures`);
  }

  refusesUsage(target: UpstreamTarget): void {
    if (!(target instanceof ChannelTarget) || !target.channel.asksForUsage) return;
    target.channel.asksForUsage = false;
    const about = { channel: target.channelName };
    this.#options.log.warn(about, 'this upstream refuses stream_options: its tokens are counted from now on');
  }

  lacks(target: UpstreamTarget, operation: string): void {
    if (!(target instanceof ChannelTarget)) return;
    target.channel.lacks(operation, target.model);
    const about = { channel: target.channelName, model: target.model, operation };
    this.#options.log.info(about, 'this upstream does not serve the operation for the model');
  }

  /** Returns the enabled channels, for metrics and checks. */
  states(): readonly ChannelState[] {
    return [...this.#entries.values()]
      .filter(({ channel }) => channel.row.state === 'enabled')
      .map(({ channel: { row, health, state } }) => ({
        channelId: row.id,
        name: row.name,
        state,
        failures: health.failures,
        openModels: health.openModels().map(({ model }) => model),
      }));
  }

  /** Returns what rests of the enabled channels, for operators. */
  rests(): readonly ChannelRests[] {
    const { clock } = this.#options;
    const now = clock.monotonic();
    const wall = (until: number) => Math.round(clock.now() + until - now);
    return [...this.#entries.values()]
      .filter(({ channel }) => channel.row.state === 'enabled')
      .map(({ channel }) => {
        const { connection, models } = channel.health.rests();
        const { keys, resting } = channel.keysAt(now);
        return {
          channelId: channel.row.id,
          state: channel.state,
          failures: channel.health.failures,
          connectionUntil: connection === undefined ? null : wall(connection),
          models: models.map((rest) => ({ ...rest, until: wall(rest.until) })),
          keys,
          keysResting: resting,
        };
      });
  }

  /**
   * Sends a small real request through a channel, enabled or not, and describes the result in plain words. Does not
   * affect the circuits. Never throws.
   * @param model as clients name it; default: the channel's first
   */
  async test(channelId: number, model?: string): Promise<ChannelTestResult> {
    const failed = (message: string) => ({ ok: false, ms: 0, message });
    const { channel } = this.#entries.get(channelId) ?? {};
    if (!channel) return failed('This channel is not in service. See the log for why, or check its id.');
    const asked = model ?? channel.row.models[0];
    const protocol = channel.row.protocols[0];
    if (asked === undefined || protocol === undefined) return failed('This channel offers no model.');
    return testTarget(channel.anyTarget(asked), protocol, {
      monotonic: () => this.#options.clock.monotonic(),
      random: this.#options.random,
    });
  }

  /**
   * Asks a channel's upstream for its list of models, over the channel's first protocol. Does not affect the circuits.
   * @throws HalleyError('refused') with the problem in plain words
   */
  async listModels(channelId: number): Promise<readonly string[]> {
    const entry = this.#entries.get(channelId);
    if (entry) return this.#listModels(entry);
    const message = 'This channel is not in service. See the log for why, or check its id.';
    throw new HalleyError('refused', { message });
  }

  /**
   * As `listModels`, of a channel that is not stored.
   * @throws HalleyError('invalid_value') when it could not be in service either
   */
  async listModelsOf(row: ChannelRow): Promise<readonly string[]> {
    const entry = this.#makeEntry(row, undefined);
    try {
      return await this.#listModels(entry);
    } finally {
      await Promise.all(poolsOf(entry).map((pool) => pool.destroy()));
    }
  }

  #listModels({ channel }: Entry): Promise<readonly string[]> {
    const [protocol = 'openai'] = channel.row.protocols;
    return readModelList(channel.anyTarget(''), protocol, this.#options.clock);
  }

  /** Closes every connection and aborts in-flight requests. */
  async close(): Promise<void> {
    this.#closed = true;
    const pools = new Set([...this.#retired, ...[...this.#entries.values()].flatMap(poolsOf)]);
    this.#entries = new Map();
    this.#offering = new Map();
    await Promise.all([...pools].map((pool) => pool.destroy()));
  }
}

function indexByModel(channels: readonly Channel[]): Map<UpstreamApi, Map<string, Channel[]>> {
  const index = new Map<UpstreamApi, Map<string, Channel[]>>();
  const inOrder = channels
    .filter(({ row }) => row.state === 'enabled')
    .sort((a, b) => b.priority - a.priority || a.row.id - b.row.id);
  for (const channel of inOrder) {
    for (const api of apisOf(channel.row.protocols, channel.options)) {
      const byModel = index.get(api) ?? new Map<string, Channel[]>();
      index.set(api, byModel);
      for (const model of new Set(channel.row.models)) {
        byModel.set(model, [...(byModel.get(model) ?? []), channel]);
      }
    }
  }
  return index;
}

/**
 * Loads and prepares the channels. Logs and omits a channel that cannot be used (a base URL that the settings
 * forbid, keys sealed under another secret).
 * @throws HalleyError when the store cannot be read
 */
export async function createUpstreams(options: UpstreamsOptions): Promise<UpstreamRegistry> {
  const registry = new UpstreamRegistry(options);
  await registry.reload();
  return registry;
}
