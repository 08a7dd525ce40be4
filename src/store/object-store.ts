/** The interface for what upstreams store for clients. Times in milliseconds since 1970 UTC. */
import type { ProtocolName } from '../domain/protocol-name.ts';
import type { ObjectExtra, ObjectKind } from '../domain/upstream-object.ts';

/** One stored response, conversation, file or batch. */
export interface ObjectRow {
  readonly id: number;
  readonly kind: ObjectKind;
  /** As its client knows it. */
  readonly publicId: string;
  /** As the upstream knows it: the same, unless the gateway gives its own. */
  readonly upstreamId: string;
  readonly protocol: ProtocolName;
  readonly accountId: number;
  readonly keyId: number;
  /** Of the request that made it, which is the request id of its record. */
  readonly requestId: string;
  /** For which the channel served it. */
  readonly group: string;
  readonly channelId: number;
  readonly channelName: string;
  /** Tells which of the channel's keys it was made with (`keyMark`). */
  readonly channelKey: string;
  /** '' = it has none. */
  readonly model: string;
  readonly upstreamModel: string;
  readonly createdMs: number;
  /** Null = it lives until it is deleted. */
  readonly expiresMs: number | null;
  readonly extra: ObjectExtra;
}

export type NewObject = Omit<ObjectRow, 'id'>;

export interface ObjectFilter {
  readonly kind: ObjectKind;
  readonly accountId: number;
  /** Undefined = of any key. */
  readonly keyId?: number | undefined;
  readonly protocol?: ProtocolName | undefined;
}

export interface ObjectPage {
  readonly limit: number;
  /** By row id. */
  readonly order: 'asc' | 'desc';
  /** Only those that come after this one in the order. */
  readonly afterId?: number | undefined;
}

export interface ObjectStore {
  /**
   * Writes all of them in one transaction. One that the same key has at the same channel already is replaced.
   * @returns for each, false when the id belongs to another key at that channel: that row stays as it is
   */
  insert(objects: readonly NewObject[]): Promise<readonly boolean[]>;
  /** Those with an id, newest first. Several channels may have given the same. */
  find(kind: ObjectKind, publicId: string): Promise<readonly ObjectRow[]>;
  list(filter: ObjectFilter, page: ObjectPage): Promise<readonly ObjectRow[]>;
  setExtra(id: number, extra: ObjectExtra): Promise<void>;
  remove(id: number): Promise<void>;
  /** Removes up to `limit` that have expired. @returns how many */
  deleteExpired(nowMs: number, limit: number): Promise<number>;
}
