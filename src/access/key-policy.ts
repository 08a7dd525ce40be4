/** Compiles a key's row to the policy that authorization uses, once for each read. Pure. */
import { type HolderRef, holdersOf } from '../domain/accounting/holder.ts';
import type { KeyRateLimits } from '../domain/accounting/rate-limits.ts';
import { autoGroup, groupsOfAccount, mayUseGroup } from '../domain/groups.ts';
import { type IpList, parseIpList } from '../domain/ip-list.ts';
import type { KeyState } from '../domain/key.ts';
import { parseModelList } from '../domain/model-list.ts';
import type { KeyWithAccount } from '../store/store.ts';

export interface KeyPolicy {
  readonly keyId: number;
  readonly keyName: string;
  readonly accountId: number;
  readonly username: string;
  /** The holders whose quota and budget its requests must fit into. */
  readonly holders: readonly HolderRef[];
  readonly state: KeyState;
  readonly accountState: 'enabled' | 'disabled';
  /** Milliseconds since 1970 UTC; Infinity when the key never expires. */
  readonly expiresAtMs: number;
  /** Undefined allows any address. */
  readonly ips: IpList | undefined;
  /** Undefined allows any model. */
  readonly models: ReadonlySet<string> | undefined;
  /** Groups that the key may use, in order of preference; empty when its group is not allowed any more. */
  readonly groups: readonly string[];
  /** Whether a request may try the next group when the channels of one fail. */
  readonly crossGroups: boolean;
  /** Whether its requests need a reservation in some quota or budget. */
  readonly reserves: boolean;
  readonly rateLimits: KeyRateLimits;
  /** Days to keep prompts and responses; 0 means not to keep them. */
  readonly contentDays: number;
}

/** Returns the groups whose channels a key may use. Every account may use the `selectable` ones. */
function groupsOf({ key, account }: KeyWithAccount, selectable: readonly string[]): readonly string[] {
  if (key.group === '') return [account.group];
  if (key.group === autoGroup) return groupsOfAccount(account.group, selectable);
  return mayUseGroup(key.group, account.group, selectable) ? [key.group] : [];
}

export function compilePolicy(row: KeyWithAccount, selectable: readonly string[]): KeyPolicy {
  const { key, account } = row;
  const { requestsPerMinute, tokensPerMinute, concurrentRequests } = key;
  return {
    keyId: key.id,
    keyName: key.name,
    accountId: account.id,
    username: account.username,
    holders: holdersOf({ keyId: key.id, accountId: account.id }),
    state: key.state,
    accountState: account.state,
    expiresAtMs: key.expiresAt === -1 ? Number.POSITIVE_INFINITY : key.expiresAt * 1000,
    ips: key.allowIps === null ? undefined : parseIpList(key.allowIps),
    models: key.modelLimitsEnabled ? parseModelList(key.modelLimits).models : undefined,
    groups: groupsOf(row, selectable),
    crossGroups: key.crossGroupRetry,
    reserves:
      !key.unlimitedQuota || !account.unlimitedQuota || key.budget !== null || account.budget !== null,
    rateLimits: { requestsPerMinute, tokensPerMinute, concurrentRequests },
    contentDays: key.contentDays,
  };
}
