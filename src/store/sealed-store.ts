/** What both engines offer for replacing the server secret: its state, and every value that is sealed under one. */
import type { SecretRing } from '../domain/secret-ring.ts';
import type { SecretState } from './secret-order.ts';

/** In the order in which they are re-sealed. `proxies` = credentials of channels for their proxies. */
export const sealedKinds = ['channels', 'proxies', 'keys', 'contents'] as const;
export type SealedKind = (typeof sealedKinds)[number];

/** What the rows of a kind are ordered by: an id, or the request id of a content. */
export type SealedId = number | string;

/** Before every row of a kind. */
export const beforeFirst: Record<SealedKind, SealedId> = {
  channels: 0,
  proxies: 0,
  keys: 0,
  contents: '',
};

export interface SealedRow {
  readonly id: SealedId;
  /** Of a key: what its value is bound to. */
  readonly digest: Uint8Array | null;
  /** Null when nothing is sealed there, or it is sealed under the secret that was asked for. */
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
  /** How many of them are not sealed under the secret that was asked for. */
  readonly others: number;
}

/** How far a rotation is, for people. */
export interface SecretReport {
  /** Undefined = nothing was written yet. */
  readonly state: SecretState | undefined;
  /** `others` = not sealed under the current secret. */
  readonly counts: readonly SealedCount[];
  /** Those that run; empty where nobody can share the database. */
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
   * Judges the secrets of this node, and notes a rotation that it begins.
   * @returns the names of nodes that do not know the new secret, because of which the rotation was not begun
   * @throws HalleyError('store_unavailable') as `judgeSecrets`
   */
  admit(ring: SecretRing): Promise<readonly string[]>;
  /** The id of the last row there is; undefined = there is none. */
  last(kind: SealedKind): Promise<SealedId | undefined>;
  /**
   * The rows of a range, in their order, whatever they are sealed under: so the work is bounded.
   * @param prefix how texts begin that need not be returned
   */
  list(kind: SealedKind, range: SealedRange, prefix: Uint8Array): Promise<readonly SealedRow[]>;
  /**
   * Replaces those that are still what they were, so that a change that somebody else made is kept.
   * @returns how many were replaced
   */
  replace(kind: SealedKind, changes: readonly Resealed[]): Promise<number>;
  /** Runs `work` unless another node runs the same. @returns whether it ran */
  unlessElsewhere(work: () => Promise<void>): Promise<boolean>;
  /** Names of nodes that seal under another secret than this one. */
  othersSealing(ring: SecretRing): Promise<readonly string[]>;
  /** The present, for `finish`. */
  mark(): Promise<string>;
  /**
   * Notes that nothing is sealed under the previous secret any more.
   * @param since the mark from before the look that found nothing
   * @returns false when a node may have sealed under another secret since then, or there is no rotation
   */
  finish(ring: SecretRing, since: string): Promise<boolean>;
}
