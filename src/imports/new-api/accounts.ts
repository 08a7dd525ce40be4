/**
 * Accounts of new-api and one-api, from public facts on their table `users`: `role` 1, 10 or 100, `status` 1 = enabled,
 * `quota` what is left and `used_quota` what was used, both in units of the option QuotaPerUnit for 1 USD.
 */
import { isForeignHash, isVerifiable } from '../../domain/password-hash.ts';
import { limits } from '../../platform/limits.ts';
import { isGiven, number, type SourceRow, seconds, text } from '../cells.ts';
import type { AccountItem, ImportNotes } from '../plan.ts';

const isTaken = (hash: string) => isForeignHash(hash) && isVerifiable(hash);
export const rootRole = 100;

/** @param usedByKeys units that the account's keys used, which go over with them */
export function accountItem(
  row: SourceRow,
  units: (cell: unknown) => number,
  usedByKeys: number,
  notes: ImportNotes,
): AccountItem {
  const username = text(row.username);
  const hash = text(row.password);
  if (hash !== '' && !isTaken(hash)) {
    notes.add('changed', 'A password hash is not bcrypt: the account needs a new password.', username);
  }
  if (number(row.role) === rootRole && username !== 'root') {
    notes.add('changed', 'The root account becomes an administrator: Halley has its own root.', username);
  }
  if (username === 'root') {
    notes.add(
      'changed',
      'The root account is here already: its password and balance stay as they are here.',
      username,
    );
  }
  for (const [column, name] of [
    ['access_token', 'access token'],
    ['github_id', 'sign-in with GitHub'],
    ['wechat_id', 'sign-in with WeChat'],
  ] as const) {
    if (isGiven(row[column])) notes.add('left', `An account's ${name} does not go over.`, username);
  }
  return {
    type: 'account',
    username,
    display_name: text(row.display_name).slice(0, limits.display_name_chars_max) || username,
    ...(isGiven(row.email) && { email: text(row.email).slice(0, limits.email_chars_max) }),
    role: number(row.role) >= 10 ? 10 : 1,
    status: number(row.status, 1) === 1 ? 1 : 2,
    group: text(row.group) || 'default',
    quota: units(row.quota),
    ...(isTaken(hash) && { password_hash: hash }),
    used_quota: Math.max(0, units(row.used_quota) - usedByKeys),
    request_count: Math.max(0, number(row.request_count)),
    ...createdAt(row),
  };
}

function createdAt(row: SourceRow): Pick<AccountItem, 'created_time'> {
  const created = seconds(row.created_at) ?? seconds(row.created_time);
  return created === undefined || created <= 0 ? {} : { created_time: created };
}
