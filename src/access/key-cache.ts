/**
 * Caches key policies, read through from the store. Its rule: a policy that was read before an access change is
 * never installed, and never returned, after that change.
 */
import { LRUCache } from 'lru-cache';
import { limits } from '../platform/limits.ts';
import type { AccessChange, KeyWithAccount, StoreBase } from '../store/store.ts';
import { beginFill, endFill, type Fill, type Fills, makeStale } from './fills.ts';
import { compilePolicy, type KeyPolicy } from './key-policy.ts';

export interface KeyCacheOptions {
  readonly store: Pick<StoreBase, 'findKeyByDigest'>;
  readonly recordsMax: number;
  /** Number of cached digests without a key; undefined means the limit. */
  readonly unknownMax?: number;
  readonly selectableGroups: readonly string[];
}

/** A pending read, which equal lookups share. */
interface Reading {
  readonly fill: Fill;
  readonly done: Promise<Found>;
}

/** The result of a read; undefined when an access change made it stale. */
type Found = KeyPolicy | 'unknown' | undefined;

export class KeyCache {
  readonly #options: KeyCacheOptions;
  readonly #records: LRUCache<string, KeyPolicy>;
  readonly #unknown: LRUCache<string, true>;
  readonly #fills: Fills = new Set();
  readonly #readings = new Map<string, Reading>();
  /** Cached keys by account. */
  readonly #digestKeys = new Map<number, Set<string>>();
  #changes = 0;

  constructor(options: KeyCacheOptions) {
    this.#options = options;
    this.#unknown = new LRUCache({ max: options.unknownMax ?? limits.unknown_keys_max });
    this.#records = new LRUCache({
      max: options.recordsMax,
      dispose: (record, digestKey) => this.#forget(record, digestKey),
    });
  }

  /** @returns the policy, `unknown` when no key has this digest, undefined when the store must be read */
  get(digestKey: string): KeyPolicy | 'unknown' | undefined {
    return this.#records.get(digestKey) ?? (this.#unknown.has(digestKey) ? 'unknown' : undefined);
  }

  /** The number of access changes so far. */
  get changes(): number {
    return this.#changes;
  }

  /**
   * Reads one digest into the cache. Afterwards `get` returns it, unless a change or other entries have evicted it.
   */
  fill(digestKey: string, digest: Uint8Array): Promise<Found> {
    const running = this.#readings.get(digestKey);
    // Do not join a stale read: it began before a change that its caller may already know of.
    if (running && !running.fill.stale) return running.done;
    const fill = beginFill(this.#fills, digestKey);
    const done = this.#read(fill, digest);
    this.#readings.set(digestKey, { fill, done });
    return done;
  }

  async #read(fill: Fill, digest: Uint8Array): Promise<Found> {
    const { digestKey } = fill;
    try {
      // Mutated by tests: the read of a key
      const row = await this.#options.store.findKeyByDigest(digest);
      if (!endFill(this.#fills, fill)) return;
      if (row) return this.#install(digestKey, row);
      this.#unknown.set(digestKey, true);
      return 'unknown';
    } finally {
      endFill(this.#fills, fill);
      if (this.#readings.get(digestKey)?.fill === fill) this.#readings.delete(digestKey);
    }
  }

  #install(digestKey: string, row: KeyWithAccount): KeyPolicy {
    const record = compilePolicy(row, this.#options.selectableGroups);
    const digestKeys = this.#digestKeys.get(record.accountId) ?? new Set();
    // Insert this before the policy: the insertion may evict the last other key of its account.
    this.#records.set(digestKey, record);
    this.#digestKeys.set(record.accountId, digestKeys);
    digestKeys.add(digestKey);
    return record;
  }

  /** Evicts everything that the change may have made stale, including pending reads. */
  evict(change: AccessChange, digestKeyOf: (digest: Uint8Array) => string): void {
    this.#changes += 1;
    if (change.kind === 'key') {
      const digestKey = digestKeyOf(change.digest);
      makeStale(this.#fills, digestKey);
      this.#records.delete(digestKey);
      this.#unknown.delete(digestKey);
      return;
    }
    // The account of a pending read is unknown, so all of them become stale.
    makeStale(this.#fills, undefined);
    const digestKeys = this.#digestKeys.get(change.accountId) ?? [];
    for (const digestKey of [...digestKeys]) this.#records.delete(digestKey);
  }

  /** Empties the cache and makes pending reads stale. */
  clear(): void {
    this.#changes += 1;
    makeStale(this.#fills, undefined);
    this.#records.clear();
    this.#unknown.clear();
  }

  /** Returns some cached policies, most recently used first. */
  sample(count: number): readonly (readonly [digestKey: string, record: KeyPolicy])[] {
    return [...this.#records.entries()].slice(0, count);
  }

  #forget(record: KeyPolicy, digestKey: string): void {
    const digestKeys = this.#digestKeys.get(record.accountId);
    digestKeys?.delete(digestKey);
    if (digestKeys?.size === 0) this.#digestKeys.delete(record.accountId);
  }

  /** Number of cached policies, for metrics. */
  get size(): number {
    return this.#records.size;
  }
}
