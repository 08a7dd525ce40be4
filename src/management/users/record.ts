/** Converts a stored account to its public record, without secrets. */

import { limits } from '../../platform/limits.ts';
import type { AccountRow } from '../../store/store.ts';
import { budgetRecord } from '../budget-fields.ts';
import { nowSeconds, type Services } from '../services.ts';
import type { AccountRecord } from './schemas.ts';

export function accountRecord(clock: Pick<Services, 'clock'>, row: AccountRow): AccountRecord {
  return {
    id: row.id,
    username: row.username,
    display_name: row.displayName,
    email: row.email,
    role: row.role,
    status: row.state === 'enabled' ? 1 : 2,
    group: row.group,
    quota: row.quota,
    unlimited_quota: row.unlimitedQuota,
    used_quota: row.usedQuota,
    request_count: row.requestCount,
    created_time: row.createdAt,
    has_access_token: row.accessTokenDigest !== null,
    ...budgetRecord(row, nowSeconds(clock)),
  };
}

/** The caller's own record. Clients of CometAPI print `quota` as money, so without a limit it is the largest one. */
export function ownRecord(clock: Pick<Services, 'clock'>, row: AccountRow): AccountRecord {
  const record = accountRecord(clock, row);
  return row.unlimitedQuota ? { ...record, quota: limits.quota_units_max } : record;
}
