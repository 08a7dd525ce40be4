/** The interface for replacing the server secret: its state, and every value that is sealed under one. */
import type { SecretRing } from '../domain/secret-ring.ts';
import type { SecretState } from './secret-order.ts';

/**
 * In the order in which they are re-sealed. `proxies` = credentials of channels for their proxies, `receiptKeys` = what
 * signs receipts, `jobs` = answers of upstreams.
 */
export const sealedKinds = ['channels', 'proxies', 'receiptKeys', 'keys', 'contents', 'jobs'] as const;
export type SealedKind = (typeof sealedKinds)[number];

/** What the rows of a kind are ordered by: an id, or the id of a content or job that its clients know. */
export type SealedId = number | string;

/** Before every row of a kind. */
export const beforeFirst: Record<SealedKind, SealedId> = {
  channels: 0,
  proxies: 0,
  receiptKeys: 0,
  keys: 0,
  contents: '',
  jobs: '',
};

export interface SealedRow {
  readonly id: SealedId;
  /** What the value of a key is bound to. */
  readonly digest: Uint8Array | null;
  /** Null when nothing is sealed there, or it is sealed under the secret in question. */
  readonly sealed: Uint8Array | null;
}

/** At most `limit` rows after one id, up to another. */
export interface SealedRange {
  readonly after: SealedId;
  readonly upTo: SealedId;
  readonly limit: number;
}

export interface Resealed {
  readonly id: SealedId;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

export interface SealedCount {
  readonly kind: SealedKind;
  readonly total: number;
  /** How many of them are sealed under another secret than the one in question. */
  readonly others: number;
}

/** The progress of a rotation, for people. */
export interface SecretReport {
  /** Undefined = nothing was written yet. */
  readonly state: SecretState | undefined;
  /** `others` = not sealed under the current secret. */
  readonly counts: readonly SealedCount[];
  /** Nodes that run; empty where no other node can share the database. */
  readonly nodes: readonly NodeSecrets[];
}

export interface NodeSecrets {
  readonly name: string;
  readonly sealsUnderCurrent: boolean;
  /** Whether it knows every secret that the report was asked for with. */
  readonly knowsAll: boolean;
}

export interface SealedStore {
  /** Undefined = nothing was written yet. */
  state(): Promise<SecretState | undefined>;
  /**
   * Judges the secrets of this node, and stores a rotation that it starts.
   * @returns the names of nodes that do not know the new secret, because of which the rotation was not started
   * @throws HalleyError('store_unavailable') as `judgeSecrets`
   */
  admit(ring: SecretRing): Promise<readonly string[]>;
  /** The id of the last row there is; undefined = there is none. */
  last(kind: SealedKind): Promise<SealedId | undefined>;
  /**
   * The rows of a range, in their order, whatever they are sealed under: so the work is bounded.
   * @param prefix how values begin that need not be returned
   */
  list(kind: SealedKind, range: SealedRange, prefix: Uint8Array): Promise<readonly SealedRow[]>;
  /**
   * Replaces values that have not changed since, so that a change by another writer is kept.
   * @returns how many were replaced
   */
  replace(kind: SealedKind, changes: readonly Resealed[]): Promise<number>;
  /** Runs `work` unless another node runs the same. @returns whether it ran */
  unlessElsewhere(work: () => Promise<void>): Promise<boolean>;
  /** Names of nodes that seal under another secret than this one. */
  othersSealing(ring: SecretRing): Promise<readonly string[]>;
  /** The present time, for `finish`. */
  mark(): Promise<string>;
  /**
   * Records that nothing is sealed under the previous secret any more.
   * @param since the mark from before the pass that found nothing
   * @returns false when a node may have sealed under another secret since then, or there is no rotation
   */
  finish(ring: SecretRing, since: string): Promise<boolean>;
}
