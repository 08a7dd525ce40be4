/** Reads the balance and budget of a key or an account from its row. */
import type { Holder } from '../domain/accounting/ledger-batch.ts';
import { budgetState } from './rows.ts';

const budgetColumns = `reserved, budget_units, budget_period, budget_zone, budget_soft_percent, budget_used,
  budget_start, budget_told`;

/** What `holderOf` reads of the tables of keys and accounts. */
export const holderColumns = {
  key: `id, name, remain_quota AS left_units, unlimited_quota, used_quota, accessed_at AS mark, ${budgetColumns}`,
  account: `id, username AS name, quota AS left_units, unlimited_quota, used_quota, request_count AS mark,
    ${budgetColumns}`,
} as const;

export function holderOf(kind: Holder['kind'], row: Readonly<Record<string, unknown>>): Holder {
  return {
    kind,
    id: row.id as number,
    name: row.name as string,
    left: row.left_units as number,
    // One engine has numbers for flags.
    unlimited: row.unlimited_quota === 1 || row.unlimited_quota === true,
    used: row.used_quota as number,
    reserved: row.reserved as number,
    ...budgetState(row),
    notifiedPeriod: row.budget_told as number,
    lastUsedAt: row.mark as number,
    changed: false,
  };
}
