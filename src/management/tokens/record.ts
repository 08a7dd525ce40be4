/** Converts a stored key to the record for its owner and the record for administrators. */
import { type KeyRow, statusOf } from '../../domain/key.ts';
import { openSealed } from '../../domain/seal.ts';
import { keysRevealed } from '../../store/audit-notes.ts';
import type { KeyWithAccount } from '../../store/store.ts';
import { budgetRecord } from '../budget-fields.ts';
import { nowSeconds, type Services } from '../services.ts';
import type { KeyRecord, ManagedKeyRecord } from './schemas.ts';

/** @param value the value to show instead of the stored one, for the response to create */
export function keyRecord(services: Services, row: KeyRow, value?: string): KeyRecord {
  return { ...factsOf(services, row), key: value ?? revealedValue(services, row) ?? maskedValue(row) };
}

/** For administrators: omits the value and does not unseal it. */
export function managedKeyRecord(services: Services, { key, account }: KeyWithAccount): ManagedKeyRecord {
  return { ...factsOf(services, key), username: account.username, hint: key.hint };
}

function factsOf(services: Services, row: KeyRow): Omit<KeyRecord, 'key'> {
  return {
    id: row.id,
    user_id: row.accountId,
    revealable: isRevealable(services, row),
    status: statusOf(row, nowSeconds(services)),
    name: row.name,
    created_time: row.createdAt,
    accessed_time: row.accessedAt || row.createdAt,
    last_used_time: row.accessedAt,
    expired_time: row.expiresAt,
    remain_quota: row.remainQuota,
    unlimited_quota: row.unlimitedQuota,
    model_limits_enabled: row.modelLimitsEnabled,
    model_limits: row.modelLimits,
    allow_ips: row.allowIps,
    used_quota: row.usedQuota,
    group: row.group,
    cross_group_retry: row.crossGroupRetry,
    ...budgetRecord(row, nowSeconds(services)),
    rpm_limit: row.requestsPerMinute,
    tpm_limit: row.tokensPerMinute,
    concurrency_limit: row.concurrentRequests,
    content_log_days: row.contentDays,
  };
}

/**
 * The values of keys, once the audit log names their reader.
 * @returns undefined when one of them may not be shown again or cannot be read
 */
export async function revealValues(
  services: Services,
  rows: readonly KeyRow[],
): Promise<readonly string[] | undefined> {
  const values = rows.map((row) => revealedValue(services, row)).filter((value) => value !== undefined);
  if (values.length < rows.length) return undefined;
  await services.changes.note(keysRevealed(rows));
  return values;
}

const isRevealable = ({ settings }: Services, { sealed }: KeyRow) =>
  settings.keys.reveal !== 'once' && sealed !== null;

/** The value, or undefined when it may not be shown again or cannot be read. */
export function revealedValue(services: Services, row: KeyRow): string | undefined {
  if (row.sealed === null || !isRevealable(services, row)) return undefined;
  try {
    return openSealed(services.secrets, row.sealed, row.digest);
  } catch (error) {
    // A value that cannot be unsealed must not prevent its owner from listing and deleting the key.
    services.log.error({ key_id: row.id, error }, 'a key value cannot be unsealed');
    return undefined;
  }
}

/** Masks the value as the compatible API does: `sk-abcd**********wxyz`. */
export function maskedValue({ hint }: Pick<KeyRow, 'hint'>): string {
  return hint.replace('…', '**********');
}
