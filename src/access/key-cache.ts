/**
 * Caches key policies, read through from the store. The rule that everything rests on: a policy that was read before a
 * change of its rights is never installed, and never handed out, after that change.
 */
import { LRUCache } from 'lru-cache';
import { limits } from '../platform/limits.ts';
import type { AccessChange, KeyWithAccount, StoreBase } from '../store/store.ts';
import { beginFill, endFill, type Fill, type Fills, makeStale } from './fills.ts';
import { compilePolicy, type KeyPolicy } from './key-policy.ts';

export interface KeyCacheOptions {
  readonly store: Pick<StoreBase, 'findKeyByDigest'>;
  readonly recordsMax: number;
  /** Digests that no key has; undefined = as many as the limit says. */
  readonly unknownMax?: number;
  readonly selectableGroups: readonly string[];
}

/** One read under way; equal lookups share it. */
interface Reading {
  readonly fill: Fill;
  readonly done: Promise<Found>;
}

/** What a read brought; undefined = nothing, since a right changed meanwhile. */
type Found = KeyPolicy | 'unknown' | undefined;

export class KeyCache {
  readonly #options: KeyCacheOptions;
  readonly #records: LRUCache<string, KeyPolicy>;
  readonly #unknown: LRUCache<string, true>;
  readonly #fills: Fills = new Set();
  readonly #readings = new Map<string, Reading>();
  /** By account, what is held of its keys. */
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

  /** @returns the record, `unknown` when no key has this digest, undefined when the store must be asked */
  get(digestKey: string): KeyPolicy | 'unknown' | undefined {
    return this.#records.get(digestKey) ?? (this.#unknown.has(digestKey) ? 'unknown' : undefined);
  }

  /** How many access changes there have been. */
  get changes(): number {
    return this.#changes;
  }

  /** Reads one digest into the cache; afterwards `get` knows it, unless a right changed or others took its room. */
  fill(digestKey: string, digest: Uint8Array): Promise<Found> {
    const running = this.#readings.get(digestKey);
    // A stale read must not be joined: it began before the change that its caller may already know of.
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
    // Before it goes in: making room for it may put out the last other key of its account.
    this.#records.set(digestKey, record);
    this.#digestKeys.set(record.accountId, digestKeys);
    digestKeys.add(digestKey);
    return record;
  }

  /** Evicts all that the change may have made stale, and makes reads under way bring nothing. */
  evict(change: AccessChange, digestKeyOf: (digest: Uint8Array) => string): void {
    this.#changes += 1;
    if (change.kind === 'key') {
      const digestKey = digestKeyOf(change.digest);
      makeStale(this.#fills, digestKey);
      this.#records.delete(digestKey);
      this.#unknown.delete(digestKey);
      return;
    }
    // Which account a read under way will turn out to belong to is not known yet: all of them are stale.
    makeStale(this.#fills, undefined);
    const digestKeys = this.#digestKeys.get(change.accountId) ?? [];
    for (const digestKey of [...digestKeys]) this.#records.delete(digestKey);
  }

  /** Empties the cache, and makes reads under way bring nothing. */
  clear(): void {
    this.#changes += 1;
    makeStale(this.#fills, undefined);
    this.#records.clear();
    this.#unknown.clear();
  }

  /** Some of the records held, those used last first. */
  sample(count: number): readonly (readonly [digestKey: string, record: KeyPolicy])[] {
    return [...this.#records.entries()].slice(0, count);
  }

  #forget(record: KeyPolicy, digestKey: string): void {
    const digestKeys = this.#digestKeys.get(record.accountId);
    digestKeys?.delete(digestKey);
    if (digestKeys?.size === 0) this.#digestKeys.delete(record.accountId);
  }

  /** Records held, for metrics. */
  get size(): number {
    return this.#records.size;
  }
}
