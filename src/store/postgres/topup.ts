/** Adding to an account's quota, in PostgreSQL. */

import { recordTypes } from '../../domain/accounting/terms.ts';
import { limits } from '../../platform/limits.ts';
import type { BalanceEntry, NewTopup, TopupRefusal } from '../ledger-store.ts';
import { emptyDetail, encodeDetail } from '../record-detail.ts';
import { addEntry } from './balance-entry.ts';
import type { Queryable } from './connection.ts';
import { storable } from './storable.ts';

const sql = {
  account: 'SELECT username, quota FROM accounts WHERE id = $1 FOR NO KEY UPDATE',
  reference: 'SELECT 1 FROM journal WHERE reference = $1',
  raise: 'UPDATE accounts SET quota = quota + $1 WHERE id = $2',
  record: `INSERT INTO records (request_id, type, created_at, account_id, key_id, model, units, drawn, detail)
    VALUES ($1, ${recordTypes.topup}, $2, $3, 0, '', $4, 0, $5)`,
} as const;

/** As `AccessWrites.topUp`. Part of a transaction; a refusal has changed nothing. */
export async function topUp(tx: Queryable, topup: NewTopup): Promise<BalanceEntry | TopupRefusal> {
  const { accountId, units, actorId, createdAt, requestId } = topup;
  const reason = storable(topup.reason);
  const reference = topup.reference === null ? null : storable(topup.reference);
  const account = await tx.get(sql.account, accountId);
  if (!account) return 'no_account';
  if (reference !== null && (await tx.get(sql.reference, reference))) return 'reference_taken';
  // Checked here, where no other top-up comes between.
  if (Math.abs(Number(account.quota) + units) > limits.quota_units_max) return 'beyond_limit';
  const entry = { accountId, keyId: 0, kind: 'topup', units, reason, actorId, reference, createdAt } as const;
  const added = await addEntry(tx, entry);
  // Another account's top-up was named the same meanwhile.
  if (!added) return 'reference_taken';
  await tx.run(sql.raise, units, accountId);
  const detail = encodeDetail({ ...emptyDetail, username: String(account.username), content: reason });
  await tx.run(sql.record, requestId, createdAt, accountId, units, detail);
  return added;
}
