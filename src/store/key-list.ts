/** What a list of keys for people is asked for: a filter, an order, and what comes back. */
import type { KeyStatus } from '../domain/key.ts';
import type { KeyRisk } from '../domain/key-risk.ts';

/** A filter of keys; undefined = any. */
export interface KeyFilter {
  /** The keys of one account. */
  readonly accountId?: number | undefined;
  /** Keys that this account may manage; undefined = of any owner. */
  readonly scope?: { readonly id: number; readonly role: number } | undefined;
  /** Part of the name, whatever the case of ASCII letters, or part of the hint. */
  readonly text?: string | undefined;
  readonly statuses?: readonly KeyStatus[] | undefined;
  /** Of the key, or of its account where the key names none. */
  readonly group?: string | undefined;
  /** A model that the key may use. */
  readonly model?: string | undefined;
  readonly risk?: KeyRisk | undefined;
}

export const keySorts = ['created', 'name', 'last_used', 'used', 'remaining', 'expires'] as const;
export type KeySort = (typeof keySorts)[number];

/**
 * Names are ordered by code point, with ASCII letters in lower case. What is unlimited or never expires is the largest.
 * Equal keys are in the order of their ids, in the same direction.
 */
export interface KeyOrder {
  readonly by: KeySort;
  readonly descending: boolean;
}

/** How a look at keys is bounded, and when it happens. */
export interface KeyLook {
  /** Whole seconds since 1970 UTC, which status and risk depend on. */
  readonly now: number;
  /** The most keys that are looked at, newest first. */
  readonly keysMax: number;
}

export interface Looked {
  /** Whether all keys were looked at, rather than the newest `keysMax`. */
  readonly complete: boolean;
}

/** How many keys there are, and of which kinds. */
export interface KeyCounts extends Readonly<Record<KeyRisk, number>>, Looked {
  readonly total: number;
  readonly enabled: number;
  readonly disabled: number;
  readonly expired: number;
  readonly exhausted: number;
}
