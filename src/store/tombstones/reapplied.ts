/** Sums the results of several calls of `TombstoneStore.reapply`. Pure. */
import type { Reapplied } from '../store.ts';

export const nothingReapplied: Reapplied = { key: 0, account: 0, access_token: 0 };

export function addReapplied(one: Reapplied, other: Reapplied): Reapplied {
  return {
    key: one.key + other.key,
    account: one.account + other.account,
    access_token: one.access_token + other.access_token,
  };
}
