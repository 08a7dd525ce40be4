/**
 * Finds and authorizes the key of a request, and applies access changes to the key cache and the in-flight requests of
 * this node.
 */
import { digestText } from '../domain/digest.ts';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import type { RunningCount, RunningSubject } from '../store/coordination.ts';
import type { AccessChange, KeyWithAccount, StoreBase } from '../store/store.ts';
import { authorize, type RequestContext } from './authorize.ts';
import { findStaleEntries } from './cache-consistency.ts';
import { findUncovered } from './coverage.ts';
import { type InFlightRequest, InFlightRequests } from './in-flight-requests.ts';
import { KeyCache, type KeyCacheOptions } from './key-cache.ts';
import { compilePolicy, type KeyPolicy } from './key-policy.ts';
import type { KeyValues } from './key-values.ts';
import { type LastAdmission, LastAdmissions } from './last-admissions.ts';

export interface AccessOptions extends Omit<KeyCacheOptions, 'store'> {
  readonly store: Pick<StoreBase, 'findKeyByDigest' | 'findKeyById'>;
  readonly values: KeyValues;
  readonly clock: Clock;
  readonly lease: Lease;
  /** Called for a request with a well-formed value that belongs to no key. */
  readonly onUnknownKey: (digest: Uint8Array, clientAddress: string) => void;
  /** `strict` means that the cache is not used: each request reads the store. */
  readonly mode: 'leased' | 'strict';
  /** `drain` lets in-flight requests finish when their right is revoked. */
  readonly inFlight: 'abort' | 'drain';
}

/** Whether this node may admit requests and continue in-flight ones. */
export interface Lease {
  mayServe(): boolean;
  /** @throws HalleyError('store_unavailable') when the node may not serve for longer than a request can wait */
  untilServing(): Promise<void>;
}

/** What the enforcement of a change did on this node. */
export interface Enforcement {
  /** Requests that the change could be about. */
  readonly found: number;
  /** Those of them that it aborted while they ran. */
  readonly ended: number;
}

/** The lease of a node with a database of its own, where no other node can revoke access. */
export const alone: Lease = { mayServe: () => true, untilServing: async () => undefined };

/** A key that exists. It is valid only now: check it again after any wait. */
export interface Admission {
  readonly digestKey: string;
  readonly digest: Uint8Array;
  readonly record: KeyPolicy;
  /** For a policy that was just read: it need not be read again while the number of access changes is the same. */
  readonly changes?: number;
}

/**
 * What a request presents as its key: the value as it was sent, or the digest of a key that its signed-in owner named
 * by id.
 */
export type PresentedKey = string | Uint8Array | undefined;

/** A parsed credential. It does not say whether its key exists. */
interface ParsedRequest {
  readonly credential: string;
  readonly digest: Uint8Array;
  readonly digestKey: string;
}

// Created once: in a flood of bad keys, creating errors would cost as much as the check.
const malformedKey = new HalleyError('invalid_api_key', { log: 'no or malformed key' });
const unknownKey = new HalleyError('invalid_api_key', { log: 'unknown key' });

