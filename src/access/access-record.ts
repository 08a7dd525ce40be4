/** A key as admission needs it: compiled once when read, then only looked at. Pure. */
import { autoGroup, groupsOfAccount, mayUseGroup } from '../keys/groups.ts';
import { type IpList, parseIpList } from '../keys/ip-list.ts';
import type { KeyState } from '../keys/key.ts';
import { parseModelList } from '../keys/model-list.ts';
import type { KeyWithAccount } from '../store/store.ts';

/** What an account's keys share. One object serves all of them, so that they spend from one balance. */
export interface AccountShare {
  readonly accountId: number;
  readonly unlimited: boolean;
  /** Units left, net of what is not yet written to the store. */
  remaining: number;
}

export interface AccessRecord {
  readonly keyId: number;
  readonly keyName: string;
  readonly accountId: number;
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
  readonly unlimited: boolean;
  /** Units left, net of what is not yet written to the store. */
  remaining: number;
  readonly account: AccountShare;
}

/** The groups a key may send requests through; `selectable` ones are open to every account. */
export function groupsOf({ key, account }: KeyWithAccount, selectable: readonly string[]): readonly string[] {
  if (key.group === '') return [account.group];
  if (key.group === autoGroup) return groupsOfAccount(account.group, selectable);
  return mayUseGroup(key.group, account.group, selectable) ? [key.group] : [];
}

/** Compiles a row; `share` must be the one object of the row's account. */
export function compileRecord(
  row: KeyWithAccount,
  share: AccountShare,
  selectable: readonly string[],
  pendingUnits: number,
): AccessRecord {
  const { key, account } = row;
  return {
    keyId: key.id,
    keyName: key.name,
    accountId: account.id,
    state: key.state,
    accountState: account.state,
    expiresAtMs: key.expiresAt === -1 ? Number.POSITIVE_INFINITY : key.expiresAt * 1000,
    ips: key.allowIps === null ? undefined : parseIpList(key.allowIps),
    models: key.modelLimitsEnabled ? parseModelList(key.modelLimits).models : undefined,
    groups: groupsOf(row, selectable),
    crossGroups: key.crossGroupRetry,
    unlimited: key.unlimitedQuota,
    remaining: key.remainQuota - pendingUnits,
    account: share,
  };
}
