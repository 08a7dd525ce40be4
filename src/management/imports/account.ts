/** Imports an account with its balance, its usage before and its password hash. */
import { noPassword } from '../../accounts/passwords.ts';
import { changedBudget } from '../../domain/budget.ts';
import { type AccountRow, roles } from '../../store/store.ts';
import { budgetChange } from '../budget-fields.ts';
import { nowSeconds, type Services } from '../services.ts';
import type { ImportAccount, ImportResult } from './schemas.ts';

/** An account that exists stays as it is: imported keys are added to it. */
export async function importAccount(
  services: Services,
  item: ImportAccount,
  isDryRun: boolean,
): Promise<ImportResult> {
  const existing = await services.store.findAccountByUsername(item.username);
  if (existing) return existed(existing);
  if (isDryRun) return { outcome: 'created' };
  const { timeZone, now } = { timeZone: services.settings.ledger.time_zone, now: nowSeconds(services) };
  const row = await services.changes.insertAccount({
    username: item.username,
    displayName: item.display_name ?? item.username,
    email: item.email ?? '',
    role: item.role ?? roles.user,
    state: item.status === 2 ? 'disabled' : 'enabled',
    group: item.group ?? 'default',
    quota: item.quota ?? 0,
    unlimitedQuota: item.unlimited_quota ?? false,
    passwordHash: item.password_hash ?? noPassword,
    accessTokenDigest: null,
    budget: changedBudget(null, budgetChange(item, null, timeZone).budget),
    createdAt: item.created_time ?? now,
    carried: { units: item.used_quota ?? 0, requests: item.request_count ?? 0 },
  });
  if (row !== 'username_taken') return { outcome: 'created', id: row.id };
  const other = await services.store.findAccountByUsername(item.username);
  return other ? existed(other) : { outcome: 'refused', message: 'The account was deleted meanwhile.' };
}

const existed = ({ id }: AccountRow): ImportResult => ({ outcome: 'exists', id });
