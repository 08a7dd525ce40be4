/**
 * Key records in memory, read through from the store. The one rule that everything rests on: a record that
 * was read before a change of its rights is never installed, and never handed out, after that change.
 */
import { LRUCache } from 'lru-cache';
import { limits } from '../platform/limits.ts';
import type { KeyWithAccount, RightsChange, StoreBase } from '../store/store.ts';
import { type AccessRecord, type AccountShare, compileRecord } from './access-record.ts';

export interface KeyMemoryOptions {
  readonly store: Pick<StoreBase, 'findKeyByDigest'>;
  readonly recordsMax: number;
  readonly selectableGroups: readonly string[];
  /** Units charged but not yet written to the store. */
  readonly pending: { ofKey(keyId: number): number; ofAccount(accountId: number): number };
}

/** One read under way; equal lookups share it. */
interface Fill {
  /** Set when a right changed since the read began: what it brings is stale. */
  stale: boolean;
  readonly done: Promise<Found>;
}

/** What a read brought; undefined = nothing, since a right changed meanwhile. */
type Found = AccessRecord | 'unknown' | undefined;

interface Tenancy {
  readonly share: AccountShare;
  readonly digestKeys: Set<string>;
}

export class KeyMemory {
  readonly #options: KeyMemoryOptions;
  readonly #records: LRUCache<string, AccessRecord>;
  readonly #unknown = new LRUCache<string, true>({ max: limits.unknown_keys_max });
  readonly #fills = new Map<string, Fill>();
  readonly #tenancies = new Map<number, Tenancy>();
  #changes = 0;

  constructor(options: KeyMemoryOptions) {
    this.#options = options;
    this.#records = new LRUCache({
      max: options.recordsMax,
      dispose: (record, digestKey) => this.#forget(record, digestKey),
    });
  }

  /** @returns the record, `unknown` when no key has this digest, undefined when the store must be asked */
  get(digestKey: string): AccessRecord | 'unknown' | undefined {
    return this.#records.get(digestKey) ?? (this.#unknown.has(digestKey) ? 'unknown' : undefined);
  }

  /** How many changes of rights there have been. */
  get changes(): number {
    return this.#changes;
  }

  /** Reads one digest into memory; afterwards `get` knows it, unless a right changed or others took its room. */
  fill(digestKey: string, digest: Uint8Array): Promise<Found> {
    const running = this.#fills.get(digestKey);
    // A stale read must not be joined: it began before the change that its caller may already know of.
    if (running && !running.stale) return running.done;
    const fill: Fill = { stale: false, done: this.#read(digestKey, digest, () => fill) };
    this.#fills.set(digestKey, fill);
    return fill.done;
  }

  async #read(digestKey: string, digest: Uint8Array, self: () => Fill): Promise<Found> {
    try {
      const row = await this.#options.store.findKeyByDigest(digest);
      if (self().stale) return;
      if (row) return this.#install(digestKey, row);
      this.#unknown.set(digestKey, true);
      return 'unknown';
    } finally {
      if (this.#fills.get(digestKey) === self()) this.#fills.delete(digestKey);
    }
  }

  #install(digestKey: string, row: KeyWithAccount): AccessRecord {
    const { pending, selectableGroups } = this.#options;
    const { account } = row;
    const tenancy = this.#tenancies.get(account.id) ?? {
      share: {
        accountId: account.id,
        unlimited: account.unlimitedQuota,
        remaining: account.quota - pending.ofAccount(account.id),
      },
      digestKeys: new Set<string>(),
    };
    const record = compileRecord(row, tenancy.share, selectableGroups, pending.ofKey(row.key.id));
    this.#records.set(digestKey, record);
    this.#tenancies.set(account.id, tenancy);
    tenancy.digestKeys.add(digestKey);
    return record;
  }

  /**
   * Takes units off what is left. Key and account are found apart: either may have been read anew since the
   * request began, with the other not.
   */
  spend(digestKey: string, accountId: number, units: number): void {
    const record = this.#records.peek(digestKey);
    if (record) record.remaining -= units;
    const tenancy = this.#tenancies.get(accountId);
    if (tenancy) tenancy.share.remaining -= units;
  }

  /** Forgets all that the change may have made untrue, and makes reads under way bring nothing. */
  evict(change: RightsChange, digestKeyOf: (digest: Uint8Array) => string): void {
    this.#changes += 1;
    if (change.kind === 'key') {
      const digestKey = digestKeyOf(change.digest);
      const fill = this.#fills.get(digestKey);
      if (fill) fill.stale = true;
      this.#records.delete(digestKey);
      this.#unknown.delete(digestKey);
      return;
    }
    // Which account a read under way will turn out to belong to is not known yet: all of them are stale.
    for (const fill of this.#fills.values()) fill.stale = true;
    const tenancy = this.#tenancies.get(change.accountId);
    for (const digestKey of [...(tenancy?.digestKeys ?? [])]) this.#records.delete(digestKey);
  }

  #forget(record: AccessRecord, digestKey: string): void {
    const tenancy = this.#tenancies.get(record.accountId);
    if (!tenancy) return;
    tenancy.digestKeys.delete(digestKey);
    if (tenancy.digestKeys.size === 0) this.#tenancies.delete(record.accountId);
  }

  /** Records held, for metrics. */
  get size(): number {
    return this.#records.size;
  }
}
