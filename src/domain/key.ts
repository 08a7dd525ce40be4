/** Types of a key, apart from its secret value. Pure. */
import type { BudgetChange, BudgetState } from './budget.ts';

export type KeyState = 'enabled' | 'disabled';

/** The status numbers of the compatible API. Expired and exhausted are worked out, never stored. */
export const keyStatus = { enabled: 1, disabled: 2, expired: 3, exhausted: 4 } as const;
export type KeyStatus = (typeof keyStatus)[keyof typeof keyStatus];

/** A key as the store keeps it. Times are whole seconds since 1970 UTC; quota is in units. */
export interface KeyRow extends BudgetState {
  readonly id: number;
  readonly accountId: number;
  /** SHA-256 of the value without its prefix, 32 bytes. */
  readonly digest: Uint8Array;
  /** The value under AES-256-GCM, or null where keys are revealed once only. */
  readonly sealed: Uint8Array | null;
  /** Start and end of the value, to tell keys apart: `sk-abcd…wxyz`. */
  readonly hint: string;
  readonly name: string;
  readonly state: KeyState;
  readonly createdAt: number;
  /** Seconds since 1970; 0 = never. */
  readonly accessedAt: number;
  /** -1 = never. */
  readonly expiresAt: number;
  readonly remainQuota: number;
  readonly unlimitedQuota: boolean;
  readonly usedQuota: number;
  /** Units held by requests that are running; `remainQuota` still includes them. */
  readonly reserved: number;
  readonly modelLimitsEnabled: boolean;
  /** Model ids, comma separated, as the owner wrote them (normalised). */
  readonly modelLimits: string;
  /** Addresses and CIDR ranges, newline separated; null or empty = any address. */
  readonly allowIps: string | null;
  /** Empty = the group of the account. */
  readonly group: string;
  readonly crossGroupRetry: boolean;
  /** 0 = no limit, as for the next two. */
  readonly requestsPerMinute: number;
  readonly tokensPerMinute: number;
  /** Requests running at a time. */
  readonly concurrentRequests: number;
  /** Days that prompts and responses are kept; 0 = they are not kept at all. */
  readonly contentDays: number;
}

/** The fields an owner may set. */
export type KeyFields = Pick<
  KeyRow,
  | 'name'
  | 'state'
  | 'expiresAt'
  | 'remainQuota'
  | 'unlimitedQuota'
  | 'modelLimitsEnabled'
  | 'modelLimits'
  | 'allowIps'
  | 'group'
  | 'crossGroupRetry'
  | 'budget'
  | 'requestsPerMinute'
  | 'tokensPerMinute'
  | 'concurrentRequests'
  | 'contentDays'
>;

/** Single members of a budget may be changed, so that none undoes a change made meanwhile of another. */
export type KeyChange = Partial<Omit<KeyFields, 'budget'>> & { readonly budget?: BudgetChange };

/** The status a key has at `nowSeconds`. A disabled key stays disabled whatever else holds. */
export function statusOf(
  key: Pick<KeyRow, 'state' | 'expiresAt' | 'remainQuota' | 'unlimitedQuota'>,
  nowSeconds: number,
): KeyStatus {
  if (key.state === 'disabled') return keyStatus.disabled;
  if (key.expiresAt !== -1 && key.expiresAt <= nowSeconds) return keyStatus.expired;
  if (!key.unlimitedQuota && key.remainQuota <= 0) return keyStatus.exhausted;
  return keyStatus.enabled;
}