export class Access {
  readonly inFlightRequests = new InFlightRequests();
  /** Responses that clients may not have received completely. */
  readonly unread = new InFlightRequests();
  readonly #options: AccessOptions;
  readonly #cache: KeyCache;
  /** The last credential of each connection, since clients repeat it and hashing is expensive. */
  readonly #understood = new WeakMap<object, ParsedRequest>();
  readonly #admissions: LastAdmissions;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#cache = new KeyCache(options);
    this.#admissions = new LastAdmissions(options.recordsMax, options.clock.now());
  }

  /**
   * Finds the key that a request presents; returns no promise when the key is cached.
   * @param connection connection of the request
   * @param clientAddress address of the client
   * @throws HalleyError('invalid_api_key') also as a rejection; `store_unavailable` when the key must be read and
   * cannot be, or when this node may not serve
   */
  find(presented: PresentedKey, connection: object, clientAddress: string): Admission | Promise<Admission> {
    if (presented instanceof Uint8Array) return this.#find(presented, digestText(presented), clientAddress);
    const parsed = this.#understand(presented, connection);
    return parsed instanceof Promise
      ? parsed.then(({ digest, digestKey }) => this.#find(digest, digestKey, clientAddress))
      : this.#find(parsed.digest, parsed.digestKey, clientAddress);
  }

  #find(digest: Uint8Array, digestKey: string, clientAddress: string): Admission | Promise<Admission> {
    try {
      const isServing = this.#options.lease.mayServe();
      const known = isServing ? this.#known(digestKey, digest) : undefined;
      if (known) return known;
      const reading = isServing ? this.#read(digestKey, digest) : this.#later(digestKey, digest);
      return reading.catch((error: unknown) => this.#refuse(error, digest, clientAddress));
    } catch (error) {
      return this.#refuse(error, digest, clientAddress);
    }
  }

  #refuse(error: unknown, digest: Uint8Array, clientAddress: string): never {
    if (error === unknownKey) this.#options.onUnknownKey(digest, clientAddress);
    throw error;
  }

  async #later(digestKey: string, digest: Uint8Array): Promise<Admission> {
    await this.#options.lease.untilServing();
    return this.#known(digestKey, digest) ?? this.#read(digestKey, digest);
  }

  /** Reads without the cache: the result was valid after the request had arrived. */
  async #readAlone(digestKey: string, digest: Uint8Array): Promise<Admission> {
    const { changes } = this.#cache;
    const row = await this.#options.store.findKeyByDigest(digest);
    if (!row) throw unknownKey;
    return { digestKey, digest, record: compilePolicy(row, this.#options.selectableGroups), changes };
  }

  #understand(credential: string | undefined, connection: object): ParsedRequest | Promise<ParsedRequest> {
    const last = this.#understood.get(connection);
    if (last !== undefined && last.credential === credential) return last;
    if (credential === undefined) throw malformedKey;
    const digest = this.#options.values.digestOf(credential);
    return digest instanceof Promise
      ? digest.then((read) => this.#remember(credential, read, connection))
      : this.#remember(credential, digest, connection);
  }

  #remember(credential: string, digest: Uint8Array | undefined, connection: object): ParsedRequest {
    if (digest === undefined) throw malformedKey;
    const understood = { credential, digest, digestKey: digestText(digest) };
    this.#understood.set(connection, understood);
    return understood;
  }

  /** Returns the cached policy, if the cache is used. */
  #known(digestKey: string, digest: Uint8Array): Admission | undefined {
    if (this.#options.mode === 'strict') return undefined;
    const record = this.#cache.get(digestKey);
    if (record === 'unknown') throw unknownKey;
    return record && { digestKey, digest, record };
  }

  #read(digestKey: string, digest: Uint8Array): Promise<Admission> {
    return this.#options.mode === 'strict'
      ? this.#readAlone(digestKey, digest)
      : this.#readThrough(digestKey, digest);
  }

  /** Reads into the cache. */
  async #readThrough(digestKey: string, digest: Uint8Array): Promise<Admission> {
    for (;;) {
      const { changes } = this.#cache;
      const record = await this.#cache.fill(digestKey, digest);
      // Use only the present cache entry: a change may have evicted the policy since the read ended.
      const known = this.#known(digestKey, digest);
      if (known) return known;
      if (record === undefined || changes !== this.#cache.changes) continue;
      // There are more active keys than the cache holds. Repeating the read could starve this request.
      if (record === 'unknown') throw unknownKey;
      return { digestKey, digest, record, changes };
    }
  }

  /** Returns the present admission; a promise when the policy must be read again. */
  refresh(admission: Admission): Admission | Promise<Admission> {
    const { digestKey, digest, record, changes } = admission;
    if (!this.#options.lease.mayServe()) return this.#later(digestKey, digest);
    const known = this.#known(digestKey, digest);
    if (known) return known;
    return changes === this.#cache.changes
      ? { digestKey, digest, record, changes }
      : this.#read(digestKey, digest);
  }

  /**
   * Acts on an admission in the turn in which it is found to be current, so that no change can come between.
   * @param found what `find` or `refresh` returned
   * @returns what `act` returns; a promise of it when the key must be read
   */
  whenCurrent<T>(
    found: Admission | Promise<Admission>,
    act: (admission: Admission) => T,
  ): T | Promise<Awaited<T>> {
    return found instanceof Promise ? this.#onceCurrent(found, act) : act(found);
  }

  async #onceCurrent<T>(reading: Promise<Admission>, act: (admission: Admission) => T): Promise<Awaited<T>> {
    let found: Admission | Promise<Admission> = reading;
    while (found instanceof Promise) found = this.refresh(await found);
    return await act(found);
  }

  /** Whether in-flight requests are aborted when their right is revoked. */
  get endsRunning(): boolean {
    // Mutated by tests: a revocation aborts requests
    return this.#options.inFlight === 'abort';
  }

  /** Whether in-flight requests may continue; when not, all of them have been aborted by now. */
  mayContinue(): boolean {
    return this.#options.inFlight === 'drain' || this.#options.lease.mayServe();
  }

  /** Admits the request now. Throws the error of the first check that fails. */
  check(record: KeyPolicy, context: RequestContext): void {
    const now = this.#options.clock.now();
    const error = authorize(record, context, now);
    if (error) throw error;
    // Mutated by tests: an admission is noted
    this.#admissions.note(record.keyId, now);
  }

  /** How many requests of these keys run on this node. */
  running(subject: RunningSubject): RunningCount {
    const found =
      'accountId' in subject
        ? this.inFlightRequests.ofAccount(subject.accountId)
        : subject.keyIds.flatMap((id) => this.inFlightRequests.ofKey(id));
    return { running: found.length, sockets: found.filter(({ isSocket }) => isSocket).length };
  }

  /** When this node last admitted a request of the key. */
  lastAdmission(keyId: number): LastAdmission {
    return this.#admissions.of(keyId);
  }

  /** Evicts what a change may have made stale. Synchronous: nothing may run between commit and this. */
  evict(change: AccessChange): void {
    this.#options.values.note(change);
    this.#cache.evict(change, digestText);
  }

  /**
   * Aborts the in-flight requests that would not be admitted any more; resolves when that is done. When their policy
   * cannot be read, it aborts them all: it fails closed.
   */
  async enforce(change: AccessChange): Promise<Enforcement> {
    if (!this.endsRunning) return { found: 0, ended: 0 };
    const [running, unread] = [this.inFlightRequests, this.unread].map((those) =>
      change.kind === 'key' ? those.ofKey(change.keyId) : those.ofAccount(change.accountId),
    ) as [readonly InFlightRequest[], readonly InFlightRequest[]];
    const all = [...running, ...unread];
    const byKey = Map.groupBy(all, (request) => request.keyId);
    const aborted = await Promise.all([...byKey].map(([keyId, ofKey]) => this.#enforceKey(keyId, ofKey)));
    const ended = new Set(aborted.flat());
    return { found: all.length, ended: running.filter((request) => ended.has(request)).length };
  }

  /** Empties the cache, for a node that cannot know which changes it has missed. Synchronous. */
  forget(): void {
    this.#options.values.forget();
    this.#cache.clear();
  }

  /**
   * Aborts all in-flight requests; resolves when that is done.
   * @param withinMs as of `InFlightRequest.abort`
   */
  async endAll(error: HalleyError, withinMs: number): Promise<void> {
    if (!this.endsRunning) return;
    const all = [...this.inFlightRequests.all(), ...this.unread.all()];
    await Promise.all(all.map((request) => request.abort(error, withinMs)));
  }

  /** @returns those that were aborted */
  async #enforceKey(
    keyId: number,
    inFlightRequests: readonly InFlightRequest[],
  ): Promise<readonly InFlightRequest[]> {
    const row = await this.#readFresh(keyId);
    const record = row && compilePolicy(row, this.#options.selectableGroups);
    const now = this.#options.clock.now();
    const uncovered = row && findUncovered(row, Math.floor(now / 1000));
    const aborting = inFlightRequests.map(async (request) => {
      const error =
        authorize(record, request.context, now) ?? uncovered ?? (record && (await request.cover(record)));
      const reason = error?.code === 'invalid_api_key' ? new HalleyError('key_revoked') : error;
      if (!reason) return [];
      await request.abort(reason, limits.delivery_ms_max);
      return [request];
    });
    return (await Promise.all(aborting)).flat();
  }

  async #readFresh(keyId: number): Promise<KeyWithAccount | undefined> {
    try {
      return await this.#options.store.findKeyById(keyId);
    } catch {
      return undefined;
    }
  }

  /**
   * Compares some cached policies with the database, and evicts those that are stale.
   * @param caughtUp see `ConsistencyCheckOptions.caughtUp`
   */
  async checkCache(
    store: Pick<StoreBase, 'findKeysByDigests'>,
    caughtUp: () => Promise<void>,
    count: number,
  ): Promise<{ readonly checked: number; readonly wrong: number }> {
    const sample = this.#cache.sample(count);
    const { selectableGroups } = this.#options;
    const cached = (digestKey: string) => {
      const record = this.#cache.get(digestKey);
      return record === 'unknown' ? undefined : record;
    };
    const wrong = await findStaleEntries(sample, { store, selectableGroups, cached, caughtUp });
    for (const [digestKey, { keyId }] of wrong) {
      this.evict({ kind: 'key', keyId, digest: Buffer.from(digestKey, 'latin1') });
    }
    return { checked: sample.length, wrong: wrong.length };
  }

  /** Cached key policies, for metrics. */
  get recordsHeld(): number {
    return this.#cache.size;
  }
}
