/** Compiles a key's row to the policy that authorization looks at: once, when it is read. Pure. */
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
  /** Whose quota and budget its requests must fit into. */
  readonly holders: readonly HolderRef[];
  readonly state: KeyState;
  readonly accountState: 'enabled' | 'disabled';
  /** Milliseconds since 1970 UTC; Infinity = never. */
  readonly expiresAtMs: number;
  /** Undefined = any address. */
  readonly ips: IpList | undefined;
  /** Undefined = any model. */
  readonly models: ReadonlySet<string> | undefined;
  /** Groups the key may use, in order of preference; empty = its group is not allowed any more. */
  readonly groups: readonly string[];
  /** Whether a request may go on to the next group when the channels of one fail. */
  readonly crossGroups: boolean;
  /** Whether there is any quota or budget that its requests must fit into. */
  readonly reserves: boolean;
  readonly rateLimits: KeyRateLimits;
  /** Days that prompts and responses are kept; 0 = they are not. */
  readonly contentDays: number;
}

/** The groups a key may send requests through; `selectable` ones are open to every account. */
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
