/** Maps holders to the tables and columns of both databases. */

import type { HolderKind } from '../domain/accounting/holder.ts';
import type { Holder } from '../domain/accounting/ledger-batch.ts';
import type { Row } from './columns.ts';
import { budgetState } from './rows.ts';

interface HolderColumns {
  readonly table: string;
  readonly name: string;
  readonly remaining: string;
  /** Bit in the column `drawn` of a record that was charged to a holder of this kind. */
  readonly chargedBit: number;
  /** What of `activityNames` the table has, and in which column. */
  readonly activity: readonly [keyof typeof activityNames, string];
}

/** What is kept of a holder's requests. */
const activityNames = { lastUsedAt: 'last_used_at', requestCount: 'requests_made' } as const;

export const holderColumns: { readonly [Kind in HolderKind]: HolderColumns } = {
  key: {
    table: 'keys',
    name: 'name',
    remaining: 'remain_quota',
    chargedBit: 1,
    activity: ['lastUsedAt', 'accessed_at'],
  },
  account: {
    table: 'accounts',
    name: 'username',
    remaining: 'quota',
    chargedBit: 2,
    activity: ['requestCount', 'request_count'],
  },
};

/** Reads holders of a kind as `holderOf` takes them; a condition is to follow. */
export function selectHolders(kind: HolderKind): string {
  const { table, name, remaining, activity } = holderColumns[kind];
  const [member, column] = activity;
  return `SELECT id, ${name} AS name, ${remaining} AS remaining, ${column} AS ${activityNames[member]}, unlimited_quota,
    used_quota, reserved, budget_units, budget_period, budget_zone, budget_soft_percent, budget_used, budget_start,
    budget_told FROM ${table}`;
}

/** The columns that accounting writes, each with the member of `Holder` that it keeps. */
export function writtenColumns(kind: HolderKind): readonly (readonly [string, keyof Holder])[] {
  const { remaining, activity } = holderColumns[kind];
  const [member, column] = activity;
  return [
    [remaining, 'remaining'],
    ['used_quota', 'used'],
    ['reserved', 'reserved'],
    ['budget_used', 'budgetUsed'],
    ['budget_start', 'budgetStart'],
    ['budget_told', 'notifiedPeriod'],
    [column, member],
  ];
}

export function holderOf(kind: HolderKind, row: Row): Holder {
  return {
    kind,
    id: row.id as number,
    name: row.name as string,
    chargedBit: holderColumns[kind].chargedBit,
    remaining: row.remaining as number,
    // One engine has numbers for flags.
    unlimited: row.unlimited_quota === 1 || row.unlimited_quota === true,
    used: row.used_quota as number,
    reserved: row.reserved as number,
    ...budgetState(row),
    notifiedPeriod: row.budget_told as number,
    lastUsedAt: (row[activityNames.lastUsedAt] ?? 0) as number,
    requestCount: (row[activityNames.requestCount] ?? 0) as number,
    changed: false,
  };
}
