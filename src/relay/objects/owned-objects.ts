/**
 * The one rule of what upstreams store for clients: who may use it, and where requests that name it go. The upstream's
 * account is shared, so that an id says nothing about its owner: the row does.
 */
import { mayUse, type SharePolicy } from '../../domain/ownership.ts';
import type { ObjectKind } from '../../domain/upstream-object.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { NewObject, ObjectRow, ObjectStore } from '../../store/object-store.ts';
import type { Upstreams, UpstreamTarget } from '../../upstreams/upstreams.ts';

export interface OwnedObjectsOptions {
  readonly store: ObjectStore;
  readonly upstreams: Pick<Upstreams, 'pinned'>;
  readonly share: SharePolicy;
}

/** `keyId` undefined = a session of the account. */
export interface Caller {
  readonly accountId: number;
  readonly keyId: number | undefined;
}

interface Waiting {
  readonly object: NewObject;
  readonly written: PromiseWithResolvers<boolean>;
}

export class OwnedObjects {
  readonly #options: OwnedObjectsOptions;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(options: OwnedObjectsOptions) {
    this.#options = options;
  }

  /**
   * @throws HalleyError('object_not_found') also for one of somebody else: to them it does not exist;
   * `store_unavailable`
   */
  async find(kind: ObjectKind, publicId: string, caller: Caller): Promise<ObjectRow> {
    const { store, share } = this.#options;
    const isId = publicId !== '' && publicId.length <= limits.object_id_chars_max;
    const rows = isId ? await store.find(kind, publicId) : [];
    const row = rows.find((each) => mayUse(each, caller, share));
    if (row) return row;
    throw new HalleyError('object_not_found');
  }

  /**
   * Where an object lies: its channel, by the same of the channel's keys. There is no other place.
   * @param groups of the caller, which must still include one that the channel serves
   * @throws HalleyError('object_channel_gone')
   */
  targetOf(row: ObjectRow, groups: readonly string[]): UpstreamTarget {
    const target = this.#options.upstreams.pinned(row.channelId, row.channelKey, row.upstreamModel);
    if (target?.isEnabled && groups.some((group) => target.groups.has(group))) return target;
    const log = `the channel "${row.channelName}" of ${row.kind} ${row.publicId} is gone, disabled, or has another key`;
    throw new HalleyError('object_channel_gone', { log });
  }

  /**
   * Writes an object. What comes while a write runs is written together afterwards.
   * @returns as `ObjectStore.insert`
   */
  note(object: NewObject): Promise<boolean> {
    const written = Promise.withResolvers<boolean>();
    this.#waiting.push({ object, written });
    if (!this.#isWriting) void this.#write();
    return written.promise;
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, limits.objects_written_max);
      try {
        const outcomes = await this.#options.store.insert(batch.map(({ object }) => object));
        for (const [at, { written }] of batch.entries()) written.resolve(outcomes[at] === true);
      } catch (thrown) {
        for (const { written } of batch) written.reject(thrown);
      }
    }
    this.#isWriting = false;
  }

  /** Forgets an object that its upstream has deleted. */
  remove({ id }: ObjectRow): Promise<void> {
    return this.#options.store.remove(id);
  }
}
