/** Computes an account's total quota and its keys' daily usage. */
import { limits } from '../../platform/limits.ts';
import type { AccountRow, StoreBase } from '../../store/store.ts';
import { dayOf, secondsPerDay } from '../days.ts';
import { unlimitedUsd, usdOf } from '../money.ts';

interface UsedOnDay {
  readonly token_name: string;
  quota_used: number;
  request_count: number;
}

/** @param days seconds, inclusive; if neither is given, no daily usage is returned */
export async function quotaOf(
  reads: Pick<StoreBase, 'listKeys' | 'listHourly'>,
  account: AccountRow,
  days: { readonly from: number | undefined; readonly to: number | undefined },
) {
  const { items: keys } = await reads.listKeys(account.id, { offset: 0, limit: limits.quota_keys_max });
  const names = new Map(keys.map(({ id, name }) => [id, name]));
  return {
    username: account.username,
    total_quota: account.unlimitedQuota ? unlimitedUsd : usdOf(account.quota),
    total_used_quota: usdOf(account.usedQuota),
    request_count: account.requestCount,
    keys: keys.map(({ name, remainQuota, unlimitedQuota, usedQuota }) => ({
      name,
      remain_quota: unlimitedQuota ? -1 : usdOf(remainQuota),
      used_quota: usdOf(usedQuota),
    })),
    daily_quota:
      days.from === undefined && days.to === undefined ? {} : await usedByDay(reads, account.id, names, days),
  };
}

async function usedByDay(
  reads: Pick<StoreBase, 'listHourly'>,
  accountId: number,
  names: ReadonlyMap<number, string>,
  { from = 1, to }: { readonly from: number | undefined; readonly to: number | undefined },
): Promise<Record<string, UsedOnDay[]>> {
  // Usage recorded before hourly totals existed has no day.
  const rows = await reads.listHourly({
    accountId,
    from: Math.max(from, 3600),
    to,
    by: ['hour', 'keyId'],
    width: secondsPerDay,
  });
  const byDay = new Map<string, Map<number, UsedOnDay>>();
  for (const { hour, keyId, units, requests } of rows) {
    const day = byDay.get(dayOf(hour)) ?? new Map<number, UsedOnDay>();
    byDay.set(dayOf(hour), day);
    const used = day.get(keyId) ?? {
      token_name: names.get(keyId) ?? `deleted key ${keyId}`,
      quota_used: 0,
      request_count: 0,
    };
    day.set(keyId, used);
    used.quota_used += units;
    used.request_count += requests;
  }
  return Object.fromEntries(
    [...byDay].map(([day, used]) => [
      day,
      [...used.values()].map((each) => ({ ...each, quota_used: usdOf(each.quota_used) })),
    ]),
  );
}
