/**
 * API keys of new-api and one-api, from public facts on their table `tokens`: the value without `sk-`, `status` 1 =
 * enabled, 2 = disabled, 3 = expired, 4 = used up; one-api calls the model list `models` and the address list `subnet`.
 */
import { limits } from '../../platform/limits.ts';
import { boolean, isGiven, list, number, type SourceRow, text } from '../cells.ts';
import type { ImportNotes, KeyItem } from '../plan.ts';

const disabled = 2;

/** @param username of the account that owns it here */
export function keyItem(
  row: SourceRow,
  username: string,
  units: (cell: unknown) => number,
  notes: ImportNotes,
): KeyItem {
  const name = text(row.name).slice(0, limits.key_name_chars_max);
  const models = list(row.model_limits ?? row.models, ',');
  const remain = units(row.remain_quota);
  if (remain < 0 && !boolean(row.unlimited_quota)) {
    notes.add('changed', 'A key that is overdrawn goes over with nothing left.', name);
  }
  return {
    type: 'key',
    username,
    value: `sk-${text(row.key).trim()}`,
    name,
    status: number(row.status, 1) === disabled ? 2 : 1,
    expired_time: expiryOf(row),
    remain_quota: Math.max(0, remain),
    unlimited_quota: boolean(row.unlimited_quota),
    model_limits_enabled: isGiven(row.model_limits_enabled)
      ? boolean(row.model_limits_enabled)
      : models.length > 0,
    model_limits: models.join(','),
    allow_ips: list(row.allow_ips ?? row.subnet, /[\s,]+/).join('\n'),
    group: text(row.group),
    cross_group_retry: boolean(row.cross_group_retry),
    used_quota: Math.max(0, units(row.used_quota)),
    ...(number(row.created_time) > 0 && { created_time: number(row.created_time) }),
    ...(isGiven(row.deleted_at) && { deleted: true }),
  };
}

/** 0 and -1 are both never. */
function expiryOf(row: SourceRow): number {
  const expiry = number(row.expired_time, -1);
  return expiry > 0 ? expiry : -1;
}
